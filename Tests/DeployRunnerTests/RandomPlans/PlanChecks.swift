import DeployDSL
import DeployRunner

/// What must be true on a host after a run of any plan.
struct PlanChecks {
  let graph: StepGraph
  let scene: FaultScene
  let host: SimulatedHost
  /// Whether the target died by itself, at a moment of its own choosing.
  let isDeath: Bool
  /// Whether the plan fails by itself, so that a fault may hit its rollback.
  let mayFailTwice: Bool

  private var application: Application { graph.application }
  /// What holds whatever the plan is.
  private var always: FaultChecks { FaultChecks(scene: scene, host: host) }

  /// Everything that is wrong.
  func all(_ report: RunReport) -> [String] {
    var wrong = always.timeline
    if isDeath {
      // A target that dies right before the reload cannot be seen in time, and one that dies when
      // the deploy is done is an outage that bgrun has no part in.
      wrong.removeAll { $0.hasSuffix("nginx -s reload)") && report.outcome == .rolledBack }
      if host.loadedColor == scene.target, report.exitCode != 1 { return wrong }
    } else if isPatient {
      wrong += host.world.cutRequests.map { "\($0.what) by \($0.cause ?? "itself")" }
    }
    return wrong + truth(report) + end(report)
  }

  /// Whether nobody is to be cut off: the plan lets old requests finish, and leaves the previous
  /// colour alone until it stops it.
  private var isPatient: Bool {
    graph.nodes.allSatisfy { node in
      (node.step as? Drain)?.atDeadline != .cut
    }
  }

  /// Whether the report says what is so.
  private func truth(_ report: RunReport) -> [String] {
    var wrong: [String] = []
    // Before the active colour is known nothing is said.
    let isKnown = report.nodes.contains { node in
      graph.nodes[node.node].kind == "detect-active" && node.status == .succeeded
    }
    if report.serving != host.serving, report.serving != nil || isKnown {
      wrong.append("says \(text(report.serving)) serves, but \(text(host.serving)) does")
    }
    let mayLackFailure = report.outcome == .cancelled || report.outcome == .cleanupIncomplete
    if (report.exitCode == 0) != (report.failure == nil), !mayLackFailure {
      wrong.append("exit code \(report.exitCode) with failure \(report.failure?.message ?? "none")")
    }
    if let failure = report.failure { wrong += DeployFuzzTests.mistakes(in: failure) }
    return wrong
  }

  private func end(_ report: RunReport) -> [String] {
    switch report.outcome {
    case .succeeded: switches ? deployed(previousStopped: stopsPrevious(report)) : kept
    case .cleanupIncomplete: deployed(previousStopped: false)
    case .failed, .unusable, .invalid:
      takenBack
        + (host.timeline.contains { $0.loaded == scene.target } ? ["the proxy had switched"] : [])
    case .rolledBack, .undone: takenBack
    case .cancelled: host.loadedColor == scene.live ? takenBack : deployed(previousStopped: false)
    case .rollbackFailed: mayFailTwice ? [] : ["the rollback failed"]
    case .locked: ["locked"]
    }
  }

  private var switches: Bool {
    graph.nodes.contains { $0.step is Reload }
  }

  /// Whether the last thing done to the previous colour was stopping it.
  private func stopsPrevious(_ report: RunReport) -> Bool {
    let done = report.nodes.filter { $0.status == .succeeded }.map { graph.nodes[$0.node].step }
    return done.last { $0.effect == .starts(.previous) || $0.effect == .stops(.previous) } is Stop
  }

  private func deployed(previousStopped: Bool) -> [String] {
    var wrong = always.colours(scene.target)
    if previousStopped, host.isRunning(application.service(scene.live)) {
      wrong.append("the previous colour runs")
    }
    return wrong
  }

  private var kept: [String] { always.colours(scene.live) }

  private var takenBack: [String] {
    let status = host.world.container(of: scene.targetService)?.state
    let isLeft = status != nil && status != .exited && !mayLeaveTarget
    return kept + (isLeft ? ["the target is \(status?.rawValue ?? "")"] : [])
  }

  /// Whether the plan says otherwise what takes the target's start back.
  var mayLeaveTarget: Bool {
    graph.nodes.contains { ($0.step is Up || $0.step is Start) && $0.undo != nil }
  }

  private func text(_ color: Color?) -> String { color?.rawValue ?? "nothing" }
}
