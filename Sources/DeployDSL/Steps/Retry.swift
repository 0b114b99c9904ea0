/// Steps that are run again from the first one when one of them fails.
///
/// ```swift
/// Retry(2) {
///   Up(.target)
///   Health()
/// }
/// ```
/// `.retry` on a step tries that step alone; here what came before it is done again, too. Values
/// that the steps set are set again. The steps are in a line, without `Parallel`, and those that a
/// run does once (`DetectActive`, `SwapNginx`, `Reload`, `Drain`, `Watch`, `Stop(.previous)`)
/// cannot stand here.
public struct Retry: Step {
  /// How many more times, at most.
  package let retries: Int
  /// The waiting time before each further time.
  package let backoff: Backoff
  /// The steps.
  public let body: Steps

  /// Runs steps again when one of them fails.
  ///
  /// - Parameters:
  ///   - retries: how many more times, at most.
  ///   - backoff: the waiting time before each. Default: 1, 2, 4 … seconds, at most 30.
  ///   - steps: the steps, in order.
  /// - Throws: what `steps` throws.
  public init(
    _ retries: Int, backoff: Backoff = .exponential(), @PlanBuilder steps: () throws -> Steps
  ) rethrows {
    self.retries = retries
    self.backoff = backoff
    body = try steps()
  }

  /// Explains that a number is needed.
  @available(*, unavailable, message: "give the number of retries: `Retry(3) { … }`")
  public init(@PlanBuilder steps: () throws -> Steps) rethrows { try self.init(0, steps: steps) }
}
