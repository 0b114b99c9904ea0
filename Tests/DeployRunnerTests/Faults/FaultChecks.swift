import DeployDSL
import DeployRunner

@testable import DeploySimulator

/// What must be true on a host during and after a run of any plan.
struct FaultChecks {
  let scene: FaultScene
  let host: SimulatedHost
  var graph: StepGraph
  /// What went wrong, if anything did.
  var fault: RehearsedFault?
  /// Whether the plan fails without a fault, so that a fault may hit its rollback.
  var mayFailTwice = false

  private var application: Application { graph.application }
  var isDeath: Bool { fault == .targetCrashes || fault == .targetDies }

  /// Everything that is wrong.
  func all(_ report: RunReport) -> [String] {
    var wrong = timeline
    if isDeath {
      // A target that dies right before the reload cannot be seen in time, and one that dies after
      // the deploy is an outage that bgrun has no part in.
      wrong.removeAll { line in
        report.outcome == .rolledBack
          && ["nginx -s reload)", "reload nginx.service)"].contains(where: line.hasSuffix)
      }
      if host.loadedColor == scene.target, report.exitCode != 1 { return wrong }
    } else if graph.nodes.allSatisfy({ ($0.step as? Drain)?.atDeadline != .cut }) {
      wrong += host.world.cutRequests.map { "\($0.what) by \($0.cause ?? "itself")" }
    }
    return wrong + truth(report) + end(report)
  }

  /// What was wrong at any moment: contract 1 and 8.
  var timeline: [String] {
    var wrong = host.violations.map { "\($0)" }
    for entry in host.timeline {
      guard entry.cause != nil, let loaded = entry.loaded else { continue }
      let service = application.serviceID(loaded)
      for change in ["was told to stop", "removed", "ended with"]
      where entry.what.hasPrefix("\(service) \(change)") && entry.serving != loaded.other {
        wrong.append("\(entry.what), although loaded, by \(entry.cause ?? "")")
      }
    }
    return wrong
  }

  /// Whether the report says what is so.
  private func truth(_ report: RunReport) -> [String] {
    var wrong: [String] = []
    // Before the active colour is known nothing is said. Killed runs' reports lack the detection.
    let hasChanged = host.operations.contains {
      $0.operation.effect == .change && $0.ended != nil
    }
    let isKnown = graph.nodes.contains { node in
      node.step is DetectActive
        && (report.outcome == .succeeded || report.outcome == .undone && hasChanged
          || report.nodes.contains { $0.node == node.id && $0.status == .succeeded })
    }
    if report.serving != host.serving, report.serving != nil || isKnown {
      wrong.append("says \(text(report.serving)) serves, but \(text(host.serving)) does")
    }
    let mayLackFailure = report.outcome == .cancelled || report.outcome == .cleanupIncomplete
    if (report.exitCode == 0) != (report.failure == nil), !mayLackFailure {
      wrong.append("exit code \(report.exitCode) with failure \(report.failure?.message ?? "none")")
    }
    return wrong + (report.failure.map(Self.flaws) ?? [])
  }

  /// What is wrong with a failure's text: it must be one sentence that a person can read.
  private static func flaws(in failure: DeployError) -> [String] {
    let text = failure.description
    var wrong: [String] = []
    if failure.message.isEmpty { wrong.append("no message") }
    if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      wrong.append("control characters in the text: \(text.debugDescription)")
    }
    if text.utf8.count > 1000 { wrong.append("a text of \(text.utf8.count) bytes") }
    return wrong
  }

  private func end(_ report: RunReport) -> [String] {
    switch report.outcome {
    case .succeeded:
      graph.nodes.contains { $0.step is Reload }
        ? deployed(previousStopped: stopsPrevious(report)) : colours(scene.live)
    case .cleanupIncomplete: deployed()
    case .failed, .unusable, .invalid:
      rolledBack
        + (host.timeline.contains { $0.loaded == scene.target } ? ["the proxy had switched"] : [])
    case .rolledBack, .undone: rolledBack
    case .cancelled: host.loadedColor == scene.live ? rolledBack : deployed()
    case .rollbackFailed: mayFailTwice ? [] : ["the rollback failed"]
    case .locked: ["locked"]
    }
  }

  /// Whether the last thing done to the previous colour was stopping it.
  private func stopsPrevious(_ report: RunReport) -> Bool {
    let done = report.nodes.filter { $0.status == .succeeded }.map { graph.nodes[$0.node].step }
    return done.last { $0.effect == .starts(.previous) || $0.effect == .stops(.previous) } is Stop
  }

  /// The new version serves.
  private func deployed(previousStopped: Bool = false) -> [String] {
    colours(scene.target)
      + (previousStopped && host.isRunning("\(application.serviceID(scene.live))")
        ? ["the previous colour runs"] : [])
  }

  /// The previous version serves, and nothing is left of the new one.
  private var rolledBack: [String] {
    let status = host.world.container(of: scene.targetService)?.state
    let isLeft = status != nil && status != .exited && !mayLeaveTarget
    return colours(scene.live) + (isLeft ? ["the target is \(status?.rawValue ?? "")"] : [])
  }

  /// Whether the plan itself says how the target's start is undone.
  var mayLeaveTarget: Bool {
    graph.nodes.contains { ($0.step is Up || $0.step is Start) && $0.undo != nil }
  }

  /// A colour serves, is loaded, and the site file is its own.
  private func colours(_ color: Color) -> [String] {
    var wrong: [String] = []
    if host.serving != color { wrong.append("\(text(host.serving)) serves, not \(color)") }
    if host.loadedColor != color { wrong.append("\(text(host.loadedColor)) is loaded") }
    // What it is made from, also where that is no file.
    let source = application.source(color)
    let own = host.world.file(source) ?? SimulatedHost(for: application).world.file(source)
    if host.world.file(application.site.file) != own {
      wrong.append("the site file is not \(color)'s")
    }
    return wrong
  }

  private func text(_ color: Color?) -> String { color?.rawValue ?? "nothing" }

  /// What is wrong with a following run without journals, which is played once from each situation.
  func next(_ graph: StepGraph, after first: RunReport, _ known: NextRuns<[String]>) async
    -> [String]
  {
    guard !isDeath, let situation = Situation(host.world) else {
      return await next(graph, after: first)
    }
    return await known.ending(from: situation) { await next(graph, after: first) }
  }

  /// What is wrong with a following run: it must deploy to the other colour.
  func next(
    _ graph: StepGraph? = nil, _ folder: TemporaryFolder? = nil, after first: RunReport? = nil
  ) async -> [String] {
    let options = RunOptions(stateFolder: folder?.stateFolder)
    let next = FaultChecks(
      scene: FaultScene(
        live: host.loadedColor ?? scene.live, mount: scene.mount,
        proxy: scene.proxy, hasSources: scene.hasSources, replicas: scene.replicas,
        hasProjects: scene.hasProjects), host: host,
      graph: graph ?? self.graph)
    let report = await next.graph.rehearse(on: host, options).report
    var wrong = next.truth(report) + next.end(report)
    if report.outcome != .succeeded || host.serving != next.scene.target {
      wrong.append("\(report.outcome) [\(report.failure?.message ?? "")]")
    }
    if !isDeath || first?.outcome != .rolledBack { wrong += next.timeline }
    return wrong.map { "next run: \($0)" }
  }
}

extension SimulatedHost {
  /// Whether an operation of another host has come here too.
  func hasPerformed(_ run: OperationRun, of other: SimulatedHost) -> Bool {
    let count = { (runs: ArraySlice<OperationRun>) in
      runs.count { $0.text == run.text }
    }
    return count(operations[...]) >= count(other.operations.prefix(run.number))
  }
}
