/// Steps that are repeated from the first one when one of them fails.
///
/// ```swift
/// Retry(2) {
///   Up(.target)
///   Health()
/// }
/// ```
/// `.retry` on a step repeats only that step; this one also repeats the steps before it. Values
/// that the steps set are set again. The steps run in sequence, without `Parallel`; steps that run
/// once per deploy (`DetectActive`, `SwapNginx`, `Reload`, `Drain`, `Watch`, `Stop(.previous)`) are
/// not allowed.
public struct Retry: Step {
  /// Maximum number of retries.
  package let retries: Int
  /// The delay before each retry.
  package let backoff: Backoff
  /// The steps.
  public let body: Steps

  /// Repeats steps when one of them fails.
  ///
  /// - Parameters:
  ///   - retries: maximum number of retries.
  ///   - backoff: the delay before each. Default: 1, 2, 4 … seconds, at most 30.
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
