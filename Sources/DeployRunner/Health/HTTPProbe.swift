import DeployDSL

/// One HTTP GET on a connection of its own.
///
/// The toolchain's `URLSession` would load two more libraries into every start of the tool, and
/// keeps connections open, which a probe must not.
struct HTTPProbe: Sendable {
  /// How much of a body is read.
  static let longestBody = 64 * 1024

  let host: String
  let port: Int
  let path: String

  /// An `http://` URL; a host that is an IPv6 address gets its brackets.
  static func url(host: String, port: Int, path: String) -> String {
    "http://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
  }

  /// Takes an `http://` URL apart.
  init(url: String) throws {
    let failure = OperationFailure.noAnswer(reason: "\(url) is no http:// address")
    // By bytes: to Swift a carriage return and a line feed together are one other character.
    guard url.hasPrefix("http://"), !url.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else {
      throw failure
    }
    let rest = url.dropFirst("http://".count).prefix { $0 != "#" }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    path = (rest[end...].hasPrefix("/") ? "" : "/") + rest[end...]
    guard let (host, port) = Self.address(rest[..<end]) else { throw failure }
    self.host = host
    self.port = port
  }

  /// Host and port, where the host may be an IPv6 address in brackets.
  private static func address(_ authority: Substring) -> (host: String, port: Int)? {
    var host = authority
    var digits: Substring = "80"
    let closing = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[closing...].lastIndex(of: ":") {
      host = authority[..<colon]
      digits = authority[authority.index(after: colon)...]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let port = Int(digits), (1...65535).contains(port)
    else { return nil }
    return (String(host), port)
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
      Host: \(host.contains(":") ? "[\(host)]" : host):\(port)\r
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
