import DeployDSL
import DeploySimulator
import Foundation
import Testing

@testable import DeployRunner

@Suite struct PlanFingerprintTests {
  private struct Migrate: PrimitiveStep {
    var to = "latest"
    var note: @Sendable () -> Void = {}
    func run(in context: StepContext) async throws {}
  }

  /// A plan with a value for each thing that a plan can say.
  private struct Values: Sendable {
    var health = Health(retries: 15, every: 2)
    var run = Run("tool", "a", "b", environment: ["A": "1"], input: "in")
    var step: any Step = Migrate()
    var request = Request("https://example.org/", status: 200...299)
    var notify = Notify(.command("tell"), "deployed")
    var watch = Watch(for: 10)
    var drain = Drain(upTo: 20)
    var stop = Stop(.previous)
    var condition = Condition.environment("FLAG", is: "1")
    var site = Site()
    var port: Int? = 3000
    var environment: [String: any EnvironmentConvertible] = ["TAG": "1", "KEY": Secret("KEY")]
    var workers: [Worker] = ["mail"]
    var modify: @Sendable (Run) -> ModifiedStep = { $0.named("tool") }
    var undo: [any Step] = [Run("undo")]
    var onFailure: [any Step] = [Run("failed")]
    var timeout: TimeSpan = 600
    var retry = 1
    var line = 10

    func graph() throws -> StepGraph {
      try Deploy(
        "grafana", workers: workers, site: site, port: port, environment: environment,
        timeout: timeout, file: "plan.swift", line: line, column: 1
      ) {
        Steps([DetectActive()], file: "plan.swift", line: line + 1, column: 1)
        Up(.target)
        health
        Retry(retry) { modify(run).undo { undo } }
        When(condition) {
          [step]
        } otherwise: {
          request
        }
        SwapNginx()
        Reload()
        watch
        drain
        stop
        notify
      } onFailure: {
        onFailure
      }.graph()
    }
  }

  private static let changes: [(String, @Sendable (inout Values) -> Void)] = [
    ("every digit of a time", { $0.health.every = .milliseconds(2040) }),
    ("probeTimeout", { $0.health.probeTimeout = .milliseconds(5001) }),
    ("retries of a gate", { $0.health.retries = 16 }),
    ("what a gate asks", { $0.health.check = .http("/", body: "ok") }),
    ("the port", { $0.port = 9999 }),
    ("no port", { $0.port = nil }),
    ("a site source", { $0.site.green = "nginx/other.conf" }),
    ("the site's address", { $0.site.url = "https://example.org" }),
    ("argv that is split differently", { $0.run.argv = ["tool", "a b"] }),
    ("standard input", { $0.run.input = .text("other") }),
    ("standard input from a secret", { $0.run.input = .secret(Secret("in")) }),
    ("a variable's value", { $0.run.environment["A"] = .text("2") }),
    ("a variable's name", { $0.run.environment = ["B": .text("1")] }),
    ("the plan's environment", { $0.environment["TAG"] = "2" }),
    ("a secret's source", { $0.environment["KEY"] = Secret.file("KEY") }),
    ("a worker's gate", { $0.workers = [Worker("mail", health: .tcp(port: 25))] }),
    ("a step's retries", { $0.modify = { $0.named("tool").retry(4) } }),
    ("a step's backoff", { $0.modify = { $0.named("tool").retry(0, backoff: .constant(1)) } }),
    ("a step's timeout", { $0.modify = { $0.named("tool").timeout(7) } }),
    ("a time per attempt", { $0.modify = { $0.named("tool").timeout(perAttempt: 7) } }),
    ("what a failure means", { $0.modify = { $0.named("tool").onFailure(.stop) } }),
    ("a step before", { $0.modify = { $0.named("tool").before { Print("x") } } }),
    ("a step's name", { $0.modify = { $0.named("other") } }),
    ("the rounds of a Retry", { $0.retry = 2 }),
    ("an undo", { $0.undo = [Run("undo", "all")] }),
    ("what follows a failure", { $0.onFailure = [Run("failed", "badly")] }),
    ("the plan's timeout", { $0.timeout = 601 }),
    ("the type of a step's code", { $0.step = Wait(1) }),
    ("a value that a step's code holds", { $0.step = Migrate(to: "12") }),
    ("the value of a condition", { $0.condition = .environment("FLAG", is: "2") }),
    ("a condition's kind", { $0.condition = .exists("FLAG is \"1\"") }),
    ("a request's status", { $0.request.status = 200...204 }),
    ("a request's body", { $0.request.body = .text("") }),
    ("a message", { $0.notify.text = "done" }),
    ("a watch", { $0.watch.window = 11 }),
    ("a drain", { $0.drain.atDeadline = .cut }),
    ("a grace", { $0.stop.grace = .seconds(10) }),
  ]

  @Test(arguments: changes.indices)
  func `whatever changes what a plan does changes it`(index: Int) throws {
    let (what, change) = Self.changes[index]
    var values = Values()
    change(&values)
    #expect(
      try PlanFingerprint.of(values.graph()) != PlanFingerprint.of(Values().graph()), "\(what)")
  }

  @Test func `it is the same for the same plan, wherever its lines stand`() throws {
    let known = try PlanFingerprint.of(Values().graph())
    #expect(known.count == 16)
    #expect(try PlanFingerprint.of(Values(line: 90).graph()) == known)
    // The values of secrets and what objects and closures hold are no part of a plan.
    setenv("KEY", "hunter2", 1)
    #expect(try PlanFingerprint.of(Values(step: Migrate { print("x") }).graph()) == known)
    let encoded = String(decoding: try JSONEncoder().encode(Values().graph()), as: UTF8.self)
    #expect(!encoded.contains("hunter2") && encoded.contains("\"KEY\""))
  }

  @Test func `a run does not go on with a changed plan`() async throws {
    let folder = try TemporaryFolder()
    func plan(_ input: String) -> Deploy {
      Deploy("app") { Run("flaky", input: input).onFailure(.stop) }
    }
    let host = SimulatedHost(for: plan("a").application)
    host.fail(.command(containing: "flaky").onAttempt(1), .failing(exit: 1))
    #expect(try await Deployer.onRecord(host, folder).run(plan("a")).isInterrupted)
    let runner = Deployer.onRecord(host, folder) { $0.resume = .goOn }
    let report = try await runner.run(plan("b"))
    #expect(report.outcome == .locked && host.commands.count == 1, "\(report)")
    #expect(report.failure?.message.hasPrefix("the plan has changed since run ") == true)
    #expect(
      report.failure?.fix == "roll it back with `bgrun resume PLAN --undo`, then run the new plan")
    #expect(try await runner.run(plan("a")).outcome == .succeeded)
  }

  @Test func `after an update of bgrun the run is refused, with that as a reason`() async throws {
    let folder = try TemporaryFolder()
    let plan = Deploy("app") { Print("x") }
    let runner = Deployer.onRecord(SimulatedHost(for: plan.application), folder) {
      $0.resume = .goOn
    }
    let state = try StateFolder.prepare(at: "\(folder.path)/.bgrun", application: "app")
    try state.journal.begin(
      JournalHeader(
        run: RunID(), application: "app", plan: "eb812b23f2dd17c8", reason: nil, bgrun: "0.1",
        steps: ["Print"])
    ).close()
    let report = try await runner.run(plan)
    #expect(report.outcome == .locked)
    let message = try #require(report.failure?.message)
    #expect(message.hasPrefix("bgrun (0.1 then, \(BgrunVersion.text) now) or the plan has changed"))
  }
}
