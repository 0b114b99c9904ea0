import DeployDSL
import DeployRunner
import Foundation
import Testing

/// bgrun killed at every operation, and at every record of its journal: the next run finds it, and
/// going on and taking back both end well.
@Suite(.timeLimit(.minutes(30)))
struct KillMatrixTests {
  @Test("Every death can be gone on from and taken back", arguments: FaultScene.all)
  func everyDeath(scene: FaultScene) async throws {
    let deaths = try await Death.all(in: scene, of: FaultScene.plan)
    var found = Findings()
    for death in deaths {
      for resume in [RunOptions.Resume.goOn, .undo] {
        found.add(try await cell(scene, death, resume))
      }
    }
    print("kill matrix, \(scene): \(deaths.count) deaths, \(found.cells) cells")
    #expect(found.count == 0, "\(found.count) of \(found.cells) cells:\n\(found.text)")
  }

  private func cell(
    _ scene: FaultScene, _ death: Death, _ resume: RunOptions.Resume
  ) async throws -> Findings {
    let (folder, copy) = (try MemoryFolder(), try MemoryFolder())
    let host = scene.host()
    let (path, copied) = (folder.path, copy.path("state"))
    let control = FaultControl(killingAt: death.point, whenDone: death.whenDone) {
      StateCopy.make(of: path, to: copied, without: death.missing)
      guard death.isLate else { return }
      host.at(host.clock.now.sinceStart + .seconds(1)) { $0.run(scene.targetService) }
    }
    let executor = FaultyExecutor(base: .mock(host), control: control)
    let run = try Deployer(executor: executor, options: RunOptions(stateFolder: path))
      .start(FaultScene.plan)
    control.watch(run)
    _ = await run.report()
    var wrong = control.wasHit ? [] : ["the operation never came"]
    let checks = FaultChecks(scene: scene, host: host)
    let plain = try await self.run(host, copied, nil)
    if plain.outcome != .locked { wrong.append("a plain run ended as \(plain.outcome)") }
    let report = try await self.run(host, copied, resume)
    wrong += checks.timeline + checks.cuts + checks.end(report)
    let expected: RunReport.Outcome = resume == .undo ? .undone : .succeeded
    if report.outcome != expected { wrong.append("not \(expected)") }
    let live = host.loadedColor
    let next = try await self.run(host, copied, nil)
    if next.outcome != .succeeded || host.serving == live {
      wrong.append("next run: \(next.outcome) [\(next.failure?.message ?? "")]")
    }
    wrong += checks.timeline.map { "next run: \($0)" }
    var found = Findings()
    found.cell("\(death.text), \(resume == .undo ? "taken back" : "gone on")", wrong, report)
    return found
  }

  private func run(
    _ host: SimulatedHost, _ folder: String, _ resume: RunOptions.Resume?
  ) async throws -> RunReport {
    try await Deployer(
      executor: .mock(host), options: RunOptions(resume: resume, stateFolder: folder)
    ).run(FaultScene.plan)
  }
}
