import DeployDSL
import DeployRunner
import Testing

@testable import DeploySimulator

/// Plans made at random, each run as it is and with random single faults: contract 1 holds at every
/// moment, the end is a documented one, and the report says the truth.
@Suite(.timeLimit(.minutes(30))) struct RandomPlanTests {
  /// To run a seed that failed again, make this a range with it alone.
  private static let seeds: Range<UInt64> = 0..<400
  private static let faults = 3

  @Test(arguments: FaultScene.all)
  func `every valid plan keeps the proxy serving, whatever fails`(scene: FaultScene) async throws {
    var found = Findings()
    var (valid, hits) = (0, 0)
    for seed in Self.seeds {
      var generator = PlanGenerator(seed: seed)
      guard let graph = try? generator.plan(for: FaultScene.application).graph() else { continue }
      valid += 1
      let name = "seed \(seed) [\(graph.nodes.map(\.step.title).joined(separator: ", "))]"
      let good = await graph.rehearse(on: host(scene))
      let points = good.host.operations
      let mayFailTwice = good.report.exitCode != 0
      let wrong = try await wrong(with: good, graph, scene)
      found.cell(name, wrong, good.report)
      guard wrong.isEmpty else { continue }
      var random = Random(state: seed &+ 1_000_000)
      for _ in 0..<Self.faults {
        guard let point = points.randomElement(using: &random),
          let fault = MatrixTests.faults.filter({ $0.applies(to: point.operation) })
            .randomElement(using: &random)
        else { continue }
        let troubled = await graph.rehearse(fault, of: point, in: good, on: host(scene))
        if troubled.host.hasPerformed(point, of: good.host) { hits += 1 }
        found.cell(
          "\(name), \(point) \(fault.rawValue)",
          try await self.wrong(with: troubled, graph, scene, fault, mayFailTwice), troubled.report)
      }
    }
    #expect(valid > 50 && hits > 150 && found.count == 0, "\(valid), \(hits), \(found.text)")
  }

  private func host(_ scene: FaultScene) -> SimulatedHost {
    let host = scene.host()
    host.change { $0.service(scene.targetService) { $0.hasBuild = true } }
    return host
  }

  private func wrong(
    with rehearsal: Rehearsal, _ graph: StepGraph, _ scene: FaultScene,
    _ fault: RehearsedFault? = nil, _ mayFailTwice: Bool = false
  ) async throws -> [String] {
    let checks = FaultChecks(
      scene: scene, host: rehearsal.host, graph: graph, fault: fault, mayFailTwice: mayFailTwice)
    let wrong = checks.all(rehearsal.report)
    // It may take a person to say which colour is active: where both are left running, and after a
    // rollback that failed.
    guard wrong.isEmpty, !checks.isDeath, !checks.mayLeaveTarget,
      rehearsal.outcome != .rollbackFailed
    else { return wrong }
    return await checks.next(try FaultScene.plan.graph())
  }
}
