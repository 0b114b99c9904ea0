import DeployDSL
import Testing

@testable import DeployRunner

@Suite("ProbeLoop", .timeLimit(.minutes(10)))
struct ProbeLoopTests {
  /// The first answers of a server.
  private func answers(_ count: Int, of manner: LocalServer.Manner) async throws -> [ProbeAnswer] {
    let server = LocalServer(manner)
    let loop = try #require(
      ProbeLoop(
        Probing(
          url: "http://grafana.example.com/api/health",
          address: PublishedAddress("127.0.0.1", server.port), every: .milliseconds(1))))
    let (answers, continuation) = AsyncStream.makeStream(of: ProbeAnswer.self)
    let task = Task { try await loop.run { continuation.yield($0) } }
    defer { task.cancel() }
    var found: [ProbeAnswer] = []
    for await answer in answers.prefix(count) { found.append(answer) }
    withExtendedLifetime(server) {}
    return found
  }

  @Test func `a kept connection that the server closed is no failure: the request is repeated`()
    async throws
  {
    let found = try await answers(
      5, of: .answering(["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]))
    #expect(found.map(\.status) == Array(repeating: .http(200), count: 5))
    // The first one has no kept connection, and every second one wants none.
    #expect(found.map(\.isRetried) == [false, false, true, false, true])
  }

  @Test func `an answer that announces the end of the connection is no reason to repeat`()
    async throws
  {
    let found = try await answers(
      3, of: .answering(["HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n"]))
    #expect(found.map(\.status) == Array(repeating: .http(502), count: 3))
    #expect(!found.contains { $0.isRetried || $0.isGood })
  }

  @Test func `a connection that is refused is a failure`() async throws {
    let found = try await answers(2, of: .refusing)
    #expect(found.allSatisfy { $0.text.hasSuffix(": Connection refused") }, "\(found)")
  }

  @Test func `an answer that is cut off is a failure`() async throws {
    let found = try await answers(
      2, of: .answering(["HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"]))
    #expect(found.map(\.text) == ["the answer was cut off", "the answer was cut off"])
  }

  @Test func `TLS is curl's`() {
    let probing = Probing(
      url: "https://h/", address: PublishedAddress("127.0.0.1", 443), every: .seconds(1))
    #expect(ProbeLoop(probing) == nil)
  }

  @Test(
    arguments: [
      (
        "200 0.055414 1 keep-alive|",
        ProbeAnswer(time: .seconds(0.055414), .http(200), isRetried: true)
      ),
      ("502 0.001 0 |", ProbeAnswer(time: .seconds(0.001), .http(502))),
      (
        "000 0.000149 0 |Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
        ProbeAnswer(
          time: .seconds(0.000149),
          .none("Failed to connect to 127.0.0.1 port 1: Couldn't connect to server"))
      ),
      ("curl: option --rate: is unknown", nil), ("", nil), ("|", nil),
    ] as [(String, ProbeAnswer?)])
  func `curl's lines are read`(line: String, answer: ProbeAnswer?) {
    #expect(CurlCommand.probeAnswer(in: OutputLine(line, on: .errors)) == answer)
  }

  @Test func `an answer's own line is read again`() {
    for status in [ProbeAnswer.Status.http(204), .none("no | answer")] {
      let answer = ProbeAnswer(time: .milliseconds(7), status, isRetried: true)
      #expect(CurlCommand.probeAnswer(in: CurlCommand.line(of: answer)) == answer)
    }
  }

  @Test func `one curl asks for some seconds, at the plan's rate, without a secret name's help`()
    throws
  {
    var endpoint = ProxyEndpoint(guessed: PublishedAddress("127.0.0.1", 8443))
    (endpoint.host, endpoint.isTLS) = ("grafana.example.com", true)
    let argv = CurlCommand.probes("/a?x={1}", from: endpoint, every: .milliseconds(50)).command.argv
    #expect(argv.last == "https://grafana.example.com/a?x=\\{1\\}#[1-100]")
    #expect(argv.contains("1200/m"))
    #expect(argv.firstRange(of: ["--connect-to", "::127.0.0.1:8443"]) != nil)
  }
}
