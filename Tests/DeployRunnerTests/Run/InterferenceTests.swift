import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Foundation
import Testing

/// Another process switches, stops or removes while a run is under way, or after it was interrupted.
@Suite struct InterferenceTests {
  typealias Change = @Sendable (inout SimulatedState) -> Void

  private let application = Deploy("app") { DetectActive() }.application

  private static let switchManually: Change = {
    $0.pointFile(at: .green)
    $0.reload()
  }

  private static let switchBack: Change = {
    $0.pointFile(at: .blue)
    $0.reload()
  }

  // MARK: In the run itself

  /// What happens, where in the plan, and whether the plan fails there.
  private static let accidents: [(String, place: String, fails: Bool, Change)] = [
    ("another process switches to the target", "before", true, switchManually),
    (
      "everything is removed", "before", true,
      { world in
        for service in ["app-blue", "app-green", "nginx-proxy"] { world.remove(service) }
      }
    ),
    ("the active colour is stopped", "before", true, { $0.stop("app-blue") }),
    ("the proxy is stopped", "before", true, { $0.stop("nginx-proxy") }),
    ("another process switches back", "after", false, switchBack),
    (
      "the site file is written while the target is watched", "watch", false,
      { $0.pointFile(at: .blue) }
    ),
    ("nginx is restarted before the reload", "written", true, { $0.restart("nginx-proxy") }),
    ("nginx is reloaded before the reload", "written", true, { $0.reload() }),
    (
      "nginx is being reloaded", "written", true,
      {
        $0.reloadTime = .milliseconds(900)
        $0.reload()
      }
    ),
    ("nothing", "written", true, { _ in }),
  ]

  @Test(arguments: accidents.indices)
  func `what happens meanwhile is noticed and reported`(index: Int) async throws {
    let (name, place, fails, change) = Self.accidents[index]
    let host = SimulatedHost(for: application)
    let meddle = Meddle(host: host, fails: fails, change: change)
    let plan = Deploy.standard {
      if place == "before" { meddle }
    } written: {
      if place == "written" { meddle }
    } after: {
      if place == "after" || place == "watch" { meddle }
      if place == "watch" { Watch(for: 10) }
    }
    try await expectEnd("Interference", of: plan, on: host, RunOptions(), name)
    if name == "nothing" { #expect(!host.commands.contains { $0.contains("nginx -s reload") }) }
  }

  // MARK: While it is interrupted

  @Test(arguments: [RunOptions.Resume.goOn, .undo])
  func `a run that had not switched does nothing to a colour that another process switched to`(
    resume: RunOptions.Resume
  ) async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = Deploy.standard(before: { Run("flaky") })
    host.fail(.command(containing: "flaky").onAttempt(1))
    let left = try await Deployer.onRecord(host, folder) { $0.rollsBack = false }.run(plan)
    #expect(left.isInterrupted)
    host.change { world in
      Self.switchManually(&world)
      world.stop("app-blue")
      // Compose would recreate its container.
      world.service("app-green") { $0.image = "app:2.0" }
    }
    let before = host.world.container(of: "app-green")
    let options = RunOptions(resume: resume, stateFolder: folder.stateFolder)
    try await expectEnd("Interference", of: plan, on: host, options, "\(resume)")
    #expect(host.world.container(of: "app-green")?.id == before?.id)
  }

  @Test(arguments: [false, true])
  func `what a run has written itself and leaves is no interference`(
    isReloaded: Bool
  ) async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = Deploy.standard(
      written: { if !isReloaded { Run("flaky") } }, after: { if isReloaded { Run("flaky") } })
    host.fail(.command(containing: "flaky").onAttempt(1))
    for (run, resume) in [("left", nil), ("resumed", .goOn)] as [(String, RunOptions.Resume?)] {
      let options = RunOptions(
        rollsBack: false, resume: resume, stateFolder: folder.stateFolder)
      try await expectEnd("Interference", of: plan, on: host, options, "\(isReloaded), \(run)")
    }
  }

  // MARK: Another plan

  /// Runs another plan at the same time.
  private struct Meanwhile: PrimitiveStep {
    let runner: Deployer
    let plan: Deploy
    let reports = Collected<RunReport>()

    func run(in context: StepContext) async throws { reports.add(try await runner.run(plan)) }
  }

  private static func site(in folder: TemporaryFolder) throws -> Site {
    let file = try folder.write("server app-blue:3000;", to: "service.conf")
    return Site(file, blue: "nginx/service_blue.conf", green: "nginx/service_green.conf")
  }

  @Test(arguments: ["app", "hotfix"])
  func `two runs that switch by one site file exclude each other, whatever else differs`(
    other: String
  ) async throws {
    let folders = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
    let site = try Self.site(in: folders.0)
    let hotfix = Deploy(other, blue: "app-blue", green: "app-green", site: site) {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let meanwhile = Meanwhile(
      runner: .onRecord(SimulatedHost(for: hotfix), folders.1), plan: hotfix)
    let plan = Deploy.standard(site: site, before: { meanwhile }, written: { meanwhile })
    let host = SimulatedHost(for: plan)
    let report = try await Deployer.onRecord(host, folders.2).run(plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
    let reports = meanwhile.reports.all
    #expect(reports.map(\.outcome) == [.locked, .locked], "\(reports)")
    #expect(reports[0].failure?.message.contains(" is being deployed by ") == true)
    // Afterwards it may.
    #expect(try await Deployer.onRecord(host, folders.1).run(hotfix).outcome == .succeeded)
  }

  // MARK: The state folder

  /// Removes the state folder, as `git clean -fdx` does, and sees whether another run may begin.
  private struct Clean: PrimitiveStep {
    let folder: TemporaryFolder
    let next: Meanwhile

    func run(in context: StepContext) async throws {
      // The run may be writing its journal there at this moment.
      for _ in 1...100 where FileManager.default.fileExists(atPath: folder.stateFolder) {
        try? FileManager.default.removeItem(atPath: folder.stateFolder)
      }
      try await next.run(in: context)
    }
  }

  @Test(
    arguments: ["before the switch", "after the switch", "after the switch, and a step fails"],
    [SimulatedState.SiteMount.file, .folder])
  func `a state folder that is removed during a run keeps nothing from being undone or finished`(
    when: String, mount: SimulatedState.SiteMount
  ) async throws {
    let folder = try TemporaryFolder()
    let site = try Self.site(in: folder)
    let other = Deploy("app", site: site) { DetectActive() }
    let clean = Clean(
      folder: folder,
      next: Meanwhile(runner: .onRecord(SimulatedHost(for: other), folder), plan: other))
    let plan = Deploy.standard(site: site) {
    } written: {
      if when.hasPrefix("before") { clean }
    } after: {
      if when.hasPrefix("after") { clean }
      if when.hasSuffix("fails") { Run("flaky") }
    }
    let host = SimulatedHost(for: plan.application, mount: mount)
    host.fail(.command(containing: "flaky"))
    let options = RunOptions(stateFolder: folder.stateFolder)
    try await expectEnd("Interference", of: plan, on: host, options, "\(when), \(mount)")
    #expect(clean.next.reports.all.map(\.outcome) == [.locked])
    // Afterwards the next one may.
    #expect(try await Deployer.onRecord(host, folder).run(other).outcome == .succeeded)
  }
}
