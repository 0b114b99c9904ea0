package import DeployDSL

/// Parses an HTTP/1.x response from a connection that closes after it.
package struct HTTPResponse {
  /// The maximum number of body bytes that a probe reads.
  package static let longestBody = 64 * 1024
  /// A longer head is rejected.
  private static let longestHead = 256 * 1024

  private let longestBody: Int
  private var bytes: [UInt8] = []
  private var head: Head?

  private struct Head {
    var status: Int
    var length: Int?
    var isChunked = false
    var closes = false
    var location: String?
    var bodyStart: Int
  }

  /// Creates a parser.
  ///
  /// - Parameter longestBody: the maximum number of body bytes to read.
  package init(longestBody: Int = Self.longestBody) { self.longestBody = longestBody }

  /// Whether another request may follow on the same connection: the answer has a length, is read to
  /// its end, and does not announce the connection's.
  var mayBeFollowed: Bool {
    guard let head, let length = head.length, !head.isChunked, !head.closes else { return false }
    return bytes.count == head.bodyStart + length
  }

  /// Adds received bytes (empty at the end of the connection); returns the answer once it is
  /// complete.
  ///
  /// - Throws: ``OperationError`` if this is not an HTTP response.
  package mutating func add(_ chunk: [UInt8]) throws -> HTTPAnswer? {
    bytes += chunk
    while head == nil, let parsed = try parseHead() {
      // 1xx responses precede the answer, except for 101.
      if (100..<200).contains(parsed.status), parsed.status != 101 {
        bytes.removeFirst(parsed.bodyStart)
      } else {
        head = parsed
      }
    }
    guard let head else {
      if chunk.isEmpty {
        throw bytes.isEmpty
          ? OperationError.closed(reason: "the connection was closed without an answer")
          : Self.failure("the answer was cut off")
      }
      return nil
    }
    if head.status == 204 || head.status == 304 { return answer([], head) }
    let body = bytes[head.bodyStart...]
    let whole: HTTPAnswer?
    if head.isChunked {
      whole = try chunked(body, head)
    } else {
      let wanted = min(head.length ?? .max, longestBody)
      let isWhole = body.count >= wanted || (chunk.isEmpty && head.length == nil)
      whole = isWhole ? answer(Array(body.prefix(wanted)), head) : nil
    }
    if whole == nil, chunk.isEmpty { throw Self.failure("the answer was cut off") }
    return whole
  }

  private func parseHead() throws -> Head? {
    guard let (end, next) = Self.endOfHead(bytes) else {
      if bytes.count > Self.longestHead { throw Self.failure("the answer's head is too long") }
      return nil
    }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split { $0.isNewline }
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]),
      (100...999).contains(status)
    else { throw Self.failure("the answer is not HTTP") }
    var head = Head(status: status, bodyStart: next)
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      var value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      while value.last == " " || value.last == "\t" { value.removeLast() }
      switch line[..<colon].lowercased() {
      case "content-length": head.length = Int(value).map { max(0, $0) }
      case "transfer-encoding": head.isChunked = value.lowercased().contains("chunked")
      case "connection": head.closes = value.lowercased().contains("close")
      case "location": head.location = String(value)
      default: break
      }
    }
    return head
  }

  /// Where the head ends and the body starts.
  private static func endOfHead(_ bytes: [UInt8]) -> (end: Int, next: Int)? {
    var index = 0
    while let newline = bytes[index...].firstIndex(of: 10) {
      if bytes[(newline + 1)...].starts(with: [13, 10]) { return (newline, newline + 3) }
      if bytes[(newline + 1)...].first == 10 { return (newline, newline + 2) }
      index = newline + 1
    }
    return nil
  }

  private func chunked(_ body: ArraySlice<UInt8>, _ head: Head) throws -> HTTPAnswer? {
    var rest = body
    var text: [UInt8] = []
    while let newline = rest.firstIndex(of: 10) {
      let line = String(decoding: rest[..<newline], as: UTF8.self)
      let digits = line.prefix { $0.isHexDigit }
      guard let size = Int(digits, radix: 16) else { throw Self.failure("a chunk has no size") }
      rest = rest[(newline + 1)...]
      if size == 0 || text.count >= longestBody { return answer(text, head) }
      guard rest.count >= size else {
        text += rest
        return text.count >= longestBody ? answer(text, head) : nil
      }
      text += rest.prefix(size)
      rest = rest.dropFirst(size)
      while let first = rest.first, first == 13 || first == 10 {
        rest = rest.dropFirst()
        if first == 10 { break }
      }
    }
    if rest.count > Self.longestHead { throw Self.failure("a chunk has no size") }
    return nil
  }

  private func answer(_ body: [UInt8], _ head: Head) -> HTTPAnswer {
    HTTPAnswer(
      status: head.status,
      body: String(decoding: body.prefix(longestBody), as: UTF8.self), location: head.location)
  }

  private static func failure(_ reason: String) -> OperationError { .noAnswer(reason: reason) }
}
