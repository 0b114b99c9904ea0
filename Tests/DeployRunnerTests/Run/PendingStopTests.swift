import DeployDSL
import DeployRunner
import DeploySimulator
import Foundation
import Testing

/// `docker stop` whose client is gone: the engine goes on, and "running" means nothing meanwhile.
@Suite("A container that is being stopped") struct PendingStopTests {
  private static let plan = Deploy("app") {
    DetectActive()
    Up(.target)
    Health()
    SwapNginx()
    Reload()
    Stop(.previous)
    Prune()
  }

  /// How an application takes SIGTERM: it ignores it, or accepts nothing more and ends later.
  static let endings: [Duration] = [.seconds(300), .seconds(15)]

  private func host(_ ending: Duration) -> SimulatedHost {
    let host = SimulatedHost(for: Self.plan.application)
    host.change { world in
      for service in ["app-blue", "app-green"] { world.stopTime(of: service, ending) }
    }
    return host
  }

  /// A run that was cut off while the engine stops blue, and green serves.
  private func cutOff(
    _ host: SimulatedHost, _ folder: TemporaryFolder?, kills: Bool
  ) async throws -> RunReport {
    let report = await host.run(
      try Self.plan.graph(), in: folder, endingAt: .command(containing: "docker stop").onAttempt(1),
      isKilled: kills
    ) { host.change { $0.askToStop("app-blue", grace: .seconds(30)) } }
    #expect(host.serving == .green && host.isRunning("app-blue"))
    return report
  }

  /// Whether a colour serves now, and still does when the engine has done what it was asked.
  private func expect(_ color: Color, on host: SimulatedHost) async throws {
    #expect(host.serving == color)
    try await host.clock.sleep(until: host.clock.now.advanced(by: .seconds(120)))
    #expect(host.serving == color)
    #expect(host.violations.isEmpty, "\(host.violations)")
    #expect(host.world.outages.isEmpty, "\(host.world.outages)")
  }

  @Test(arguments: endings, [RunOptions.Resume.undo, .goOn])
  func `a run that was killed meanwhile is taken back and gone on with`(
    ending: Duration, resume: RunOptions.Resume
  ) async throws {
    let (host, folder) = (host(ending), try TemporaryFolder())
    _ = try await cutOff(host, folder, kills: true)
    let report = try await Deployer.onRecord(host, folder) { $0.resume = resume }
      .run(Self.plan)
    #expect(report.exitCode == 0, "\(report)")
    try await expect(resume == .undo ? .blue : .green, on: host)
  }

  @Test(arguments: endings, [true, false])
  func `a rollback and a new deploy wait until it has ended, and start it again`(
    ending: Duration, isRollback: Bool
  ) async throws {
    let (host, folder) = (host(ending), try TemporaryFolder())
    _ = try await cutOff(host, folder, kills: true)
    // A person says that it is as it should be: what was asked of the engine is remembered still.
    try resolve(folder)
    let graph = try isRollback ? Deployer.rollback(of: Self.plan.graph()) : Self.plan.graph()
    let report = try await Deployer.onRecord(host, folder).start(graph).report()
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(
      report.nodes.contains { $0.summary == "app-blue started" }, "\(report.nodes)")
    try await expect(.blue, on: host)
  }

  @Test(arguments: endings)
  func `what no journal knows the engine tells`(ending: Duration) async throws {
    let host = host(ending)
    let cut = try await cutOff(host, nil, kills: false)
    #expect(cut.outcome == .cancelled && cut.serving == .green, "\(cut)")
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.outcome == .succeeded, "\(report)")
    try await expect(.blue, on: host)
  }

  @Test(arguments: endings)
  func `what the journals know needs no word of the engine's`(ending: Duration) async throws {
    let (host, folder) = (host(ending), try TemporaryFolder())
    host.fail(.command(containing: "docker events"))
    _ = try await cutOff(host, folder, kills: true)
    let report = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(Self.plan)
    #expect(report.outcome == .undone, "\(report)")
    try await expect(.blue, on: host)
  }

  @Test func `what ends unseen while it is asked for its health is started again`() async throws {
    let (host, folder) = (host(.seconds(15)), try TemporaryFolder())
    host.fail(.command(containing: "docker events"))
    _ = try await cutOff(host, folder, kills: true)
    // Somebody has removed what the journal had said of it.
    let journals = folder.path(".bgrun/app/journal")
    for name in try FileManager.default.contentsOfDirectory(atPath: journals) {
      let path = "\(journals)/\(name)"
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      let kept = lines.prefix { !$0.contains("stopping") }.joined(separator: "\n") + "\n"
      try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: UInt64(kept.utf8.count))
    }
    let report = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(Self.plan)
    #expect(report.outcome == .undone, "\(report)")
    try await expect(.blue, on: host)
  }

  @Test func `a target that somebody stops is not switched to`() async throws {
    let host = host(.seconds(300))
    let plan = Deploy("app") {
      DetectActive()
      Health()
      SwapNginx()
      Reload()
    }
    host.change { world in
      world.run("app-green")
      world.askToStop("app-green", grace: .seconds(300))
    }
    let report = try await Deployer(executor: .mock(host), options: RunOptions(active: .blue))
      .run(plan)
    #expect(report.failure?.message == "app-green is healthy, but is being stopped", "\(report)")
    #expect(host.serving == .blue)
  }

  // MARK: Interrupted there

  @Test(arguments: endings)
  func `an interrupted stop is left for a resume, which finishes it`(
    ending: Duration
  ) async throws {
    let (host, folder) = (host(ending), try TemporaryFolder())
    let cut = try await cutOff(host, folder, kills: false)
    #expect(cut.outcome == .cancelled && cut.exitCode == 130, "\(cut)")
    #expect(cut.serving == .green && cut.isInterrupted && cut.left == ["Stop previous", "Prune"])
    let plain = try await Deployer.onRecord(host, folder).run(Self.plan)
    #expect(plain.exitCode == 5, "\(plain)")
    #expect(
      plain.failure?.message.hasSuffix(
        " was interrupted at step Stop previous and not rolled back") == true, "\(plain)")
    let report = try await Deployer.onRecord(host, folder) { $0.resume = .goOn }.run(Self.plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(!host.isRunning("app-blue"))
    try await expect(.green, on: host)
  }

  private func resolve(_ folder: TemporaryFolder) throws {
    let state = try StateFolder.prepare(at: folder.path(".bgrun"), application: "app")
    let run = try #require(try state.journal.interrupted())
    try state.journal.resolve(run.run, how: "by hand")
  }
}
