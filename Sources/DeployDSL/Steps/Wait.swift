/// Waits.
public struct Wait: BuiltInStep {
  /// The duration.
  package var time: Duration

  /// Waits for a time; seconds if a number.
  public init(_ time: TimeSpan) { self.time = time.duration }
}

extension Wait {
  package var kind: String { "wait" }
  package var title: String { "Wait \(time.forPeople)" }
  package var particulars: [String: String] { ["time": time.forPeople] }
  package var traits: StepTraits { [.beside, .tidiesUp, .keptOnResume] }
  package var ownTime: (text: String, time: Duration)? { ("it waits", time) }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    [ValidationIssue.ifNegative(time, "Wait's time")]
  }
}
