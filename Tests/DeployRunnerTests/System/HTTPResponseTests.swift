import DeployDSL
import Testing

@testable import DeployRunner

/// Feeds the pieces and then the connection's end; returns the answer and how many pieces it took.
private func read(_ pieces: [[UInt8]]) throws -> (answer: HTTPAnswer?, pieces: Int) {
  var response = HTTPResponse()
  for (index, piece) in pieces.enumerated() where !piece.isEmpty {
    if let answer = try response.add(piece) { return (answer, index + 1) }
  }
  return (try response.add([]), pieces.count + 1)
}

private func read(_ text: String) throws -> HTTPAnswer? {
  try read([Array(text.utf8)]).answer
}

@Suite("HTTPResponse")
struct HTTPResponseTests {
  private static let whole: [(String, Int, String)] = [
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more", 200, "hello"),
    ("HTTP/1.1 200 OK\r\ncontent-LENGTH:5 \r\n\r\nhello", 200, "hello"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""),
    ("HTTP/1.0 503\r\n\r\n", 503, ""),
    ("HTTP/1.1 404 \r\n\r\nnot here", 404, "not here"),
    ("HTTP/1.1 200 OK\n\nuntil the end", 200, "until the end"),
    ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok"),
    ("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", 204, ""),
    ("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", 304, ""),
    ("HTTP/2 200\r\nno colon here\r\n: empty\r\n\r\nx", 200, "x"),
    ("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nall of it", 200, "all of it"),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;note=1\r\n, world\r\n0\r\n\r\n",
      200, "hello, world"
    ),
    (
      "HTTP/1.1 500 Oh\r\nContent-Length: 1\r\nTransfer-Encoding: Chunked\r\n\r\n0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
      500, "0123456789"
    ),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok"),
    (
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 302 Found\r\n\r\n",
      302, ""
    ),
    ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\näö", 200, "äö"),
  ]

  @Test(arguments: whole)
  func `an answer is read as it was meant`(text: String, status: Int, body: String) throws {
    #expect(try read(text) == HTTPAnswer(status: status, body: body))
  }

  @Test(arguments: whole)
  func `an answer is the same wherever it is cut on its way`(
    text: String, status: Int, body: String
  ) throws {
    let bytes = Array(text.utf8)
    for cut in bytes.indices {
      let answer = try read([Array(bytes[..<cut]), Array(bytes[cut...])]).answer
      #expect(answer == HTTPAnswer(status: status, body: body), "cut at \(cut)")
    }
    #expect(try read(bytes.map { [$0] }).answer == HTTPAnswer(status: status, body: body))
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", true),
    ("HTTP/1.1 204 No Content\r\n\r\n", true), ("HTTP/1.1 200 OK\r\n\r\nok", false),
  ])
  func `an answer that says its length needs no end of the connection`(text: String, ends: Bool)
    throws
  {
    var response = HTTPResponse()
    #expect(try (response.add(Array(text.utf8)) != nil) == ends)
  }

  @Test(arguments: [
    ("", "the connection was closed without an answer"),
    ("HTTP/1.1 200 OK\r\nContent-Le", "the answer was cut off"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "the answer was cut off"),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "the answer was cut off"
    ),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "the answer was cut off"
    ),
    ("HTTP/1.1 100 Continue\r\n\r\n", "the connection was closed without an answer"),
    ("SSH-2.0-OpenSSH_9.2\r\n\r\n", "the answer is not HTTP"),
    ("\r\n\r\n", "the answer is not HTTP"),
    ("HTTP/1.1\r\n\r\n", "the answer is not HTTP"),
    ("HTTP/1.1 abc OK\r\n\r\n", "the answer is not HTTP"),
    ("HTTP/1.1 99 Low\r\n\r\n", "the answer is not HTTP"),
    ("HTTP/1.1 99999999999999999999 High\r\n\r\n", "the answer is not HTTP"),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n", "a chunk has no size"
    ),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n", "a chunk has no size"
    ),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
      "a chunk has no size"
    ),
  ])
  func `what is no whole answer is refused with the reason`(text: String, reason: String) {
    let isClosed = reason == "the connection was closed without an answer"
    let error = isClosed ? OperationError.closed(reason: reason) : .noAnswer(reason: reason)
    #expect(throws: error) { try read(text) }
  }

  @Test func `a head without an end is given up`() {
    let line = [UInt8]("X: \(String(repeating: "y", count: 1000))\r\n".utf8)
    let pieces = [Array("HTTP/1.1 200 OK\r\n".utf8)] + [[UInt8]](repeating: line, count: 1000)
    #expect(throws: OperationError.noAnswer(reason: "the answer's head is too long")) {
      try read(pieces)
    }
  }

  @Test func `a chunk's size without an end is given up`() {
    let head = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    let pieces = [head] + [[UInt8]](repeating: [UInt8](repeating: 48, count: 10_000), count: 100)
    #expect(throws: OperationError.noAnswer(reason: "a chunk has no size")) { try read(pieces) }
  }

  @Test(arguments: ["", "Content-Length: 1000000000000\r\n", "Transfer-Encoding: chunked\r\n"])
  func `no more of a body is read than is of use`(field: String) throws {
    let head = Array("HTTP/1.1 200 OK\r\n\(field)\r\n".utf8)
    let body = Array("2710\r\n".utf8) + [UInt8](repeating: 120, count: 10_000) + [13, 10]
    let pieces = [head] + [[UInt8]](repeating: body, count: 1000)
    let (answer, count) = try read(pieces)
    #expect(answer?.body.utf8.count == 64 * 1024)
    #expect(count < 20)
  }
}
