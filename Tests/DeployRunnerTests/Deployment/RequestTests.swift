import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Foundation
import Testing

@testable import DeployRunner

/// Request and Notify: HTTP by way of curl.
@Suite struct RequestTests {
  private func run(
    _ plan: Deploy, answer: HTTPAnswer? = nil, _ change: (SimulatedHost) -> Void = { _ in }
  ) async throws -> Rehearsal {
    let host = SimulatedHost(for: plan) { $0.write("s3\"cr\\et\n", to: "key") }
    if let answer { host.answer(requestsTo: "//x", with: answer) }
    change(host)
    return try await plan.rehearse(on: host)
  }

  private func sent(_ host: SimulatedHost) -> [String] {
    host.operations.compactMap(\.operation.request.command).filter { $0.argv[0] == "curl" }
      .compactMap(\.input?.text)
  }

  @Test func `address, headers and body are on curl's standard input alone`() async throws {
    let plan = Deploy("app") {
      Request(
        .post, "https://x/purge?a=[1]", headers: ["Authorization": Secret.file("key")],
        body: "{\"a\": \"b\\c\"}\n", status: 200)
    }
    let run = try await run(plan)
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(
      sent(run.host) == [
        """
        request = "POST"
        url = "https://x/purge?a=[1]"
        header = "Authorization: s3\\"cr\\\\et"
        data-raw = "{\\"a\\": \\"b\\\\c\\"}\\n"

        """
      ])
    #expect(
      run.host.operations.compactMap(\.operation.request.command?.argv).last == [
        "curl", "--disable", "--silent", "--show-error", "--globoff", "--proto", "=http,https",
        "--max-time", "30", "--write-out", "\\n%{http_code}", "--config", "-",
      ])
    for event in run.events {
      #expect(!"\(event.kind)".contains("cr\\et") && !"\(event.kind)".contains("s3\\\"cr"))
    }
  }

  @Test func `a HEAD asks for headers alone`() async throws {
    let host = try await run(Deploy("app") { Request(.head, "http://x/", within: 0.5) }).host
    #expect(sent(host) == ["head\nurl = \"http://x/\"\n"])
    #expect(host.commands.last?.contains("--max-time 0.5") == true)
  }

  /// A step, the answer that it gets, and another text that it must hold.
  private static let answers: [(String, Request, HTTPAnswer)] = [
    (
      "another status", Request("http://x/?key=1"), HTTPAnswer(status: 503, body: "later\nplease")
    ),
    (
      "another text", Request("http://x/", contains: "Welcome"),
      HTTPAnswer(status: 200, body: "Bye")
    ),
    (
      "the text", Request("http://x/", contains: "Welcome"),
      HTTPAnswer(status: 200, body: "Welcome!")
    ),
  ]

  @Test(arguments: answers.indices)
  func `an answer that was not expected fails the step and is shown`(index: Int) async throws {
    let (name, request, answer) = Self.answers[index]
    let run = try await run(Deploy("app") { request }, answer: answer)
    try expectGolden("Requests.txt", run.report.told(on: run.host), name)
  }

  @Test(
    arguments: [
      ("no answer", .failing(exit: 7, errors: "curl: (7) Failed to connect")),
      (
        "no curl",
        .throwing(.cannotStart(program: "curl", reason: "No such file or directory"))
      ),
    ] as [(String, SimulatedFault)])
  func `no answer and no curl are clear failures`(name: String, fault: SimulatedFault)
    async throws
  {
    let run = try await run(Deploy("app") { Request("http://x/") }) {
      $0.fail(.command(containing: "curl"), fault)
    }
    try expectGolden("Requests.txt", run.report.told(on: run.host), name)
  }

  @Test func `a dry run shows the request and sends none`() async throws {
    let plan = Deploy("app") { Request(.post, "http://x/") }
    let dry = try await plan.rehearse(options: RunOptions(isDryRun: true))
    #expect(dry.outcome == .succeeded && sent(dry.host).isEmpty)
  }

  @Test func `a notification that cannot be sent is a warning`() async throws {
    let plan = Deploy("app") {
      Notify(.webhook("http://x/"), "hello")
      Run("next")
    }
    let run = try await run(plan, answer: HTTPAnswer(status: 404, body: "no such hook"))
    try expectGolden("Requests.txt", run.report.told(on: run.host))
    #expect(run.host.commands.last == "next")
  }

  @Test func `a notification is JSON for a webhook, and text for a command`() async throws {
    let plan = Deploy("app") {
      DetectActive()
      Notify(.webhook("http://x/", field: "content"), "say \"hi\"\n\u{1}")
      Notify(.command("mail", "ops"))
    }
    let host = try await run(plan).host
    let lines = try #require(sent(host).first).split(separator: "\n")
    #expect(lines.contains(#"header = "Content-Type: application/json""#))
    #expect(lines.last == #"data-raw = "{\"content\": \"say \\\"hi\\\"\\n\\u0001\"}""#)
    let text = "app: app-green is being deployed, app-blue serves"
    let versions = "BGRUN_PREVIOUS_VERSION=1.0 BGRUN_VERSION=1.0"
    #expect(
      host.commands.contains("BGRUN_MESSAGE='\(text)' \(versions) mail ops <<< '\(text)\n'"))
  }

  @Test func `after a failure people are told what failed and what serves`() async throws {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Run("fail")
    } onFailure: {
      Notify(.webhook(Secret.file("key")))
    }
    let run = try await run(plan) { $0.fail(.command(containing: "fail")) }
    #expect(run.outcome == .failed && run.report.warnings.isEmpty, "\(run.report)")
    try expectGolden(
      "Requests.txt", String(sent(run.host).last?.split(separator: "\n").last ?? ""))
  }

  static let hasCurl = FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")

  @Test(.enabled(if: hasCurl, "there is no curl"))
  func `the real curl sends what was meant`() async throws {
    let server = LocalServer(
      .answering(["HTTP/1.1 201 Created\r\nContent-Length: 6\r\n\r\nWel", "come"]))
    let request = Request(
      .put, "http://127.0.0.1:\(server.port)/a?b=[c]", headers: ["X-Odd": "a \"b\" \\c"],
      body: "one\ntwo \"three\" \\ é", status: 201, contains: "Welcome".prefix(6).description)
    let folder = FileManager.default.temporaryDirectory.path
    let executor = DockerExecutor(project: folder)
    let reply = try await executor.perform(
      HostOperation(
        .call(CurlCommand.send(request)), effect: .change, timeout: .seconds(20))
    ) { _ in }
    #expect(reply.printed?.errors == "")
    #expect(reply.value == .http(HTTPAnswer(status: 201, body: "Welcom")))
    // A body's last letter may make one with the line end that curl adds.
    #expect(CurlCommand.answer(in: "ok\r\n200") == HTTPAnswer(status: 200, body: "ok\r"))
    #expect(CurlCommand.answer(in: "\n204") == HTTPAnswer(status: 204, body: ""))
    var requests = server.requests.makeAsyncIterator()
    let seen = try #require(await requests.next())
    #expect(seen.hasPrefix("PUT /a?b=[c] HTTP/1.1\r\n"))
    #expect(seen.contains("X-Odd: a \"b\" \\c\r\n"))
    #expect(seen.hasSuffix("\r\n\r\none\ntwo \"three\" \\ é"), "\(seen)")
  }
}
