import DeployDSL
import DeployRunner

/// Knows what a person must be told when the process ends in the middle of a run.
struct FleetWatch {
  private let names: [String]
  private let isLive: Bool
  private var watches: [StepWatch]

  /// Prepares for a run.
  ///
  /// - Parameter isLive: whether a line is rewritten in place, which last words must not join.
  init(fleet: DeploymentGroup, isLive: Bool) {
    self.isLive = isLive
    let graphs = fleet.members.map(\.graph)
    names = graphs.map(\.application.name)
    watches = graphs.map { graph in
      let only = graphs.count == 1 ? "" : " --only \(graph.application.name)"
      return StepWatch(graph: graph, plan: "PLAN\(only)")
    }
    // A step may crash before the first event has come here.
    update()
  }

  /// Takes an event into account.
  mutating func take(_ event: FleetEvent) {
    if watches[event.member].take(event.event) { update() }
  }

  /// The status to exit with once every application's run has ended, whatever comes then.
  func exitCode(afterSignal signal: Int32) -> Int32? {
    let ended = watches.compactMap(\.ended)
    guard ended.count == watches.count else { return nil }
    return ended.map { $0.exitCode(afterSignal: signal) }.max()
  }

  /// What was going on and was not taken back.
  var leftovers: String { told(\.leftovers) }

  private func update() {
    let places = watches.flatMap(\.places)
    let place = places.isEmpty ? "" : " in " + places.joined(separator: " or ")
    let rest = told(\.rest)
    LastWords.set(
      crash: "the plan's own code crashed\(place); \(rest)",
      exit: "the plan's own code called exit()\(place); \(rest)",
      clearingLine: isLive,
      status: watches.contains { $0.isRunning && $0.hasChanged } ? .broken : .failed)
  }

  /// What is to be said about each application that is being deployed.
  private func told(_ text: (StepWatch) -> String) -> String {
    guard watches.count > 1 else { return watches.first.map(text) ?? "" }
    let parts = zip(names, watches).filter { $0.1.isRunning }.map { "\($0): \(text($1))" }
    return parts.isEmpty ? "nothing was under way" : parts.joined(separator: "; ")
  }
}
