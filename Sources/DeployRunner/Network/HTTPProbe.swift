import DeployDSL

/// One HTTP GET on a connection of its own.
///
/// The toolchain's `URLSession` would load two more libraries into every start of the tool, and
/// keeps connections open, which a probe must not.
struct HTTPProbe: Sendable {
  let host: String
  let port: Int
  let path: String

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
    return try connection.get(
      path, host: "\(PublishedAddress(host, port))", longestBody: HTTPResponse.longestBody)
  }
}

extension Connection {
  /// Sends an HTTP GET and reads the answer; the connection is of no use afterwards.
  ///
  /// - Parameters:
  ///   - path: what is asked for, with its query.
  ///   - host: the Host header.
  ///   - longestBody: how much of a body is read, in bytes.
  borrowing func get(_ path: String, host: String, longestBody: Int) throws -> HTTPAnswer {
    try send(
      """
      GET \(path) HTTP/1.1\r
      Host: \(host)\r
      User-Agent: bgrun\r
      Accept: */*\r
      Connection: close\r
      \r\n
      """)
    var response = HTTPResponse(longestBody: longestBody)
    while true {
      let chunk = try receive()
      if let answer = try response.add(chunk) { return answer }
    }
  }
}
