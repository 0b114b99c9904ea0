/// Stops a role's service; its container, image and network stay for a rollback.
public struct Stop: BuiltInStep, Codable {
  /// The role of the service.
  package var role: Role
  /// How long the container may take to exit after SIGTERM, before it is killed; `nil` uses the
  /// Compose file.
  package var grace: Duration?

  /// Stops a role's service.
  ///
  /// - Parameters:
  ///   - role: the role of the service.
  ///   - grace: how long it may take to stop gracefully; seconds if a number. Default: the
  ///     service's `stop_grace_period` in the Compose file, else 30 seconds.
  public init(_ role: Role, grace: TimeSpan? = nil) {
    self.role = role
    self.grace = grace?.duration
  }

  /// The grace where neither the plan nor the Compose file sets it.
  package static let usualGrace: Duration = .seconds(30)

  /// Explains that a role is needed.
  @available(*, unavailable, message: "name the role: `Stop(.previous)`")
  public init() { self.init(.target) }
}

/// Stops the colour that is not active, if an earlier run has kept it running for the requests of
/// old workers and they have ended: what `bgrun resume` does after ``Drain/DeadlinePolicy/keep``.
package struct StopKept: BuiltInStep {
  package init() {}
}

extension StopKept {
  package var kind: String { "stop-kept" }
  package var title: String { "Stop kept" }
  package var neededRole: Role? { .target }
  package var traits: StepTraits { [.inOrder, .tidiesUp] }
}

extension Stop {
  package var kind: String { "stop" }
  package var title: String { "Stop \(role.rawValue)" }
  package var particulars: [String: String] {
    ["role": role.rawValue, "grace": grace?.forPeople].compactMapValues(\.self)
  }
  package func highlights(in application: Application) -> [String] {
    [grace.map { "≤ \($0.forPeople) to end" }].compactMap(\.self)
  }
  package var neededRole: Role? { role }
  package var traits: StepTraits {
    role == .previous ? [.inOrder, .tidiesUp, .once] : [.inOrder, .tidiesUp]
  }
  package var effect: StepEffect? { .stops(role) }
  package var ownTime: (text: String, time: Duration)? {
    ("its grace is", grace ?? Self.usualGrace)
  }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    [ValidationIssue.ifNegative(grace ?? .zero, "Stop's grace")]
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    switch role {
    case .active:
      check.report(
        "Stop(.active) would stop what the proxy serves",
        fix: "stop the other colour with Stop(.previous) after Reload()", at: node)
    case .previous where !facts.isReloaded:
      check.report(
        "Stop(.previous) comes before the switch, while the proxy still serves it",
        fix: "put it after SwapNginx() and Reload()", at: node)
    case .target where facts.mayBeSwapped:
      check.report(
        "Stop(.target) comes after the switch, when the proxy serves it",
        fix: "stop the other colour with Stop(.previous)", at: node)
    case .previous, .target: break
    }
  }
}
