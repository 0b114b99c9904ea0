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
    let rollback = try DeployRunner.rollback(of: smoking.graph())
    #expect(try await DeployRunner.onRecord(host, folder).run(smoking).serving == .green)
    #expect(try await DeployRunner.onRecord(host, folder).run(smoking).serving == .blue)
    host.change { $0.service("app-green") { $0.image = "app:2.0" } }
    host.fail(.command(containing: "smoke"))
    #expect(try await DeployRunner.onRecord(host, folder).run(smoking).outcome == .failed)
    let report = try await DeployRunner.onRecord(host, folder).start(rollback).report()
    #expect(report.outcome == .unusable && report.serving == .blue, "\(report)")
    #expect(
      report.failure?.message.hasPrefix("the container of app-green was made by run ") == true)
    #expect(host.serving == .blue && !host.isRunning("app-green"))
    // A dry run says the same, and has no folder of its own.
    let dry = try await DeployRunner.onRecord(host, folder) { $0.isDryRun = true }.start(rollback)
      .report()
    #expect(dry.failure?.message == report.failure?.message)
  }

  @Test func `a failed run that has not replaced the way back leaves it open`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    #expect(try await DeployRunner.onRecord(host, folder).run(smoking).serving == .green)
    host.fail(.command(containing: "smoke").onAttempt(1))
    #expect(try await DeployRunner.onRecord(host, folder).run(smoking).outcome == .failed)
    let rollback = try DeployRunner.rollback(of: smoking.graph())
    let report = try await DeployRunner.onRecord(host, folder).start(rollback).report()
    #expect(report.outcome == .succeeded && host.serving == .blue, "\(report)")
  }
}
