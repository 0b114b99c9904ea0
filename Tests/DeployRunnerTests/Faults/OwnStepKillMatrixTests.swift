import DeployDSL
import DeployRunner
import Testing

/// bgrun killed at every operation of a deploy with undoable steps of one's own, also of one that
/// is being taken back: own steps are gone on from and taken back as ours are.
@Suite(.timeLimit(.minutes(30)))
struct OwnStepKillMatrixTests {
  @Test("Every death with own steps can be gone on from", arguments: FaultScene.all)
  func goOn(scene: FaultScene) async throws {
    try await everyDeath(scene, failing: false, .goOn)
  }

  @Test("Every death with own steps can be taken back", arguments: FaultScene.all)
  func takeBack(scene: FaultScene) async throws {
    try await everyDeath(scene, failing: false, .undo)
  }

  @Test("Every death while own steps are taken back can be taken back", arguments: FaultScene.all)
  func takeBackTwice(scene: FaultScene) async throws {
    try await everyDeath(scene, failing: true, .undo)
  }

  private func everyDeath(
    _ scene: FaultScene, failing: Bool, _ resume: RunOptions.Resume
  ) async throws {
    let deaths = try await Death.all(in: scene, of: OwnSteps().plan(failing: failing))
    #expect(deaths.contains { $0.point.text.contains("flag down") } == failing)
    var found = Findings()
    for death in deaths { found.add(try await cell(scene, death, failing, resume)) }
    print(
      "own steps, kill matrix, \(scene), \(failing ? "failing" : "whole"), \(resume): "
        + "\(found.cells) cells, \(found.count) violations")
    #expect(found.count == 0, "\(found.count) of \(found.cells) cells:\n\(found.text)")
  }

  private func cell(
    _ scene: FaultScene, _ death: Death, _ failing: Bool, _ resume: RunOptions.Resume
  ) async throws -> Findings {
    let (folder, copy) = (try MemoryFolder(), try MemoryFolder())
    let own = OwnSteps()
    let host = scene.host()
    own.board.hang(on: host)
    let plan = own.plan(failing: failing)
    let (path, copied) = (folder.path, copy.path("state"))
    let control = FaultControl(killingAt: death.point, whenDone: death.whenDone) {
      StateCopy.make(of: path, to: copied, without: death.missing)
      guard death.isLate else { return }
      host.at(host.clock.now.sinceStart + .seconds(1)) { $0.run(scene.targetService) }
    }
    let executor = FaultyExecutor(base: .mock(host), control: control)
    let run = try Deployer(executor: executor, options: RunOptions(stateFolder: path))
      .start(plan)
    control.watch(run)
    _ = await run.report()
    var wrong = control.wasHit ? [] : ["the operation never came"]
    let options = RunOptions(resume: resume, stateFolder: copied)
    let report = try await Deployer(executor: .mock(host), options: options).run(plan)
    let checks = FaultChecks(scene: scene, host: host)
    wrong += checks.timeline + checks.end(report)
    let expected: RunReport.Outcome = resume == .undo ? .undone : .succeeded
    if report.outcome != expected { wrong.append("not \(expected)") }
    wrong += resume == .undo ? takenBack(own.board) : kept(own.board)
    var found = Findings()
    found.cell("\(death.text), \(resume)", wrong, report)
    return found
  }

  private func kept(_ board: FlagBoard) -> [String] {
    var wrong: [String] = []
    if board.flags != Set(OwnSteps.flags) { wrong.append("up are \(board.flags)") }
    if !board.lowered.isEmpty { wrong.append("taken down for nothing: \(board.lowered)") }
    return wrong
  }

  /// A dead run's last undo may be done twice, and a flag whose step was only announced may be taken
  /// down although it was never up; everything else happens once, and in reverse order.
  private func takenBack(_ board: FlagBoard) -> [String] {
    var wrong: [String] = []
    if !board.flags.isEmpty { wrong.append("still up: \(board.flags)") }
    var order: [String] = []
    for flag in board.lowered where order.last != flag { order.append(flag) }
    if order != OwnSteps.flags.prefix(order.count).reversed() {
      wrong.append("taken down in the order \(board.lowered)")
    }
    if order.count > board.raised.count + 1 || board.lowered.count > order.count + 1 {
      wrong.append("put up \(board.raised), taken down \(board.lowered)")
    }
    return wrong
  }
}
