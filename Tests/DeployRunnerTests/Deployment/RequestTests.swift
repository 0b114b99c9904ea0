import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite("Request and Notify: HTTP by way of curl")
struct RequestTests {
  private func run(
    _ plan: Deploy, _ change: (SimulatedHost) -> Void = { _ in }
  ) async throws -> (report: RunReport, host: SimulatedHost, said: [String]) {
    let host = SimulatedHost(for: plan.application)
    host.change { $0.write("s3\"cr\\et\n", to: "key") }
    change(host)
    let run = try Deployer(executor: .mock(host)).start(plan)
    var said: [String] = []
    for await event in run.events { said.append("\(event.kind)") }
    return (await run.report(), host, said)
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
    let (report, host, said) = try await run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(
      sent(host) == [
        """
        request = "POST"
        url = "https://x/purge?a=[1]"
        header = "Authorization: s3\\"cr\\\\et"
        data-raw = "{\\"a\\": \\"b\\\\c\\"}\\n"

        """
      ])
    let argv = host.operations.compactMap(\.operation.request.command?.argv)
    #expect(
      argv.last == [
        "curl", "--disable", "--silent", "--show-error", "--globoff", "--proto", "=http,https",
        "--max-time", "30", "--write-out", "\\n%{http_code}", "--config", "-",
      ])
    for text in said { #expect(!text.contains("cr\\et") && !text.contains("s3\\\"cr")) }
  }

  @Test func `a HEAD asks for headers alone`() async throws {
    let (_, host, _) = try await run(Deploy("app") { Request(.head, "http://x/", within: 0.5) })
    #expect(sent(host) == ["head\nurl = \"http://x/\"\n"])
    #expect(host.commands.last?.contains("--max-time 0.5") == true)
  }

  @Test func `an answer that was not expected fails the step and is shown`() async throws {
    let plan = Deploy("app") { Request("http://x/?key=1") }
    let (report, _, _) = try await run(plan) {
      $0.answer(requestsTo: "//x", with: HTTPAnswer(status: 503, body: "later\nplease"))
    }
    let failure = try #require(report.failure)
    #expect(failure.code == .request)
    #expect(
      failure.description == "GET http://x/ answered 503, not 200 to 299; "
        + "check the response, or set the expected status")
    #expect(failure.details == ["later", "please"])
  }

  @Test func `a text that is not in the body fails the step`() async throws {
    let plan = Deploy("app") { Request("http://x/", contains: "Welcome") }
    let (report, _, _) = try await run(plan) {
      $0.answer(requestsTo: "//x", with: HTTPAnswer(status: 200, body: "Bye"))
    }
    #expect(
      report.failure?.message == "GET http://x/ answered 200 without \"Welcome\" in the body")
    let good = try await run(plan) {
      $0.answer(requestsTo: "//x", with: HTTPAnswer(status: 200, body: "Welcome!"))
    }
    #expect(good.report.outcome == .succeeded)
  }

  @Test func `no answer and no curl are clear failures`() async throws {
    let plan = Deploy("app") { Request("http://x/") }
    let dead = try await run(plan) {
      $0.fail(
        .command(containing: "curl"),
        .failing(exit: 7, errors: "curl: (7) Failed to connect"))
    }
    #expect(
      dead.report.failure?.message == "GET http://x/ got no response: curl: (7) Failed to connect")
    let missing = try await run(plan) {
      $0.fail(
        .command(containing: "curl"),
        .throwing(.cannotStart(program: "curl", reason: "No such file or directory")))
    }
    #expect(missing.report.outcome == .unusable)
    #expect(
      missing.report.failure?.fix
        == "install curl where bgrun runs: Request, Notify and sites by https need it")
  }

  @Test func `a dry run shows the request and sends none`() async throws {
    let plan = Deploy("app") { Request(.post, "http://x/") }
    let host = SimulatedHost(for: plan.application)
    let report = try await Deployer(
      executor: .mock(host), options: RunOptions(isDryRun: true)
    ).run(plan)
    #expect(report.outcome == .succeeded && sent(host).isEmpty)
  }

  @Test func `news that cannot be sent are a warning`() async throws {
    let plan = Deploy("app") {
      Notify(.webhook("http://x/"), "hello")
      Run("next")
    }
    let (report, host, _) = try await run(plan) {
      $0.answer(requestsTo: "//x", with: HTTPAnswer(status: 404, body: "no such hook"))
    }
    #expect(report.outcome == .succeeded && host.commands.last == "next")
    #expect(
      report.warnings
        == ["Notify failed, continuing: POST http://x/ answered 404, not 200 to 299"])
  }

  @Test func `news are JSON for a webhook, and text for a command`() async throws {
    let plan = Deploy("app") {
      DetectActive()
      Notify(.webhook("http://x/", field: "content"), "say \"hi\"\n\u{1}")
      Notify(.command("mail", "ops"))
    }
    let (report, host, _) = try await run(plan)
    #expect(report.outcome == .succeeded)
    let lines = try #require(sent(host).first).split(separator: "\n")
    #expect(lines.contains(#"header = "Content-Type: application/json""#))
    #expect(lines.last == #"data-raw = "{\"content\": \"say \\\"hi\\\"\\n\\u0001\"}""#)
    let text = "app: app-green is being deployed, app-blue serves"
    #expect(host.commands.contains("BGRUN_MESSAGE='\(text)' mail ops <<< '\(text)\n'"))
  }

  @Test func `after a failure people are told what failed and what serves`() async throws {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Run("fail")
    } onFailure: {
      Notify(.webhook(Secret.file("key")))
    }
    let (report, host, _) = try await run(plan) {
      $0.respond(to: "fail", with: CommandResult(status: 1, errors: "no"))
    }
    #expect(report.outcome == .failed && report.warnings.isEmpty, "\(report.warnings)")
    let body = try #require(sent(host).last?.split(separator: "\n").last)
    #expect(body.hasPrefix(#"data-raw = "{\"text\": \"app: not deployed: cannot run fail"#))
    #expect(body.hasSuffix(#"; app-blue serves\"}""#))
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
