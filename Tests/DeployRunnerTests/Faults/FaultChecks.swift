import DeployDSL
import DeployRunner

/// What must be true on a host during and after any run.
struct FaultChecks {
  let scene: FaultScene
  let host: SimulatedHost

  private var application: Application { FaultScene.application }

  /// What was wrong at any moment: contract 1 and 8.
  var timeline: [String] {
    var wrong = host.violations.map { "\($0)" }
    for entry in host.timeline {
      guard entry.cause != nil, let loaded = entry.loaded else { continue }
      let service = application.service(loaded)
      for change in ["was told to stop", "removed", "ended with"]
      where entry.what.hasPrefix("\(service) \(change)") && entry.serving != loaded.other {
        wrong.append("\(entry.what), although loaded, by \(entry.cause ?? "")")
      }
    }
    return wrong
  }

  /// Whether a request that was in flight was cut off.
  var cuts: [String] { host.world.cutRequests.map { "\($0.what) by \($0.cause ?? "itself")" } }

  /// What is wrong with the world after a run that ended with a report.
  func end(_ report: RunReport) -> [String] {
    var wrong: [String] = []
    // Before the active colour is known nothing has been changed, and nothing is said.
    let isUnknown =
      report.serving == nil && !host.operations.contains { $0.operation.effect == .change }
    if report.serving != host.serving, !isUnknown {
      wrong.append("says \(text(report.serving)) serves, but \(text(host.serving)) does")
    }
    switch report.outcome {
    case .succeeded: wrong += deployed(previousStopped: true)
    case .cleanupIncomplete: wrong += deployed(previousStopped: false)
    case .failed, .unusable, .invalid:
      wrong += takenBack
      if host.timeline.contains(where: { $0.loaded == scene.target }) {
        wrong.append("\(report.outcome), although the proxy had switched")
      }
    case .rolledBack, .undone: wrong += takenBack
    case .cancelled: wrong += host.loadedColor == scene.live ? takenBack : deployed()
    case .rollbackFailed, .locked: wrong.append("\(report.outcome)")
    }
    return wrong
  }

  /// The new version serves.
  func deployed(previousStopped: Bool = false) -> [String] {
    var wrong = colours(scene.target)
    if previousStopped, host.isRunning(application.service(scene.live)) {
      wrong.append("the previous colour runs")
    }
    return wrong
  }

  /// The previous version serves, and nothing is left of the new one.
  var takenBack: [String] {
    var wrong = colours(scene.live)
    let status = host.world.container(of: scene.targetService)?.state
    if let status, status != .exited { wrong.append("the target is \(status)") }
    return wrong
  }

  /// A colour serves, is loaded, and the site file is its own.
  func colours(_ color: Color) -> [String] {
    var wrong: [String] = []
    if host.serving != color { wrong.append("\(text(host.serving)) serves, not \(color)") }
    if host.loadedColor != color { wrong.append("\(text(host.loadedColor)) is loaded") }
    if host.world.file(application.site.file) != host.world.file(application.source(color)) {
      wrong.append("the site file is not \(color)'s")
    }
    return wrong
  }

  private func text(_ color: Color?) -> String { color?.rawValue ?? "nothing" }
}

/// The violations of a matrix, in one readable text.
struct Findings {
  private(set) var cells = 0
  private var lines: [String] = []

  mutating func cell(_ name: String, _ wrong: [String], _ report: RunReport?) {
    cells += 1
    guard !wrong.isEmpty else { return }
    let end = report.map { " → \($0.outcome) [\($0.failure?.message ?? "")]" } ?? ""
    lines.append("\(name)\(end): \(wrong.joined(separator: "; "))")
  }

  mutating func add(_ other: Findings) {
    cells += other.cells
    lines += other.lines
  }

  var count: Int { lines.count }
  var text: String { lines.joined(separator: "\n") }
}
