import DeployDSL
import DeployRunner
import Testing

/// Every operation of a deploy with every fault: contract 1 holds, the end is a documented one, the
/// report says the truth, and the next run succeeds.
@Suite(.timeLimit(.minutes(30)))
struct FaultMatrixTests {
  @Test("Every fault of every operation ends well", arguments: FaultScene.all)
  func everyFault(scene: FaultScene) async throws {
    let points = try await scene.cleanRun()
    var found = Findings()
    for point in points {
      for fault in OperationFault.allCases where fault.applies(to: point) {
        found.add(try await cell(scene, point, fault))
      }
    }
    print("fault matrix, \(scene): \(points.count) operations, \(found.cells) cells")
    #expect(found.count == 0, "\(found.count) of \(found.cells) cells:\n\(found.text)")
  }

  private func cell(
    _ scene: FaultScene, _ point: FaultPoint, _ fault: OperationFault
  ) async throws -> Findings {
    let host = scene.host()
    let control = FaultControl(fault: fault, at: point, target: scene.targetService)
    let executor = FaultyExecutor(base: .mock(host), control: control)
    let checks = FaultChecks(scene: scene, host: host)
    let run = try Deployer(executor: executor).start(FaultScene.plan)
    control.watch(run)
    let report = await run.report()
    var wrong = control.wasHit ? [] : ["the operation never came"]
    // A target that dies between the last look at it and the reload cannot be seen in time: it must
    // be found out and taken back then.
    let isUnforeseeable = fault.isDeathOfTarget && report.outcome == .rolledBack
    wrong += checks.timeline.filter { !isUnforeseeable || !$0.hasSuffix("nginx -s reload)") }
    let isDownAfterwards =
      fault.isDeathOfTarget && report.exitCode != 1 && host.loadedColor == scene.target
    if !isDownAfterwards { wrong += checks.end(report) }
    if !fault.isDeathOfTarget { wrong += checks.cuts }
    wrong += try await next(host, scene, isUnforeseeable)
    var found = Findings()
    found.cell("\(point) \(fault.rawValue)", wrong, report)
    return found
  }

  /// A following run must deploy to the other colour.
  private func next(_ host: SimulatedHost, _ scene: FaultScene, _ isUnforeseeable: Bool)
    async throws -> [String]
  {
    let loaded = host.loadedColor
    let report = try await Deployer(executor: .mock(host)).run(FaultScene.plan)
    let checks = FaultChecks(
      scene: FaultScene(live: loaded ?? scene.live, mount: scene.mount), host: host)
    return
      ((isUnforeseeable ? [] : checks.timeline) + checks.end(report)
      + (report.outcome == .succeeded
        ? []
        : [
          "\(report.outcome) [\(report.failure?.message ?? "")]"
        ]))
      .map { "next run: \($0)" }
  }
}
