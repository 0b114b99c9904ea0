import DeployDSL
import Testing

@testable import DeployRunner

@Suite("HTTPProbe", .timeLimit(.minutes(10)))
struct HTTPProbeTests {
  @Test(
    arguments: [
      ("http://127.0.0.1:3000/api/health", "127.0.0.1", 3000, "/api/health"),
      ("http://localhost", "localhost", 80, "/"), ("http://localhost/", "localhost", 80, "/"),
      ("http://h:1?a=b:c", "h", 1, "/?a=b:c"),
      ("http://h/a/../b?x=/y#part", "h", 80, "/a/../b?x=/y"),
      ("http://h:65535/ü", "h", 65535, "/ü"), ("http://[::1]:3000/x", "::1", 3000, "/x"),
      ("http://[fe80::1]", "fe80::1", 80, "/"), ("http://::1:3000/", "::1", 3000, "/"),
    ] as [(String, String, Int, String)])
  func `a URL is taken apart`(url: String, host: String, port: Int, path: String) throws {
    let probe = try HTTPProbe(url: url)
    #expect(probe.address.host == host)
    #expect(probe.address.port == port)
    #expect(probe.address.path == path)
  }

  @Test(arguments: [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("fe80::1%2", "[fe80::1%2]")])
  func `a published address becomes a URL that is taken apart again`(host: String, shown: String)
    throws
  {
    let url = PublishedAddress(host, 3000).url("/x")
    #expect(url == "http://\(shown):3000/x")
    let address = try HTTPProbe(url: url).address
    #expect(address.host == host && address.port == 3000 && address.path == "/x")
  }

  @Test(arguments: [
    "", "http://", "http:///x", "http://:80/", "https://h/", "ftp://h/", "h:80/x", "HTTP//h",
    "http://h:0/", "http://h:65536/", "http://h:/", "http://h:80a/", "http://h:-1/",
    "http://h:+80/", "http://h:99999999999999999999/", "http://[]/", "http://h/a b",
    "http://h/\r\nX-Injected: yes", "http://h/\n", "http://h/\r", "http://h/\t", "http://h/\0",
    "http://h\r\n:80/",
  ])
  func `what is no http address is refused`(url: String) {
    #expect(throws: OperationError.noAnswer(reason: "\(url) is not an http:// URL")) {
      try HTTPProbe(url: url)
    }
  }

  @Test func `a GET is sent and its answer read`() async throws {
    let server = LocalServer(
      .answering(["HTTP/1.1 200 OK\r\nContent-", "Length: 5\r\n\r\nhel", "lo"]))
    let answer = try await HTTPProbe(url: "http://127.0.0.1:\(server.port)/api?x=1")
      .get(timeout: .seconds(30))
    #expect(answer == HTTPAnswer(status: 200, body: "hello"))
    let request = await server.requests.first { _ in true }
    #expect(
      request == "GET /api?x=1 HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nUser-Agent: bgrun\r\n"
        + "Accept: */*\r\nConnection: close\r\n\r\n")
  }

  @Test func `a server can be asked for by another name than its address`() async throws {
    let server = LocalServer(.answering(["HTTP/1.1 204 No Content\r\n\r\n"]))
    let url = "http://127.0.0.1:\(server.port)/"
    _ = try await HTTPProbe(url: url, name: "shop.example.com").get(timeout: .seconds(30))
    let request = await server.requests.first { _ in true }
    #expect(request?.contains("\r\nHost: shop.example.com\r\n") == true)
  }

  @Test(
    arguments: [
      ([], .closed(reason: "the connection was closed without an answer")),
      (["hello"], .noAnswer(reason: "the answer was cut off")),
      (["hello\r\n\r\n"], .noAnswer(reason: "the answer is not HTTP")),
      (
        ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "half"],
        .noAnswer(reason: "the answer was cut off")
      ),
    ] as [([String], OperationError)])
  func `a server that does not answer properly is a reason`(pieces: [String], error: OperationError)
    async throws
  {
    let server = LocalServer(.answering(pieces))
    let probe = try HTTPProbe(url: "http://127.0.0.1:\(server.port)/")
    await #expect(throws: error) { try await probe.get(timeout: .seconds(30)) }
  }

  @Test func `a refused connection says so`() async throws {
    let server = LocalServer(.refusing)
    let probe = try HTTPProbe(url: "http://127.0.0.1:\(server.port)/")
    await #expect(
      throws: OperationError.refused(reason: "127.0.0.1:\(server.port): Connection refused")
    ) { try await probe.get(timeout: .seconds(30)) }
  }

  @Test func `a server that says nothing is given up in time`() async throws {
    let server = LocalServer(.silent)
    let probe = try HTTPProbe(url: "http://127.0.0.1:\(server.port)/")
    await #expect(throws: OperationError.noAnswer(reason: "no answer in time")) {
      // Connecting has to fit in.
      try await probe.get(timeout: .seconds(1))
    }
  }

  @Test func `cancelling ends the wait for an answer`() async throws {
    let server = LocalServer(.silent)
    let probe = try HTTPProbe(url: "http://127.0.0.1:\(server.port)/")
    let task = Task { try await probe.get(timeout: .seconds(600)) }
    _ = await server.requests.first { _ in true }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `a host that cannot be resolved is named`() async throws {
    let failure = try await #require(throws: OperationError.self) {
      try await HTTPProbe(url: "http://no-such-host.invalid/").get(timeout: .seconds(30))
    }
    #expect(failure.description.hasPrefix("no-such-host.invalid cannot be resolved: "))
  }

  @Test func `a time limit may be as long as it can be written`() async throws {
    let server = LocalServer(.answering(["HTTP/1.1 204 No Content\r\n\r\n"]))
    let probe = try HTTPProbe(url: "http://127.0.0.1:\(server.port)/")
    #expect(try await probe.get(timeout: .seconds(Int64.max / 4)).status == 204)
  }
}
