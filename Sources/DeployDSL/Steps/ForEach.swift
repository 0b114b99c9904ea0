/// Steps once for each element, in order.
///
/// ```swift
/// ForEach(["grafana-renderer", "grafana-agent"]) { service in
///   Exec(service: service, "bin/reload")
/// }
/// ```
/// The elements are those that are there when the plan is read. A `for` loop in a plan block does
/// the same; `ForEach` takes modifiers as well: `.retry` is for each of its steps, `.timeout` for all
/// of it together. Rounds side by side are `Parallel { for … in … { } }`.
public struct ForEach: Step {
  /// The steps of all rounds.
  public let body: Steps

  /// Lays out steps for each element.
  ///
  /// - Throws: what `steps` throws.
  public init<Elements: Sequence>(
    _ elements: Elements, @PlanBuilder steps: (Elements.Element) throws -> Steps
  ) rethrows {
    let rounds = try elements.map(steps)
    let isBlank = !rounds.isEmpty && rounds.allSatisfy(\.isBlank)
    body = isBlank ? .blank : Steps(rounds.flatMap(\.entries))
  }
}
