/// Reloads the proxy and proves it: new workers answer, and the old ones take no more connections.
///
/// `nginx -s reload` returns before anything has happened, and with 0 even if the master keeps the
/// old configuration, so bgrun does not rely on it. Old workers finish their requests; ``Drain``
/// waits for them.
public struct Reload: BuiltInStep, Codable {
  /// How long the new configuration may take to answer.
  package var within: Duration

  /// Reloads the proxy.
  ///
  /// - Parameter within: how long the new configuration may take to answer; seconds if a number.
  ///   Default: 10 seconds.
  public init(within: TimeSpan = 10) { self.within = within.duration }
}

extension Reload {
  package var kind: String { "reload" }
  package var particulars: [String: String] { ["within": within.forPeople] }
  package func highlights(in application: Application) -> [String] { ["≤ \(within.forPeople)"] }
  package var ownUndo: String? { "old site file, reload" }
  package var neededRole: Role? { .target }
  package var traits: StepTraits { [.inOrder, .once, .reliedOn] }
  package var effect: StepEffect? { .reloads }
  package var ownTime: (text: String, time: Duration)? { ("its within is", within) }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    [ValidationIssue.unlessPositive(within, "Reload's within")]
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkReload(node, facts)
  }
}
