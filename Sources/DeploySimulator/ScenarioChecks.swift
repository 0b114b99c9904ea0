import DeployDSL
import DeployRunner

/// What contradicts the contracts of bgrun.
package struct Violation: Hashable, Sendable {
  /// A contract.
  package enum Contract: String, Hashable, Sendable {
    /// The proxy never leads to a version that does not answer.
    case answers
    /// No request is cut off.
    case requests
    /// There is a way back until the previous version is stopped.
    case wayBack = "way back"
    /// One run at a time, and never two incomplete ones.
    case lock
    /// Exit code, report and host agree.
    case report
    /// A following command gets to a clean state.
    case following
    /// Waves wait for the ones before them, and an atomic group is deployed as a whole or not at all.
    case group
  }

  package var contract: Contract
  /// What happened, as a sentence.
  package var text: String

  init(_ contract: Contract, _ text: String) { (self.contract, self.text) = (contract, text) }
}

/// The contracts that must hold on a host during and after a rehearsal.
struct ScenarioChecks {
  private let rehearsal: Rehearsal
  private let graph: StepGraph
  private let world: SimulatedState
  private let operations: [OperationRun]

  init(_ rehearsal: Rehearsal, _ graph: StepGraph) {
    (self.rehearsal, self.graph) = (rehearsal, graph)
    (world, operations) = (rehearsal.host.world, rehearsal.host.operations)
  }

  private var application: Application { graph.application }
  private var course: Course { rehearsal.course }
  /// What no plan can prevent.
  private var accidents: [Course.Strike] { course.strikes.filter { $0.fault.isAccident } }

  var all: [Violation] { outages + requests + stops + locks + course.commands.flatMap(checks) }

  // MARK: At every instant

  private var outages: [Violation] {
    world.outages.filter { $0.cause != nil && !isExcused($0) }.map {
      Violation(.answers, $0.description)
    }
  }

  /// How many operations before another one an accident may strike so that bgrun cannot know it:
  /// the last looks before a switch are made at the same time.
  private static let blink = 3

  /// Whether an accident struck right before an operation.
  private func isSurprised(_ number: Int, by time: Duration) -> Bool {
    accidents.contains { accident in
      guard accident.takesEffect <= time else { return false }
      let last = operations.last { $0.began <= accident.takesEffect }?.number ?? 0
      return number - max(last, accident.operation) <= Self.blink
    }
  }

  /// Whether an accident had taken the active version away before, or struck right before the
  /// operation that caused an outage.
  private func isExcused(_ outage: SimulatedState.Outage) -> Bool {
    if !accidents.isEmpty,
      let start = world.timeline.firstIndex(where: {
        $0.at == outage.began && $0.what == outage.what
      }), start > 0
    {
      let before = world.timeline[start - 1]
      if let loaded = before.loaded, !before.running.contains("\(application.serviceID(loaded))") {
        return true
      }
    }
    return isSurprised(by: outage.cause ?? "", at: outage.began)
  }

  /// Whether an accident struck right before an operation that has changed something.
  private func isSurprised(by operation: String, at time: Duration) -> Bool {
    operations.last { $0.began <= time && $0.description == operation }.map {
      isSurprised($0.number, by: time)
    } ?? false
  }

  private var requests: [Violation] {
    // What hangs because of an accident cannot be waited for.
    guard accidents.isEmpty || course.strikes.count == 1,
      graph.nodes.allSatisfy({ ($0.step as? Drain)?.atDeadline != .cut })
    else { return [] }
    return world.cutRequests.filter { $0.cause != nil }.prefix(1).map {
      Violation(.requests, "\($0.what) (by: \($0.cause ?? ""))")
    }
  }

  /// The colour in the proxy's loaded configuration is never stopped, nor removed.
  private var stops: [Violation] {
    world.timeline.compactMap { entry in
      guard let cause = entry.cause, let loaded = entry.loaded, entry.serving != loaded.other,
        !isSurprised(by: cause, at: entry.at)
      else { return nil }
      let service = application.serviceID(loaded)
      let isHit = ["was told to stop", "removed", "ended with"].contains {
        entry.what.hasPrefix("\(service) \($0)")
      }
      return isHit ? Violation(.wayBack, "\(entry.what) although it is active (by: \(cause))") : nil
    }
  }

  private var locks: [Violation] {
    course.others.filter { $0.outcome != .locked }.map {
      Violation(.lock, "a second run was not locked out: it ended as \($0.outcome.text)")
    }
      + course.commands.filter { $0.incomplete > 1 }.map {
        Violation(.lock, "\($0.incomplete) runs are incomplete")
      }
  }

  // MARK: In the end

  private func checks(of command: Course.Command) -> [Violation] {
    guard let report = command.report else { return [] }
    var wrong: [String] = []
    if let said = report.serving, said != command.after.serving, !isBlind(command) {
      wrong.append("it reports \(said) as active, but \(text(command.after.serving)) serves")
    }
    let mayLackFailure = [.cancelled, .cleanupIncomplete].contains(report.outcome)
    let hasReason = report.failure != nil || report.undone.contains { $0.failure != nil }
    if (report.exitCode == 0) == hasReason, !mayLackFailure {
      wrong.append("it fails without a reason, or gives one without failing")
    }
    let isForgiven = !accidents.isEmpty || course.strikes.count > 1
    if report.outcome == .rollbackFailed, !isForgiven {
      wrong += report.undone.compactMap { undo in
        undo.failure.map { "manual intervention required: could not \(undo.what): \($0)" }
      }
    }
    if accidents.isEmpty { wrong += end(of: command, report) }
    return wrong.map {
      Violation(
        .report,
        "\(command.purpose.rawValue), exit code \(report.exitCode) (\(report.outcome.text)): \($0)")
    }
  }

  /// Whether a command could not see an accident: it struck right before the end, or another fault
  /// hid it.
  private func isBlind(_ command: Course.Command) -> Bool {
    isSurprised(command.operations.upperBound, by: world.now)
      || !accidents.isEmpty && accidents.count < course.strikes.count
  }

  /// Whether the world is as the outcome says.
  private func end(of command: Course.Command, _ report: RunReport) -> [String] {
    let (before, after) = (command.before, command.after)
    switch report.outcome {
    case .succeeded, .cleanupIncomplete:
      guard graph.nodes.contains(where: { $0.step is Reload }) else { return [] }
      return state(after, leadsTo: before.other, "the new version")
    case .failed, .unusable, .invalid:
      // What could not look has undone nothing, and can be resumed.
      guard !report.isInterrupted else { return [] }
      return state(after, leadsTo: before, "the previous version")
    case .rolledBack, .undone:
      let left =
        after.running.contains(before.other) && !command.ranBoth && !mayLeaveTarget
      return state(after, leadsTo: before, "the previous version")
        + (left ? ["the new version still runs"] : [])
    default: return []
    }
  }

  private func state(
    _ state: Course.Colors, leadsTo color: Color, _ name: String
  ) -> [String] {
    var wrong: [String] = []
    if state.serving != color {
      wrong.append("\(text(state.serving)) serves, not \(name), \(color)")
    }
    if state.loaded != color {
      wrong.append("nginx has loaded \(text(state.loaded)), not \(color)")
    }
    if let file = state.file, file != color {
      wrong.append("the site file is for \(file), not \(color)")
    }
    return wrong
  }

  /// Whether the plan itself says how the target's start is undone.
  private var mayLeaveTarget: Bool {
    graph.nodes.contains { ($0.step is Up || $0.step is Start) && $0.undo != nil }
  }

  private func text(_ color: Color?) -> String { color?.rawValue ?? "no colour" }
}

extension Course.Strike {
  /// When it changes something.
  var takesEffect: Duration { fault == .targetSickens ? at + RehearsedFault.incubation : at }
}
