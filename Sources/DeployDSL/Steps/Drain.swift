/// Waits until the proxy's old workers have finished their requests.
///
/// Old workers keep sending their requests to the previous colour. A plan without this step still
/// drains before `Stop(.previous)`, with the defaults.
///
/// WebSockets and event streams may stay open for hours. A plan whose clients hold some decides with
/// `atDeadline`, and its deploys then end with success.
public struct Drain: BuiltInStep, Codable {
  /// What to do with the previous colour if old workers still have requests at the deadline.
  public enum DeadlinePolicy: String, Hashable, Sendable, Codable {
    /// Keep it running until they have ended: `Stop(.previous)` is skipped, and `bgrun resume` or
    /// the next deploy stops it.
    case keep
    /// End the old workers, which cuts their connections; those of other applications behind the
    /// same nginx that began before the switch, too.
    case cut
  }

  /// How long old workers may take to finish their requests.
  package var upTo: Duration
  /// What happens at the deadline; `nil` keeps the previous colour, and the clean-up counts as
  /// incomplete.
  package var atDeadline: DeadlinePolicy?

  /// Waits for the old workers.
  ///
  /// - Parameters:
  ///   - upTo: how long they may take; a number is in seconds. Default: 30 seconds.
  ///   - atDeadline: whether to keep or cut the remaining connections. Default: keep them, and end
  ///     the run as "clean-up incomplete", exit code 7. Use `.cut` or `.keep` if clients hold
  ///     WebSockets or event streams open: the run then succeeds.
  public init(upTo: TimeSpan = 30, atDeadline: DeadlinePolicy? = nil) {
    self.upTo = upTo.duration
    self.atDeadline = atDeadline
  }
}

extension Drain {
  package var kind: String { "drain" }
  package var particulars: [String: String] {
    ["upTo": upTo.forPeople, "atDeadline": atDeadline?.rawValue].compactMapValues(\.self)
  }
  package func highlights(in application: Application) -> [String] {
    let end: String? =
      switch atDeadline {
      case .cut: "then cuts the rest"
      case .keep: "then keeps previous for the rest"
      case nil: nil
      }
    return ["≤ \(upTo.forPeople)"] + [end].compactMap(\.self)
  }
  package var neededRole: Role? { .target }
  package var traits: StepTraits { [.inOrder, .once, .tidiesUp] }
  package var ownTime: (text: String, time: Duration)? { ("it drains up to", upTo) }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    [ValidationIssue.ifNegative(upTo, "Drain's upTo"), contradiction(at: node, in: graph)]
  }

  /// Old workers are waited for once: a later decision about them would have no effect.
  private func contradiction(at node: Node, in graph: StepGraph) -> ValidationIssue? {
    // In a branch that the other one is not in, it may be the only one.
    let first = graph.nodes.prefix { $0.id < node.id }.first { other in
      other.step is Drain && other.guards.allSatisfy(node.guards.contains)
    }
    guard let first, let other = first.step as? Drain, other.atDeadline != atDeadline else {
      return nil
    }
    func text(_ policy: DeadlinePolicy?) -> String {
      policy.map { "Drain(atDeadline: .\($0.rawValue))" } ?? "Drain()"
    }
    return ValidationIssue(
      "\(text(atDeadline)) contradicts the \(text(other.atDeadline)) before it, in line "
        + "\(first.location.line): only the first one has an effect",
      fix: "keep the one that says what happens to the remaining connections, and remove the other")
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkAfterSwitch(node, facts)
  }
}
