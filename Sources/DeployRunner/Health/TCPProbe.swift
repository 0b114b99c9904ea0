/// Opens a connection and closes it.
struct TCPProbe: Sendable {
  var host: String
  var port: Int

  func connect(timeout: Duration) async throws {
    try await BlockingThread.run { [self] signal in
      Result {
        _ = try Connection(
          host: host, port: port, deadline: ContinuousClock().now.advanced(by: timeout),
          signal: signal)
      }
    }
  }
}
