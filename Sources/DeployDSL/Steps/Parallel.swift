/// Steps that run in parallel; the next step waits for all of them.
///
/// ```swift
/// Parallel(limit: 2) {
///   for service in services { Run("docker", "pull", service) }
/// }
/// ```
public struct Parallel: Step {
  /// The branches.
  public let body: Steps
  /// How many branches run at a time; `nil` is all.
  let limit: Int?

  /// Runs steps in parallel.
  ///
  /// - Parameters:
  ///   - limit: the maximum number at a time. Each further one waits for an earlier one, as shown
  ///     in the graph. Default: all.
  ///   - branches: the steps; a group is one branch.
  /// - Throws: what `branches` throws.
  public init(limit: Int? = nil, @PlanBuilder branches: () throws -> Steps) rethrows {
    self.limit = limit
    body = try branches()
  }
}
