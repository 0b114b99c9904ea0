import DeployDSL
import DeployRunner
import Foundation
import Testing

@testable import DeploySimulator

/// Every operation of a deploy with every fault, and bgrun killed at every operation and every record
/// of its journal: contract 1 holds, the end is a documented one, the report says the truth, undos
/// run exactly when they must, and the next run succeeds.
@Suite(.timeLimit(.minutes(30))) struct MatrixTests {
  static let faults: [RehearsedFault] = [
    .fails, .isLate, .hangs, .hangsWhenDone, .reportsFailure, .pretends, .targetCrashes,
    .targetDies,
    .isInterrupted, .isInterruptedWhenDone, .isInterruptedAfterwards,
  ]

  /// Each scene with the plan's kinds: on the machine itself there is no container for the flags.
  static let scenes: [(FaultScene, OwnSteps.Kind)] =
    (FaultScene.all + [.rewritten]).flatMap { scene in [(scene, .none), (scene, .flags)] }
    + (FaultScene.composed + [.onHost]).map { ($0, .none) }

  @Test(arguments: scenes)
  func `every fault of every operation ends well`(scene: FaultScene, kind: OwnSteps.Kind)
    async throws
  {
    let own = OwnSteps(kind, scene.proxy)
    let graph = try scene.graph(of: own.plan)
    let good = await graph.rehearse(on: own.host(scene))
    var found = Findings()
    let known = NextRuns<[String]>()
    for point in good.host.operations {
      for fault in Self.faults where fault.applies(to: point.operation) {
        let host = own.host(scene)
        let report = await graph.rehearse(fault, of: point, in: good, on: host).report
        var wrong = host.hasPerformed(point, of: good.host) ? [] : ["the operation never came"]
        // What the engine still carries out after its client has gone.
        try await host.clock.sleep(for: .seconds(30))
        let checks = FaultChecks(scene: scene, host: host, graph: graph, fault: fault)
        wrong += checks.all(report)
        let lost = fault == .pretends ? OwnSteps.flags.filter(point.description.hasSuffix) : []
        wrong += own.wrong(after: report, scene, lost: lost)
        wrong += await checks.next(graph, after: report, known)
        found.cell("\(point) \(fault.rawValue)", wrong, report)
      }
    }
    let usual = kind == .none ? 392 : 440
    #expect(found.cells >= usual - scene.fewerCells && found.count == 0, "\(found.text)")
  }

  private struct Trouble: Error {}

  @Test(arguments: [false, true], [RehearsedFault.fails, .reportsFailure, .hangs])
  func `an atomic group is deployed as a whole, or rolled back with an honest report`(
    isRollback: Bool, fault: RehearsedFault
  ) async throws {
    func makeGroup() throws -> GroupUnderTest {
      try GroupUnderTest(
        ["a", "b"], before: { isRollback && $0 == "b" ? [Tell { throw Trouble() }] : [] })
    }
    let (good, alone) = (try makeGroup(), try makeGroup())
    _ = try await good.run([.atomically(good.members)])
    _ = try await alone.run([.alone(alone.members[0])])
    // The last member's way forward, or the first one's way back.
    let name = isRollback ? "a" : "b"
    let skipped = isRollback ? alone.host("a").operations.count : 0
    var cells = 0
    for run in good.host(name).operations.dropFirst(skipped)
    where fault == .fails || run.operation.effect == .change {
      let group = try makeGroup()
      fault.script(.operation(run.number), on: group.host(name), Interrupter())
      let report = try await group.run([.atomically(group.members)])
      let place: Comment = "\(run) \(fault.rawValue): \(report.members.map(\.fate))"
      let isNew = group.serving[0] == .green
      #expect(group.violations.isEmpty, place)
      if isRollback {
        #expect((report.members[0].fate == .rollbackFailed) == isNew, place)
        #expect(report.exitCode == (isNew ? 4 : 3), place)
      } else {
        if report.exitCode != 4 { #expect(group.serving[0] == group.serving[1], place) }
        if [0, 7].contains(report.exitCode) { #expect(isNew, place) }
      }
      cells += 1
    }
    #expect(cells > (fault == .fails ? 10 : 2))
  }

  // MARK: Killed

  /// How a killed run goes on.
  struct Resumption: Sendable {
    var kind: OwnSteps.Kind
    var resume: RunOptions.Resume
    var cells: Int
  }

  static let resumptions = [
    Resumption(kind: .none, resume: .goOn, cells: 99),
    Resumption(kind: .none, resume: .undo, cells: 99),
    Resumption(kind: .flags, resume: .goOn, cells: 112),
    Resumption(kind: .flags, resume: .undo, cells: 112),
    Resumption(kind: .failing, resume: .undo, cells: 166),
  ]

  static let killed: [(FaultScene, Resumption)] =
    (FaultScene.all + [.rewritten]).flatMap { scene in resumptions.map { (scene, $0) } }
    + (FaultScene.composed + [.onHost]).flatMap { scene in
      resumptions.prefix(2).map { (scene, $0) }
    }

  @Test(arguments: killed)
  func `a run that is killed anywhere can be resumed and rolled back`(
    scene: FaultScene, resumption: Resumption
  ) async throws {
    let own = OwnSteps(resumption.kind, scene.proxy)
    let graph = try scene.graph(of: own.plan)
    let deaths = try await Death.all(in: scene, own, graph)
    var found = Findings()
    for death in deaths {
      let folder = try TemporaryFolder(inMemory: true)
      let copy = try TemporaryFolder(inMemory: true)
      let host = own.host(scene)
      await host.run(graph, in: folder, endingAt: death.point, whenDone: death.whenDone) {
        copy.takeState(of: folder, without: death.missing)
        guard death.isLate else { return }
        host.at(host.clock.now.sinceStart + .seconds(1)) { $0.run(scene.targetService) }
      }
      let checks = FaultChecks(scene: scene, host: host, graph: graph)
      var options = RunOptions(stateFolder: copy.stateFolder)
      let plain = await graph.rehearse(on: host, options)
      var wrong = plain.outcome == .locked ? [] : ["a plain run ended as \(plain.outcome)"]
      options.resume = resumption.resume
      let report = await graph.rehearse(on: host, options).report
      wrong += checks.all(report) + own.wrong(resumed: resumption.resume)
      let expected: RunReport.Outcome = resumption.resume == .undo ? .undone : .succeeded
      if report.outcome != expected { wrong.append("not \(expected)") }
      if resumption.kind == .none {
        wrong += await checks.next(graph, copy)
      }
      found.cell("\(death), \(resumption.resume)", wrong, report)
    }
    #expect(found.cells >= resumption.cells - scene.fewerCells && found.count == 0, "\(found.text)")
  }
}

/// A death of bgrun in the middle of a run, and what its journal had of it.
private struct Death: CustomStringConvertible {
  var point: OperationPattern
  var text: String
  /// Whether the operation was carried out before.
  var whenDone = false
  /// How many of the journal's last records had not been written yet.
  var missing = 0
  /// Whether the engine carries out a second later what the dead client had asked for.
  var isLate = false

  var description: String {
    "killed \(whenDone ? "after" : "before") \(text), \(missing) records earlier"
      + (isLate ? ", and the engine goes on" : "")
  }

  /// Before and after each operation, with each journal that there can have been at that time.
  static func all(
    in scene: FaultScene, _ own: OwnSteps, _ graph: StepGraph
  ) async throws -> [Death] {
    let folder = try TemporaryFolder(inMemory: true)
    let host = own.host(scene)
    let (before, after) = (Collected<Int>(), Collected<(OperationRun, Int)>())
    host.beforeEach { _ in before.add(folder.records) }
    host.afterEach { after.add(($0, folder.records)) }
    _ = await graph.rehearse(on: host, RunOptions(stateFolder: folder.stateFolder))
    var deaths: [Death] = []
    var last = 1
    // Before its first record a run has begun nothing.
    for (run, end) in after.all {
      let start = before.all[run.number - 1]
      guard start > 0 else { continue }
      let death = Death(point: .same(as: run, of: host.operations), text: "\(run)")
      for missing in 0...max(0, start - last) {
        deaths.append(death)
        deaths[deaths.count - 1].missing = missing
      }
      deaths.append(death)
      deaths[deaths.count - 1].whenDone = true
      if run.description.contains(" up ") {
        deaths.append(death)
        deaths[deaths.count - 1].isLate = true
      }
      last = end
    }
    return deaths
  }
}
