import DeployDSL
import DeployRunner
import Testing

@Suite("What rollback goes back to")
struct WayBackTests {
  private let application = Deploy("app") { DetectActive() }.application

  private var smoking: Deploy {
    Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Run("smoke")
      SwapNginx()
      Reload()
      Stop(.previous)
    }
  }

  @Test func `a version that never served is no way back`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let rollback = try Deployer.rollback(of: smoking.graph())
    #expect(try await Deployer.onRecord(host, folder).run(smoking).serving == .green)
    #expect(try await Deployer.onRecord(host, folder).run(smoking).serving == .blue)
    host.change { $0.service("app-green") { $0.image = "app:2.0" } }
    host.fail(.command(containing: "smoke"))
    #expect(try await Deployer.onRecord(host, folder).run(smoking).outcome == .failed)
    let report = try await Deployer.onRecord(host, folder).start(rollback).report()
    #expect(report.outcome == .unusable && report.serving == .blue, "\(report)")
    #expect(
      report.failure?.message.hasPrefix("the container of app-green was created by run ") == true)
    #expect(host.serving == .blue && !host.isRunning("app-green"))
    // A dry run says the same, and has no folder of its own.
    let dry = try await Deployer.onRecord(host, folder) { $0.isDryRun = true }.start(rollback)
      .report()
    #expect(dry.failure?.message == report.failure?.message)
  }

  @Test func `a failed run that has not replaced the way back leaves it open`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    #expect(try await Deployer.onRecord(host, folder).run(smoking).serving == .green)
    host.fail(.command(containing: "smoke").onAttempt(1))
    #expect(try await Deployer.onRecord(host, folder).run(smoking).outcome == .failed)
    let rollback = try Deployer.rollback(of: smoking.graph())
    let report = try await Deployer.onRecord(host, folder).start(rollback).report()
    #expect(report.outcome == .succeeded && host.serving == .blue, "\(report)")
  }
}

/// A way back that is lost is told when it is, not when it is needed.
@Suite("The loss of the way back")
struct LostWayBackTests {
  private func plan(with workers: [Worker] = [], failing: Bool = false) -> Deploy {
    Deploy("app", workers: workers) {
      DetectActive()
      Up(.target)
      Health()
      if failing { Run("smoke") }
      SwapNginx()
      Reload()
      Stop(.previous)
    }
  }

  private let loss = "`bgrun rollback` has no previous version now: "

  @Test func `a failed deploy that has replaced the old version says so`() async throws {
    let host = SimulatedHost(for: plan().application)
    let folder = try TemporaryFolder()
    for _ in 0..<2 {
      let report = try await Deployer.onRecord(host, folder).run(plan())
      #expect(report.outcome == .succeeded && report.warnings.isEmpty, "\(report)")
    }
    host.change { $0.service("app-green") { $0.image = "app:2.0" } }
    host.fail(.command(containing: "smoke"))
    let failed = try await Deployer.onRecord(host, folder).run(plan(failing: true))
    #expect(failed.outcome == .failed, "\(failed)")
    #expect(
      failed.warnings.contains {
        $0.hasPrefix("\(loss)this run has replaced the container of app-green; ")
      }, "\(failed.warnings)")
    // Once: the next one has nothing to lose.
    let again = try await Deployer.onRecord(host, folder).run(plan(failing: true))
    #expect(again.warnings.isEmpty, "\(again.warnings)")
  }

  @Test func `a failed deploy that leaves the old version says nothing`() async throws {
    let host = SimulatedHost(for: plan().application)
    let folder = try TemporaryFolder()
    #expect(try await Deployer.onRecord(host, folder).run(plan()).outcome == .succeeded)
    host.fail(.command(containing: "smoke"))
    let failed = try await Deployer.onRecord(host, folder).run(plan(failing: true))
    #expect(failed.outcome == .failed && failed.warnings.isEmpty, "\(failed.warnings)")
  }

  @Test
  func
    `a worker that is new leaves no way back, which is said, and checked before anything starts`()
    async throws
  {
    let folder = try TemporaryFolder()
    let workers: [Worker] = ["jobs"]
    let host = SimulatedHost(for: plan(with: workers).application)
    host.change { $0.remove("jobs-blue") }
    let report = try await Deployer.onRecord(host, folder).run(plan(with: workers))
    #expect(report.outcome == .succeeded && report.serving == .green, "\(report)")
    #expect(
      report.warnings.contains { $0.hasPrefix("\(loss)jobs-blue has no container; ") },
      "\(report.warnings)")
    let rollback = try Deployer.rollback(of: plan(with: workers).graph())
    for isDryRun in [true, false] {
      let back = try await Deployer.onRecord(host, folder) { $0.isDryRun = isDryRun }
        .start(rollback).report()
      #expect(back.outcome == .unusable, "\(back)")
      #expect(
        back.failure?.message
          == "jobs-blue has no container, so app-blue cannot be rolled back to: that version was "
          + "deployed without this worker, or its container was removed")
      #expect(!host.isRunning("app-blue") && host.serving == .green)
    }
    #expect(!host.commands.contains { $0.contains("docker start") })
  }

  @Test func `a first deploy has lost nothing`() async throws {
    let host = SimulatedHost(for: plan().application, live: nil) { $0.run("nginx-proxy") }
    let report = try await Deployer(executor: .mock(host)).run(plan())
    #expect(report.warnings.allSatisfy { !$0.contains("rollback") }, "\(report)")
  }
}
