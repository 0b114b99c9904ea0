import DeployDSL
import DeployRunner
import Foundation
import Testing

/// Somebody else switches, stops or removes while a run goes on, or while it is half done.
@Suite("What others do meanwhile")
struct InterferenceTests {
  private let application = Deploy("app") { DetectActive() }.application

  private static func switchByHand(_ world: inout SimulatedState) {
    world.pointFile(at: .green)
    world.reload()
  }

  // MARK: In the run itself

  @Test func `what somebody else has switched to is not stopped by an undo`() async throws {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Meddle(host: host, change: Self.switchByHand)
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .rollbackFailed && report.serving == nil, "\(report)")
    let failure = try #require(report.undone.first?.failure)
    #expect(
      failure.message == "app-green is not stopped: another process has changed "
        + "nginx/service.conf to green")
    #expect(host.serving == .green && host.violations.isEmpty)
  }

  static let accidents: [(String, @Sendable (inout SimulatedState) -> Void)] = [
    (
      "everything is removed",
      { world in
        for service in ["app-blue", "app-green", "nginx-proxy"] { world.remove(service) }
      }
    ),
    ("what serves is stopped", { $0.stop("app-blue") }),
    ("the proxy is stopped", { $0.stop("nginx-proxy") }),
  ]

  @Test(arguments: accidents.indices)
  func `nobody is said to serve without a last look`(index: Int) async throws {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Meddle(host: host, change: Self.accidents[index].1)
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode != 0 && report.serving == nil, "\(report)")
  }

  @Test func `who has switched back after the switch is not said to have been deployed over`()
    async throws
  {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Meddle(host: host, fails: false) { world in
        world.pointFile(at: .blue)
        world.reload()
      }
      Stop(.previous)
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.failure?.code == .interference && report.serving == nil, "\(report)")
    #expect(host.serving == .blue && host.isRunning("app-green"))
  }

  @Test func `answers of who was switched back to are not taken for the target's`() async throws {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Meddle(host: host, fails: false) { $0.pointFile(at: .blue) }
      Watch(for: 10)
      Stop(.previous)
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.failure?.code == .interference, "\(report)")
    #expect(
      report.failure?.message
        == "nginx/service.conf was changed during this run and no longer leads to "
        + "app-green: Watch no longer observes app-green"
    )
    #expect(host.serving == .blue && report.serving == .blue && host.violations.isEmpty)
  }

  // MARK: While it is half done

  @Test(arguments: [RunOptions.Resume.goOn, .undo])
  func `a run that had not switched does nothing to what somebody else has switched to`(
    resume: RunOptions.Resume
  ) async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Run("flaky")
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    host.fail(.command(containing: "flaky").onAttempt(1))
    let left = try await Deployer.onRecord(host, folder) { $0.rollsBack = false }.run(plan)
    #expect(left.isInterrupted)
    host.change { world in
      Self.switchByHand(&world)
      world.stop("app-blue")
      // Compose would make another container of it.
      world.service("app-green") { $0.image = "app:2.0" }
    }
    let before = host.world.container(of: "app-green")
    let report = try await Deployer.onRecord(host, folder) { $0.resume = resume }.run(plan)
    #expect(report.failure?.code == .interference, "\(report)")
    #expect(report.failure?.fix?.contains("bgrun resolve PLAN") == true)
    #expect(report.serving == nil && report.isInterrupted && report.exitCode != 0)
    #expect(host.world.container(of: "app-green")?.id == before?.id)
    #expect(host.serving == .green && host.violations.isEmpty)
  }

  @Test func `what a run has written itself and leaves is no interference`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Run("flaky")
      Reload()
    }
    host.fail(.command(containing: "flaky").onAttempt(1))
    let left = try await Deployer.onRecord(host, folder) { $0.rollsBack = false }.run(plan)
    #expect(left.isInterrupted && left.serving == .blue && host.serving == .blue, "\(left)")
    let report = try await Deployer.onRecord(host, folder) { $0.resume = .goOn }.run(plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
  }

  @Test func `a failed check after the switch that is left as it is is no deploy`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Run("smoke")
      Stop(.previous)
    }
    host.fail(.command(containing: "smoke").onAttempt(1))
    let left = try await Deployer.onRecord(host, folder) { $0.rollsBack = false }.run(plan)
    #expect(left.exitCode == 4 && left.isInterrupted && left.serving == .green, "\(left)")
    let report = try await Deployer.onRecord(host, folder) { $0.resume = .goOn }.run(plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
  }

  // MARK: Another plan

  /// Runs another plan at the same time.
  private struct Meanwhile: PrimitiveStep {
    let runner: Deployer
    let plan: Deploy
    let done: @Sendable (RunReport) -> Void

    func run(in context: StepContext) async throws { done(try await runner.run(plan)) }
  }

  @Test(arguments: ["app", "hotfix"])
  func `two runs that switch by one site file exclude each other, whatever else differs`(
    other: String
  ) async throws {
    let folders = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
    let file = try folders.0.write("server app-blue:3000;", to: "service.conf")
    let site = Site(file, blue: "nginx/service_blue.conf", green: "nginx/service_green.conf")
    let hotfix = Deploy(other, blue: "app-blue", green: "app-green", site: site) {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let reports = Collected<RunReport>()
    let meanwhile = Meanwhile(
      runner: .onRecord(SimulatedHost(for: hotfix.application), folders.1), plan: hotfix
    ) { reports.add($0) }
    let plan = Deploy("app", site: site) {
      DetectActive()
      Up(.target)
      Health()
      meanwhile
      SwapNginx()
      meanwhile
      Reload()
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application)
    let report = try await Deployer.onRecord(host, folders.2).run(plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
    #expect(reports.all.map(\.outcome) == [.locked, .locked], "\(reports.all)")
    #expect(reports.all[0].failure?.message.contains(" is being deployed by ") == true)
    // Afterwards it may.
    #expect(try await Deployer.onRecord(host, folders.1).run(hotfix).outcome == .succeeded)
  }

  // MARK: The state folder

  /// Removes the state folder, as `git clean -fdx` does, and sees whether another run may begin.
  private struct Clean: PrimitiveStep {
    let folder: TemporaryFolder
    var next: Meanwhile?

    func run(in context: StepContext) async throws {
      try FileManager.default.removeItem(atPath: "\(folder.path)/.bgrun")
      try await next?.run(in: context)
    }
  }

  /// Runs a plan whose state folder is removed before the switch is proved, or after that.
  private func cleaned(
    before: Bool, _ mount: SimulatedState.SiteMount, fails: Bool = false
  ) async throws -> (report: RunReport, host: SimulatedHost) {
    let folder = try TemporaryFolder()
    let file = try folder.write("server app-blue:3000;", to: "service.conf")
    let site = Site(file, blue: "nginx/service_blue.conf", green: "nginx/service_green.conf")
    let other = Deploy("app", site: site) { DetectActive() }
    let reports = Collected<RunReport>()
    let clean = Clean(
      folder: folder,
      next: Meanwhile(
        runner: .onRecord(SimulatedHost(for: other.application), folder), plan: other
      ) { reports.add($0) })
    let plan = Deploy("app", site: site) {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      if before { clean }
      Reload()
      if !before { clean }
      if fails { Run("flaky") }
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application, mount: mount)
    host.fail(.command(containing: "flaky"))
    let report = try await Deployer.onRecord(host, folder).run(plan)
    #expect(host.violations.isEmpty)
    #expect(reports.all.map(\.outcome) == [.locked], "\(reports.all)")
    // Afterwards the next one may.
    #expect(try await Deployer.onRecord(host, folder).run(other).outcome == .succeeded)
    return (report, host)
  }

  private static let mounts: [SimulatedState.SiteMount] = [.file, .folder]

  @Test(arguments: mounts)
  func `a state folder that is removed before the switch: all is undone, and others are kept out`(
    mount: SimulatedState.SiteMount
  ) async throws {
    let (report, host) = try await cleaned(before: true, mount)
    // A reload was about to be asked for: from then on nginx may have loaded the target's file.
    #expect(report.outcome == .rolledBack && host.serving == .blue, "\(report)")
    #expect(report.failure?.code == .interference)
    #expect(report.failure?.fix?.hasSuffix("`git clean -fdx -e .bgrun`") == true, "\(report)")
    #expect(host.fileColor == .blue && !host.isRunning("app-green"))
  }

  @Test(arguments: mounts)
  func `a state folder that is removed after the switch: what is left is done, with a warning`(
    mount: SimulatedState.SiteMount
  ) async throws {
    let (report, host) = try await cleaned(before: false, mount)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
    #expect(!host.isRunning("app-blue"))
    #expect(report.warnings.count == 1, "\(report)")
    #expect(
      report.warnings.first?.hasSuffix(
        "was removed or replaced during this run, and with it its journal") == true)
  }

  @Test(arguments: mounts)
  func `a state folder that is removed keeps nothing from being undone`(
    mount: SimulatedState.SiteMount
  ) async throws {
    let (report, host) = try await cleaned(before: false, mount, fails: true)
    #expect(report.outcome == .rolledBack && host.serving == .blue, "\(report)")
    #expect(host.fileColor == .blue && !host.isRunning("app-green"))
  }
}
