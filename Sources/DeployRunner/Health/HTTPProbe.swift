import DeployDSL

/// One HTTP GET on a connection of its own.
///
/// The toolchain's `URLSession` would load two more libraries into every start of the tool, and
/// keeps connections open, which a probe must not.
struct HTTPProbe: Sendable {
  /// How much of a body is read.
  static let longestBody = 64 * 1024

  private let host: String
  private let port: Int
  private let path: String

  /// Takes an `http://` URL apart.
  init(url: String) throws {
    guard url.hasPrefix("http://"), !url.contains(where: { $0 == "\r" || $0 == "\n" || $0 == " " })
    else {
      throw OperationFailure.noAnswer(reason: "\(url) is no http:// address")
    }
    let rest = url.dropFirst("http://".count)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash]
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
    let colon = authority.lastIndex(of: ":") ?? authority.endIndex
    host = String(authority[..<colon])
    let digits = colon == authority.endIndex ? "80" : authority[authority.index(after: colon)...]
    guard let port = Int(digits), (1...65535).contains(port), !host.isEmpty else {
      throw OperationFailure.noAnswer(reason: "\(url) is no http:// address")
    }
    self.port = port
  }

  func get(timeout: Duration) async throws -> HTTPAnswer {
    try await BlockingThread.run { [self] signal in
      Result { try get(deadline: ContinuousClock().now.advanced(by: timeout), signal: signal) }
    }
  }

  private func get(
    deadline: ContinuousClock.Instant, signal: CancelSignal
  ) throws -> HTTPAnswer {
    let connection = try Connection(host: host, port: port, deadline: deadline, signal: signal)
    try connection.send(
      """
      GET \(path) HTTP/1.1\r
      Host: \(host):\(port)\r
      User-Agent: bgrun\r
      Accept: */*\r
      Connection: close\r
      \r\n
      """)
    var response = HTTPResponse()
    while true {
      let chunk = try connection.receive()
      if let answer = try response.add(chunk) { return answer }
    }
  }
}
