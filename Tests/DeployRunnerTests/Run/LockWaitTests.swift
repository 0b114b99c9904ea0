import DeployDSL
import DeploySimulator
import Foundation
import Testing

@testable import DeployRunner

@Suite struct LockWaitTests {
  private let plan = Deploy.standard(stops: false)

  /// Runs the plan while somebody else has the lock, who never lets go.
  private func run(_ options: RunOptions) async throws -> (report: RunReport, host: SimulatedHost) {
    let folder = try TemporaryFolder()
    let state = try StateFolder.prepare(at: folder.path, application: "app")
    let held = try state.lock.acquire(LockHolder(application: "app", run: "other"))
    defer { held.release() }
    var options = options
    options.stateFolder = folder.path
    let host = SimulatedHost(for: plan.application)
    return (try await Deployer(executor: .mock(host), options: options).run(plan), host)
  }

  @Test func `another deploy is waited for as long as asked`() async throws {
    let (report, host) = try await run(RunOptions(lockWait: 300))
    #expect(report.exitCode == 5 && host.commands.isEmpty, "\(report)")
    #expect(report.duration >= .seconds(300))
  }

  @Test func `a proxy that another application's deploy is busy with is left alone`() async throws {
    let folder = try TemporaryFolder()
    let other = try StateFolder.prepare(at: folder.path, application: "shop")
    let held = try other.lock.acquire(LockHolder(application: "shop", run: "other"))
    let turn = try other.root.open(".", O_RDONLY | O_DIRECTORY)
    try #require(try turn.lock())
    let host = SimulatedHost(for: plan.application)
    let runner = Deployer(
      executor: .mock(host), options: RunOptions(stateFolder: folder.path))
    let report = try await runner.run(plan)
    #expect(report.outcome == .failed && report.serving == .blue, "\(report)")
    // This process has all of the locks, so whose name is found is left to chance.
    let message = report.failure?.message ?? ""
    #expect(
      message.hasPrefix("another deploy has held the proxy for 60 s: ")
        && message.contains(" is being deployed by "), "\(report)")
    #expect(!host.operations.contains { $0.description.hasPrefix("write ") })
    #expect(host.serving == .blue && !host.isRunning("app-green"))
    turn.unlock()
    #expect(try await runner.run(plan).outcome == .succeeded)
    held.release()
  }

  @Test func `what a person says of now is not carried through a wait`() async throws {
    let (report, host) = try await run(RunOptions(active: .blue, lockWait: 300))
    #expect(report.exitCode == 5 && host.commands.isEmpty, "\(report)")
    #expect(report.duration < .seconds(300))
    #expect(
      report.failure?.fix
        == "when it has ended, check the active colour (`bgrun status PLAN`) before you use "
        + "`--active blue` again: it may change while waiting")
  }
}
