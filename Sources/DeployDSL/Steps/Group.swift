/// Steps under one name, in order.
///
/// `.timeout` on a group applies to the whole group, `.retry` to each of its steps.
public struct Group: Step {
  /// The name shown in progress and graph.
  package let name: String
  /// The steps.
  public let body: Steps

  /// Groups steps under one name.
  ///
  /// - Throws: what `steps` throws.
  public init(_ name: String, @PlanBuilder steps: () throws -> Steps) rethrows {
    self.name = name
    body = try steps()
  }

  /// Explains that a name is needed.
  @available(*, unavailable, message: "a group needs a name: `Group(\"pull\") { … }`")
  public init(@PlanBuilder steps: () throws -> Steps) rethrows {
    try self.init("", steps: steps)
  }
}
