package import DeployDSL
package import DeployRunner

/// A run that was made on a real host, to be played on a simulated one: what struck it, and how it
/// ended.
package struct RecordedRun: Sendable {
  /// What the journal tells.
  package let story: RunStory
  /// The colour that was active when it began.
  package let active: Color
  /// The faults that struck it, and what followed.
  package private(set) var scenario = Scenario()
  /// Whether the new version never became healthy.
  package private(set) var isTargetSick = false
  /// How long the new version took to become healthy; `nil` if it is not known.
  package private(set) var bootTime: Duration?
  /// What the journal tells that is not played, each as a sentence.
  package private(set) var omissions: [String] = []

  /// What was run: the plan, or its rollback.
  package let graph: StepGraph
  /// The run without a fault, on the same kind of host.
  private let good: Rehearsal
  private let points: [FaultPoint]

  /// What a run of a plan ran; `nil` if it started the image of an earlier run: a simulated host
  /// does not have it.
  ///
  /// - Throws: ``/DeployDSL/PlanError`` if the plan's parts do not make up the rollback that was run.
  package static func graph(
    of plan: StepGraph, in story: RunStory
  ) throws(PlanError) -> StepGraph? {
    guard story.isRollback else { return plan }
    let rollback = try Deployer.rollback(of: plan)
    let names = story.summary.header?.steps ?? []
    return rollback.nodes.allSatisfy { names.contains($0.name) } ? rollback : nil
  }

  /// Reads a run.
  ///
  /// - Parameters:
  ///   - graph: what was run, by ``graph(of:in:)``.
  ///   - story: what the journal tells.
  ///   - active: the colour that was active when the run began.
  ///   - host: a host with that colour active, on which to find the run's operations.
  package init(
    of graph: StepGraph, _ story: RunStory, active: Color, on host: SimulatedHost
  ) async {
    (self.graph, self.story, self.active) = (graph, story, active)
    host.leavePrevious(of: story, besides: active)
    good = await graph.rehearse(Scenario(), story.options, on: host)
    points = graph.changes(in: good)
    for (step, node) in story.steps.map({ ($0, node(of: $0)) }) {
      guard let node else {
        if step.hasFailed { omissions.append("\(step.name): \(step.failure ?? "failed")") }
        continue
      }
      add(step, node)
      if scenario.hasDeath { break }
    }
    addInterruption()
    scenario.following = story.isUndone ? .undo : .resume
    findBootTime()
  }

  /// The node of the plan that a step was; `nil` for an undo, or if the plan has none of its name.
  private func node(of step: RunStory.Step) -> Int? {
    guard let node = step.node else { return nil }
    if graph.nodes.indices.contains(node), graph.nodes[node].name == step.name { return node }
    return graph.nodes.firstIndex { $0.name == step.name }
  }

  // MARK: Faults

  private mutating func add(_ step: RunStory.Step, _ node: Int) {
    let before = scenario.incidents.count
    for (index, command) in step.commands.enumerated() {
      let fault: RehearsedFault
      switch (command.ended, command.status ?? 0, step.status) {
      case (.some, 0, _): continue
      case (.some, _, _): fault = .fails
      case (nil, _, nil): fault = .isKilled
      case (nil, _, .cancelled): fault = .isInterrupted
      case (nil, _, _): fault = .hangs
      }
      guard let incident = incident(fault, index, of: node, printing: command.output) else {
        omissions.append("\(step.name): \(command.text) \(fault.rawValue)")
        continue
      }
      scenario.incidents.append(incident)
    }
    guard scenario.incidents.count == before else { return }
    addRest(of: step, node)
  }

  /// What struck a step although none of its changes failed.
  private mutating func addRest(of step: RunStory.Step, _ node: Int) {
    switch step.status {
    case nil where story.isInterrupted: addBehind(node, .isKilledWhenDone)
    case .cancelled: addBehind(node, .isInterruptedAfterwards)
    case .failed where graph.nodes[node].kind == "health": isTargetSick = true
    case .failed where graph.nodes[node].kind == "watch": addBehind(node, .targetSickens)
    case .failed: omissions.append("\(step.name): \(step.failure ?? "failed")")
    default: break
    }
  }

  /// Adds an interruption between two steps.
  private mutating func addInterruption() {
    guard story.summary.end?.outcome == .cancelled, scenario.incidents.isEmpty,
      let last = story.steps.compactMap(node).max()
    else { return }
    addBehind(last, .isInterruptedAfterwards)
  }

  /// Adds a fault that struck behind the last change up to a step.
  private mutating func addBehind(_ node: Int, _ fault: RehearsedFault) {
    guard let last = points.last(where: { $0.node <= node }) else { return }
    scenario.incidents.append(.init(fault, at: last.run, of: good.host.operations))
  }

  /// A fault of one of the changes that a step makes; `nil` if it makes none on a simulated host.
  private func incident(
    _ fault: RehearsedFault, _ index: Int, of node: Int, printing output: [String]
  ) -> Scenario.Incident? {
    let own = points.filter { $0.node == node }
    guard !own.isEmpty else { return nil }
    var incident = Scenario.Incident(
      fault, at: own[index % own.count].run, of: good.host.operations)
    // The attempts of a step make the same changes.
    incident.number += index / own.count
    if fault == .fails { incident.output = output.joined(separator: "\n") }
    return incident
  }

  private mutating func findBootTime() {
    let health = story.steps.first { step in
      node(of: step).map { graph.nodes[$0].kind == "health" } == true && step.status == .succeeded
    }
    guard let ended = health?.ended,
      let up = story.steps.flatMap(\.commands).last(where: { ($0.ended ?? ended) < ended })?.ended
    else { return }
    bootTime = ended - up
  }

  // MARK: Playing

  /// Makes a host as this run's was.
  package func prepare(_ host: SimulatedHost) {
    let services = graph.application.serviceIDs(active.other).map { "\($0)" }
    host.change { world in
      for service in services {
        if let bootTime { world.service(service) { $0.bootTime = bootTime } }
        if isTargetSick { world.behavior(of: service, .unhealthy) }
      }
    }
    host.leavePrevious(of: story, besides: active)
  }

  /// Plays the run.
  package func play(on host: SimulatedHost) async -> Rehearsal {
    prepare(host)
    return await graph.rehearse(scenario, story.options, on: host)
  }

  /// Plays the run up to a step, and then a fault of this step instead of what happened: the worst
  /// of the step's operations.
  ///
  /// - Parameters:
  ///   - place: the step and the kind of fault.
  ///   - makeHost: creates hosts with the run's colour active.
  /// - Returns: `nil` if the step has no operation for this fault, or the run does not come to it.
  package func play(
    insteadAt place: FaultTable.Place, on makeHost: @Sendable () -> SimulatedHost
  ) async -> FaultTable.Cell? {
    var earlier = scenario
    earlier.incidents.removeAll { incident in
      points.contains { point in
        point.node >= place.node && incident.operation == point.run.text
      }
    }
    var worst: FaultTable.Cell?
    for point in graph.faultPoints(in: good) where point.node == place.node {
      for fault in place.column.faults where fault.applies(to: point.run.operation) {
        var branch = earlier
        branch.incidents.append(.init(fault, at: point.run, of: good.host.operations))
        let host = makeHost()
        prepare(host)
        let rehearsal = await graph.rehearse(branch, story.options, on: host)
        guard rehearsal.course.strikes.count == branch.incidents.count else { continue }
        let cell = FaultTable.Cell(point, place.column, fault, rehearsal)
        if cell.severity > worst?.severity ?? -1 { worst = cell }
      }
    }
    return worst
  }

  // MARK: As a test

  /// A Swift test that plays the run; the plan is `plan`.
  ///
  /// - Parameter rehearsal: the run as it was played, or as it might have gone: the test plays its
  ///   scenario and expects its end.
  package func test(expecting rehearsal: Rehearsal) -> String {
    let played = rehearsal.scenario
    let isOther = played != scenario
    let note = isOther ? "/// What if: \("\(played)".replacing("\n", with: " "))\n" : ""
    let end = isOther ? ", with another fault" : ""
    let sick = graph.application.serviceIDs(active.other).map {
      "  host.change { $0.behavior(of: \("\($0)".debugDescription), .unhealthy) }\n"
    }.joined()
    return """
      /// \(story.title): \(story.origin)
      \(note)@Test func `run \(story.summary.run) of \(story.application)\(end)`() async throws {
        let host = SimulatedHost(for: plan, live: .\(active))
      \(isTargetSick ? sick : "")  let rehearsal = try await plan.rehearse(\(played.swift), on: host)
        expectOutcome(.\(rehearsal.outcome), of: rehearsal)
      \(rehearsal.host.serving.map { "  expectServing(.\($0), on: host)\n" } ?? "")}

      """
  }
}

extension SimulatedHost {
  /// Leaves the stopped version that a rollback goes back to.
  fileprivate func leavePrevious(of story: RunStory, besides active: Color) {
    guard story.isRollback else { return }
    change { world in
      for service in world.application.serviceIDs(active.other) {
        world.run("\(service)")
        world.stop("\(service)")
      }
    }
  }
}

extension RunStory {
  /// Whether the run was a `bgrun rollback`.
  package var isRollback: Bool { summary.header?.purpose == .rollback }

  /// The options that it is played with.
  fileprivate var options: RunOptions {
    var options = RunOptions.rehearsed
    options.goesBack = isRollback
    return options
  }

  /// Whether the run did not come to an end, or did so only when it was resumed.
  fileprivate var isInterrupted: Bool { summary.end == nil || isResumed }
}
