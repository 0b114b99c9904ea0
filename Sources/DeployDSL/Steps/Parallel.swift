/// Steps that do not wait for each other; what follows waits for all of them.
public struct Parallel: Step {
  /// The branches.
  public let body: Steps

  /// Runs steps side by side.
  ///
  /// - Throws: what `branches` throws.
  public init(@PlanBuilder branches: () throws -> Steps) rethrows { body = try branches() }
}
