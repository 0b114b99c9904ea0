import DeployDSL

/// One HTTP GET on its own connection.
///
/// `URLSession` would load two more libraries at every start, and it reuses connections, which a
/// probe must not.
struct HTTPProbe: Sendable {
  /// By which bgrun's own requests are known in a server's log.
  static let userAgent = "bgrun"

  let address: WebAddress
  /// The Host header.
  let name: String

  /// Parses an `http://` URL.
  ///
  /// - Parameter name: the Host header, if it is not the URL's own host and port.
  init(url: String, name: String? = nil) throws {
    guard let address = WebAddress(url), !address.isTLS else {
      throw OperationError.noAnswer(reason: "\(url) is not an http:// URL")
    }
    self.address = address
    self.name = name ?? "\(PublishedAddress(address.host, address.port))"
  }

  func get(timeout: Duration) async throws -> HTTPAnswer {
    try await BlockingThread.run { [self] signal in
      Result { try get(deadline: ContinuousClock().now.advanced(by: timeout), signal: signal) }
    }
  }

  private func get(
    deadline: ContinuousClock.Instant, signal: PollSignal
  ) throws -> HTTPAnswer {
    let connection = try Connection(
      host: address.host, port: address.port, deadline: deadline, signal: signal)
    return try connection.get(address.path, host: name, longestBody: HTTPResponse.longestBody)
  }
}

extension Connection {
  /// Sends an HTTP GET and reads the answer; the connection cannot be reused.
  ///
  /// - Parameters:
  ///   - path: the path with its query.
  ///   - host: the Host header.
  ///   - longestBody: the maximum number of body bytes to read.
  borrowing func get(_ path: String, host: String, longestBody: Int) throws -> HTTPAnswer {
    try get(path, host: host, longestBody: longestBody, keeping: false).answer
  }

  /// Sends an HTTP GET and reads the answer.
  ///
  /// - Parameter keeping: whether the connection is to be kept.
  /// - Returns: the answer, and whether the connection can be used again.
  /// - Throws: ``OperationError/closed(reason:)`` if the connection ended before any byte of it.
  borrowing func get(
    _ path: String, host: String, longestBody: Int, keeping: Bool
  ) throws -> (answer: HTTPAnswer, mayBeKept: Bool) {
    try send(
      """
      GET \(path) HTTP/1.1\r
      Host: \(host)\r
      User-Agent: \(HTTPProbe.userAgent)\r
      Accept: */*\r
      Connection: \(keeping ? "keep-alive" : "close")\r
      \r\n
      """)
    var response = HTTPResponse(longestBody: longestBody)
    while true {
      let chunk = try receive()
      if let answer = try response.add(chunk) { return (answer, response.mayBeFollowed) }
    }
  }
}
