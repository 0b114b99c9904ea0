import DeployDSL
import DeployRunner
import Synchronization
import Testing

@Suite("Approve: a person is asked")
struct ApproveTests {
  private static let plan = Deploy("grafana") {
    DetectActive()
    Up(.target)
    Health()
    Approve("Switch to green?")
    SwapNginx()
    Reload()
  }

  private func run(
    _ approval: RunOptions.Approval, isDryRun: Bool = false
  ) async throws -> (report: RunReport, host: SimulatedHost, kinds: [String]) {
    let host = SimulatedHost(for: Self.plan.application)
    let options = RunOptions(isDryRun: isDryRun, approval: approval)
    let run = try Deployer(executor: .mock(host), options: options).start(Self.plan)
    var kinds: [String] = []
    for await event in run.events {
      switch event.kind {
      case .asked(let question): kinds.append("asked \(question)")
      case .note(let note) where note.hasPrefix("asks"): kinds.append(note)
      default: break
      }
    }
    return (await run.report(), host, kinds)
  }

  @Test func `without anybody to ask the deploy fails and is taken back`() async throws {
    let (report, host, kinds) = try await run(.refuse)
    #expect(report.exitCode == 1 && kinds.isEmpty)
    #expect(
      report.failure?.description
        == "\"Switch to green?\" needs approval, but no terminal can ask for it; "
        + "run it on a terminal, or add --yes")
    #expect(host.serving == .blue && !host.isRunning("grafana-green"))
  }

  @Test func `after a yes it goes on`() async throws {
    let asked = Mutex<[String]>([])
    let (report, host, kinds) = try await run(
      .ask { question in
        asked.withLock { $0.append(question) }
        return true
      })
    #expect(report.outcome == .succeeded && host.serving == .green)
    #expect(asked.withLock(\.self) == ["Switch to green?"])
    #expect(kinds == ["asked Switch to green?"])
  }

  @Test func `after a no it is taken back`() async throws {
    let (report, host, _) = try await run(.ask { _ in false })
    #expect(report.exitCode == 1 && report.failure?.code == .approval)
    #expect(report.failure?.message == "\"Switch to green?\" was not approved")
    #expect(!host.isRunning("grafana-green"))
  }

  @Test func `what is approved beforehand is not asked`() async throws {
    let (report, _, kinds) = try await run(.always)
    #expect(report.outcome == .succeeded && kinds.isEmpty)
  }

  @Test func `a dry run shows the question and asks nobody`() async throws {
    let (report, _, kinds) = try await run(.refuse, isDryRun: true)
    #expect(report.outcome == .succeeded && kinds == ["asks: Switch to green?"])
  }
}
