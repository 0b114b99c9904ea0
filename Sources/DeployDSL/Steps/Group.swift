/// Steps under one name, in order.
///
/// `.timeout` on a group is for all of it together; `.retry` is for each of its steps.
public struct Group: Step {
  /// The name that progress and graph show.
  package let name: String
  /// The steps.
  public let body: Steps

  /// Puts steps under one name.
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
