/// Waits until the proxy's old workers have finished their requests.
///
/// Old workers keep sending their requests to the previous colour. A plan without this step still
/// drains before `Stop(.previous)`, with the defaults.
public struct Drain: BuiltInStep {
  /// What to do with the previous colour if old workers still have requests at the deadline.
  public enum DeadlinePolicy: String, Hashable, Sendable, Encodable {
    /// Keep it running: no connection is cut, and the run ends as "cleanup incomplete".
    case keep
    /// Continue: `Stop` cuts the remaining connections; the report shows how many workers had some.
    case cut
  }

  /// How long old workers may take to finish their requests.
  package var upTo: Duration
  /// What happens at the deadline.
  package var atDeadline: DeadlinePolicy

  /// Waits for the old workers.
  ///
  /// - Parameters:
  ///   - upTo: how long they may take; a number is in seconds. Default: 30 seconds.
  ///   - atDeadline: whether to keep or cut the remaining connections. Default: keep. Use `.cut` if
  ///     clients hold WebSockets open.
  public init(upTo: TimeSpan = 30, atDeadline: DeadlinePolicy = .keep) {
    self.upTo = upTo.duration
    self.atDeadline = atDeadline
  }
}

extension Drain {
  package var kind: String { "drain" }
  package var particulars: [String: String] {
    ["upTo": upTo.forPeople, "atDeadline": atDeadline.rawValue]
  }
  package var neededRole: Role? { .target }
  package var traits: StepTraits { [.inOrder, .once, .tidiesUp] }
  package var ownTime: (text: String, time: Duration)? { ("it drains up to", upTo) }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    [ValidationIssue.ifNegative(upTo, "Drain's upTo")]
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkAfterSwitch(node, facts)
  }
}
