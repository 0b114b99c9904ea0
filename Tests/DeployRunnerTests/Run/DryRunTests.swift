import DeployDSL
import DeploySimulator
import Synchronization
import Testing

@testable import DeployRunner

@Suite("What a dry run says of what it does not do")
struct DryRunTests {
  private struct Own: PrimitiveStep {
    func run(in context: StepContext) async throws { try await context.run("tool") }
  }

  private static let plan = Deploy("grafana", workers: ["mail"], port: 3000, health: "/api/health")
  {
    DetectActive()
    Pull(.target)
    Build(.target)
    Up(.target)
    Health()
    Run("tool")
    Own()
    When(.active(is: .blue)) {
      Exec(.target, "check")
    } otherwise: {
      Run("never")
    }
    Approve("switch?")
    SwapNginx()
    Reload()
    Watch(for: 10)
    Drain()
    Stop(.previous)
    Prune()
    Wait(1)
    Notify(.command("tell"))
    Request(.post, "https://example.org/")
  }

  /// The report, and what a program and a person are told.
  private func run(
    _ plan: Deploy, on host: SimulatedHost
  ) async throws -> (report: RunReport, json: String, human: String) {
    let runner = Deployer(executor: .mock(host), options: RunOptions(isDryRun: true))
    let run = try runner.start(plan)
    let texts = Mutex((json: "", human: ""))
    var json = JSONReporter(to: ReportSink { text, _ in texts.withLock { $0.json += text } })
    var human = HumanReporter(to: ReportSink { text, _ in texts.withLock { $0.human += text } })
    for await event in run.events {
      json.report(event)
      human.report(event)
    }
    let said = texts.withLock(\.self)
    return (await run.report(), said.json, said.human)
  }

  @Test func `an image that the host lacks is told`() async throws {
    let plan = Deploy.standard("shop")
    let host = SimulatedHost(for: plan.application)
    let text = "the host does not have the image shop:1.0: Compose pulls it"
    #expect(!(try await run(plan, on: host)).human.contains(text))
    host.change { $0.removeImage("shop:1.0") }
    let told = try await run(plan, on: host)
    #expect(told.report.outcome == .succeeded && told.human.contains(text), "\(told.human)")
  }

  @Test func `no step is done but those that look, and the previous version serves`() async throws {
    let host = SimulatedHost(for: Self.plan)
    let (report, json, human) = try await run(Self.plan, on: host)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(report.serving == .blue && !report.hasSwitched)
    #expect(host.timeline.isEmpty)
    for node in report.nodes {
      switch node.name {
      case "DetectActive": #expect(node.summary == "blue serves, green is next")
      case "When active is blue": #expect(node.answer == true && node.status == .succeeded)
      case "Run never": #expect(node.status == .skipped)
      default: #expect(node.status == .wouldRun && node.summary == "would run", "\(node)")
      }
    }
    let allowed = ["would run", "blue serves, green is next", "yes", "left out: "]
    for part in json.split(separator: #""summary":""#).dropFirst() {
      #expect(allowed.contains { part.hasPrefix($0) }, "\(part.prefix(80))")
    }
    for claim in [#""outcome":"succeeded""#, #""service":"grafana-green""#] {
      #expect(!json.contains(claim), "\(claim) in \(json)")
    }
    #expect(!human.contains("✓ Reload") && !human.contains("✓ Stop"), "\(human)")
    #expect(json.contains(#""status":"would-run","step":"Reload""#), "\(json)")
    #expect(json.contains(#""outcome":"would-run""#))
  }

  @Test func `before a first deploy nothing is asked about containers that are not there`()
    async throws
  {
    for services in [["grafana-blue"], ["grafana-blue", "grafana-green", "mail-blue"]] {
      let host = SimulatedHost(for: Self.plan) { world in services.forEach { world.remove($0) } }
      let (report, json, _) = try await run(Self.plan, on: host)
      #expect(report.outcome == .succeeded, "\(report)")
      #expect(!json.contains("inspect --type container\""), "\(json)")
    }
  }

  @Test func `a command of the machine where bgrun is started says so`() async throws {
    let plan = Deploy("x") { Run("purge", on: .controller) }
    let (_, _, human) = try await run(plan, on: SimulatedHost(for: plan))
    #expect(
      human.contains("~ Run purge\n    · runs where bgrun is started\n    $ purge\n"), "\(human)")
  }
}
