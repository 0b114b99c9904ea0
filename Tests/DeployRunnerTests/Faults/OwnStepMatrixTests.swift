import DeployDSL
import DeployRunner
import Testing

/// Every operation of a deploy with undoable steps of one's own, with every fault: what holds for
/// the plan of README holds still, and an own undo runs when it must, once, and in reverse order.
@Suite(.timeLimit(.minutes(30)))
struct OwnStepMatrixTests {
  @Test("Own undos run exactly when needed under every fault", arguments: FaultScene.all)
  func everyFault(scene: FaultScene) async throws {
    let points = try await scene.cleanRun(of: OwnSteps().plan())
    #expect(points.count { $0.text.contains(" flag up ") } == OwnSteps.flags.count)
    var found = Findings()
    for point in points {
      for fault in OperationFault.allCases where fault.applies(to: point) {
        found.add(try await cell(scene, point, fault))
      }
    }
    print("own steps, fault matrix, \(scene): \(found.cells) cells, \(found.count) violations")
    #expect(found.count == 0, "\(found.count) of \(found.cells) cells:\n\(found.text)")
  }

  private func cell(
    _ scene: FaultScene, _ point: FaultPoint, _ fault: OperationFault
  ) async throws -> Findings {
    let own = OwnSteps()
    let host = scene.host()
    own.board.hang(on: host)
    let control = FaultControl(fault: fault, at: point, target: scene.targetService)
    let executor = FaultyExecutor(base: .mock(host), control: control)
    let checks = FaultChecks(scene: scene, host: host)
    let run = try Deployer(executor: executor).start(own.plan())
    control.watch(run)
    let report = await run.report()
    var wrong = control.wasHit ? [] : ["the operation never came"]
    // As in FaultMatrixTests: who dies after the last look is found out and taken back.
    let isUnforeseeable = fault.isDeathOfTarget && report.outcome == .rolledBack
    wrong += checks.timeline.filter { !isUnforeseeable || !$0.hasSuffix("nginx -s reload)") }
    let isDownAfterwards =
      fault.isDeathOfTarget && report.exitCode != 1 && host.loadedColor == scene.target
    if !isDownAfterwards { wrong += checks.end(report) }
    let lost = fault == .pretends ? OwnSteps.flags.filter { point.text.hasSuffix($0) } : []
    wrong += flags(own.board, report, scene, lost: lost)
    wrong += try await next(host, own.plan()).map { "next run: \($0)" }
    var found = Findings()
    found.cell("\(point) \(fault.rawValue)", wrong, report)
    return found
  }

  /// What is wrong with the flags after a run.
  ///
  /// - Parameter lost: the flags that a command pretended to put up.
  private func flags(
    _ board: FlagBoard, _ report: RunReport, _ scene: FaultScene, lost: [String]
  ) -> [String] {
    var wrong: [String] = []
    let isKept =
      switch report.outcome {
      case .succeeded, .cleanupIncomplete: true
      case .cancelled: report.hasSwitched
      default: false
      }
    if isKept {
      if !board.undone.isEmpty { wrong.append("undone for nothing: \(board.undone)") }
      // One that is cancelled after the switch stays as it is.
      let sure = report.outcome == .cancelled ? OwnSteps.flags.dropLast() : OwnSteps.flags
      let missing = Set(sure).subtracting(board.flags).subtracting(lost)
      if !missing.isEmpty { wrong.append("not up: \(missing)") }
      return wrong
    }
    if board.undone != board.begun.reversed() {
      wrong.append("began \(board.begun), but undone \(board.undone)")
    }
    if !board.flags.isEmpty { wrong.append("still up: \(board.flags)") }
    let undone = report.undone.map(\.what)
    if undone != OwnSteps.undos(in: scene).suffix(undone.count) {
      wrong.append("taken back in the order \(undone)")
    }
    return wrong
  }

  private func next(_ host: SimulatedHost, _ plan: Deploy) async throws -> [String] {
    let live = host.loadedColor
    let report = try await Deployer(executor: .mock(host)).run(plan)
    if report.outcome == .succeeded, host.serving == live?.other { return [] }
    return ["\(report.outcome) [\(report.failure?.message ?? "")]"]
  }
}
