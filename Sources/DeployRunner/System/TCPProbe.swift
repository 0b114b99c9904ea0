/// Opens a connection, checks that it stays open, and closes it.
///
/// Docker's proxy for a published port accepts every connection, and closes it immediately if no
/// process listens in the container: an accepted connection alone proves nothing.
struct TCPProbe: Sendable {
  /// How long a connection must stay open to count.
  private static let patience: Duration = .milliseconds(150)

  var host: String
  var port: Int

  func connect(timeout: Duration) async throws {
    try await BlockingThread.run { [self] signal in
      Result {
        let deadline = ContinuousClock().now.advanced(by: timeout)
        let connection = try Connection(host: host, port: port, deadline: deadline, signal: signal)
        guard connection.isClosed(within: Self.patience) else { return }
        throw OperationError.noAnswer(reason: "\(host):\(port) closes connections immediately")
      }
    }
  }
}
