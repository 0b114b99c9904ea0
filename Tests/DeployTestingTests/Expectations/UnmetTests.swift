import DeploySimulator
import DeployTesting
import Synchronization
import Testing

/// Every expectation, not met: it is an issue at the place where it stands, and says what was.
@Suite(.timeLimit(.minutes(10)))
struct UnmetTests {
  /// Lets an expectation fail, and checks what it said and where.
  private func expectIssue(
    _ words: String..., count: Int = 1, line: Int = #line, in expectation: () -> Void
  ) {
    let texts = Mutex<[String]>([])
    withKnownIssue {
      expectation()
    } matching: { issue in
      texts.withLock { $0 += issue.comments.map(\.rawValue) }
      let place = issue.sourceLocation
      return place?.fileName == "UnmetTests.swift"
        && (line...line + 6).contains(place?.line ?? 0)
    }
    let said = texts.withLock { $0 }
    #expect(said.count == count)
    for word in words { #expect(said.joined(separator: "\n").contains(word)) }
  }

  @Test func `The wrong colour serves`() {
    let host = SimulatedHost(for: shop)
    expectIssue("blue serves, not green", "running services: shop-blue, nginx-proxy") {
      expectServing(.green, on: host)
    }
    expectIssue("blue serves, not no colour") { expectServing(nil, on: host) }
    host.change { $0.stop("shop-blue") }
    expectIssue("no colour serves, not blue; the proxy has loaded blue's configuration") {
      expectServing(.blue, on: host)
    }
  }

  @Test func `An outage, unless it was an accident that is excepted`() async throws {
    let host = SimulatedHost(for: shop)
    host.at(.seconds(1)) { $0.crash("shop-blue") }
    try await host.clock.sleep(for: .seconds(10))
    expectIssue("no answer from 1 s on for 2.1 s: shop-blue ended with exit code 1 (on its own)") {
      expectNeverDown(on: host)
    }
    expectNeverDown(on: host, exceptAccidents: true)
  }

  @Test func `An outage that the plan caused`() async throws {
    let host = SimulatedHost(for: shop)
    let stop = StopByHand()
    _ = try await stop.rehearse(on: host)
    expectIssue("shop-blue was told to stop (by: docker stop shop-shop-blue-1)") {
      expectNeverDown(on: host, exceptAccidents: true)
    }
  }

  @Test func `A request that was cut off`() async throws {
    let host = SimulatedHost(for: shop)
    host.change { $0.openRequest("a download", lasting: nil) }
    let plan = Deploy("shop", port: 8080, health: "/up") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Drain(upTo: 1, atDeadline: .cut)
      Stop(.previous)
    }
    _ = try await plan.rehearse(on: host)
    expectIssue("a download", "kill -TERM") { expectNoRequestCut(on: host) }
  }

  @Test func `Other commands: what is common, missing and too many`() async throws {
    let rehearsal = try await shop.rehearse()
    var wrong = shopCommands
    wrong[1] = "docker exec shop-shop-green-1 bin/migrate latest"
    wrong.removeLast()
    expectIssue(
      "  - docker exec shop-shop-green-1 bin/migrate latest\n"
        + "  + docker exec shop-shop-green-1 bin/migrate up\n    overwrite ",
      "\n  + docker stop "
    ) { expectCommands(wrong, in: rehearsal) }
    expectIssue("no command matched docker rm …", "$ docker exec") {
      expectCommand("docker rm …", in: rehearsal)
    }
    expectIssue("  + docker exec shop-nginx-proxy-1 nginx -s reload") {
      expectNoCommand("… reload", in: rehearsal)
    }
  }

  @Test func `Another outcome, and why`() async throws {
    let host = SimulatedHost(for: shop) { $0.behavior(of: "shop-green", .crashingAtBoot()) }
    let rehearsal = try await shop.rehearse(on: host)
    expectIssue("ended as failed, not succeeded", "Health: failed: ", "stop shop-green: done") {
      expectOutcome(.succeeded, of: rehearsal)
    }
    expectIssue("it failed differently", "  - the moon is full", "  + shop-green ") {
      expectFailure("the moon is full", of: rehearsal)
    }
    expectIssue("Health failed, not Migrate: shop-green") {
      expectFailure("…", in: "Migrate", of: rehearsal)
    }
    expectIssue("  - undo Migrate\n    stop shop-green") {
      expectUndone(["undo Migrate", "stop shop-green"], in: rehearsal)
    }
  }

  @Test func `Nothing failed although a failure is expected`() async throws {
    let rehearsal = try await shop.rehearse()
    expectIssue("nothing failed; what happened:") { expectFailure("…", of: rehearsal) }
  }

  @Test func `An undo that failed`() async throws {
    let host = SimulatedHost(for: shop)
    host.change { $0.run("shop-green") }
    host.onExec(in: "shop-green") { argv in
      argv.last == "down" ? CommandResult(status: 4, errors: "no way back") : nil
    }
    let rehearsal = try await Migrate().rehearse(on: host, failingAfterwards: true)
    expectOutcome(.rollbackFailed, of: rehearsal)
    expectIssue("undo Migrate failed: ", "no way back") {
      expectUndone(["undo Migrate"], in: rehearsal)
    }
  }

  @Test func `A secret on a command line or in a log, without saying it again`() async throws {
    let host = SimulatedHost(for: shop) { $0.write("hush-hush\n", to: "secrets/token") }
    let telling = try await Call(token: "hush-hush").rehearse(on: host)
    expectIssue("the secret is shown: the command line of curl, an event after 0.") {
      expectHidden("hush-hush", in: telling)
    }
    let odd = #"pa"ss\word"#
    let logging = try await Call(token: odd).rehearse(on: host)
    expectIssue("the secret is shown: the command line of curl, an event after 0.") {
      expectHidden(odd, in: logging)
    }
    let quiet = try await Run("curl", "-K", "-", input: Secret.file("secrets/token"))
      .rehearse(on: SimulatedHost(for: shop) { $0.write("hush-hush\n", to: "secrets/token") })
    expectOutcome(.succeeded, of: quiet)
    expectHidden("hush-hush", in: quiet)
  }
}

private struct StopByHand: PrimitiveStep {
  func run(in context: StepContext) async throws {
    try await context.run("docker", "stop", "shop-shop-blue-1")
  }
}

private struct Call: PrimitiveStep {
  let token: String

  func run(in context: StepContext) async throws {
    try await context.run("curl", "http://127.0.0.1/?token=\(token)")
  }
}
