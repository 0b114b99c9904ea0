import DeployDSL
import DeployRunner
import Testing

@Suite struct LockWaitTests {
  private let plan = Deploy("app") {
    DetectActive()
    Up(.target)
    Health()
    SwapNginx()
    Reload()
  }

  /// Runs the plan while somebody else has the lock, who never lets go.
  private func run(_ options: RunOptions) async throws -> (report: RunReport, host: SimulatedHost) {
    let folder = try TemporaryFolder()
    let state = try StateFolder.prepare(at: folder.path, application: "app")
    let held = try state.lock.acquire(LockHolder(application: "app", run: "other"))
    defer { held.release() }
    var options = options
    options.stateFolder = folder.path
    let host = SimulatedHost(for: plan.application)
    return (try await DeployRunner(executor: .mock(host), options: options).run(plan), host)
  }

  @Test func `another deploy is waited for as long as asked`() async throws {
    let (report, host) = try await run(RunOptions(lockWait: 300))
    #expect(report.exitCode == 5 && host.commands.isEmpty, "\(report)")
    #expect(report.duration >= .seconds(300))
  }

  @Test func `what a person says of now is not carried through a wait`() async throws {
    let (report, host) = try await run(RunOptions(active: .blue, lockWait: 300))
    #expect(report.exitCode == 5 && host.commands.isEmpty, "\(report)")
    #expect(report.duration < .seconds(300))
    #expect(
      report.failure?.fix
        == "when it has ended, see what serves (`bgrun status PLAN`) before you say "
        + "`--active blue` again: a wait could make it untrue")
  }
}
