import DeployDSL
import DeployRunner
import Testing

/// Plans made at random, each run as it is and with random single faults: contract 1 holds at every
/// moment, the end is a documented one, and the report says the truth.
@Suite(.timeLimit(.minutes(30)))
struct RandomPlanTests {
  private static let plans: UInt64 = 400
  private static let faults = 3

  /// A single fault, or none.
  private struct Fault: CustomStringConvertible {
    var fault: OperationFault
    var point: FaultPoint
    var description: String { "\(point) \(fault.rawValue)" }
  }

  /// The numbers of a test, to print.
  private struct Tally {
    var valid = 0
    var runs = 0
    var hits = 0
    var outcomes: [String: Int] = [:]
    var found = Findings()
  }

  @Test("Every valid plan keeps the proxy serving, whatever fails", arguments: FaultScene.all)
  func everyPlan(scene: FaultScene) async throws {
    var tally = Tally()
    for seed in 0..<Self.plans { try await check(seed: seed, scene, &tally) }
    let outcomes = tally.outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print(
      "random plans, \(scene): \(Self.plans) generated, \(tally.valid) valid, \(tally.runs) runs "
        + "(\(tally.hits) with a fault: \(outcomes.joined(separator: ", "))), "
        + "\(tally.found.count) violations")
    #expect(tally.valid > 50 && tally.hits > 150)
    #expect(tally.found.count == 0, "\(tally.found.text)")
  }

  /// One plan: to run a seed that failed again, make `plans` a range with it alone.
  private func check(seed: UInt64, _ scene: FaultScene, _ tally: inout Tally) async throws {
    var generator = PlanGenerator(seed: seed)
    let plan = generator.plan(for: FaultScene.application)
    guard let graph = try? plan.graph() else { return }
    tally.valid += 1
    var random = SeededGenerator(seed: seed &+ 1_000_000)
    let found = tally.found.count
    let (points, isDone) = try await run(seed, plan, graph, scene, nil, mayFailTwice: false, &tally)
    guard tally.found.count == found else { return }
    for _ in 0..<Self.faults {
      guard let point = points.randomElement(using: &random),
        let fault = OperationFault.allCases.filter({ $0.applies(to: point) })
          .randomElement(using: &random)
      else { continue }
      _ = try await run(
        seed, plan, graph, scene, Fault(fault: fault, point: point), mayFailTwice: !isDone, &tally)
    }
  }

  /// One run; returns its operations, and whether it succeeded.
  private func run(
    _ seed: UInt64, _ plan: Deploy, _ graph: StepGraph, _ scene: FaultScene, _ fault: Fault?,
    mayFailTwice: Bool, _ tally: inout Tally
  ) async throws -> (operations: [FaultPoint], isDone: Bool) {
    let host = scene.host()
    host.change { $0.service(scene.targetService) { $0.hasBuild = true } }
    let control = FaultControl(fault: fault?.fault, at: fault?.point, target: scene.targetService)
    let executor = FaultyExecutor(base: .mock(host), control: control)
    let run = try Deployer(executor: executor).start(plan)
    control.watch(run)
    let report = await run.report()
    tally.runs += 1
    if control.wasHit {
      tally.hits += 1
      tally.outcomes[report.outcome.rawValue, default: 0] += 1
    }
    let isDeath = fault?.fault.isDeathOfTarget == true
    let checks = PlanChecks(
      graph: graph, scene: scene, host: host, isDeath: isDeath, mayFailTwice: mayFailTwice)
    var wrong = checks.all(report)
    // With both colours left running it may take a person to say which one serves.
    if wrong.isEmpty, !isDeath, !checks.mayLeaveTarget { wrong += try await next(host, scene) }
    let steps = graph.nodes.filter { $0.kind != "join" }.map { $0.step.title }
    tally.found.cell(
      "seed \(seed) [\(steps.joined(separator: ", "))], \(fault.map { "\($0)" } ?? "no fault")",
      wrong, report)
    return (control.seen, report.exitCode == 0)
  }

  /// README's plan must be able to go on from there.
  private func next(_ host: SimulatedHost, _ scene: FaultScene) async throws -> [String] {
    let live = host.loadedColor ?? scene.live
    let report = try await Deployer(executor: .mock(host)).run(FaultScene.plan)
    if report.outcome == .succeeded, host.serving == live.other { return [] }
    return ["next run: \(report.outcome) [\(report.failure?.message ?? "")]"]
  }
}
