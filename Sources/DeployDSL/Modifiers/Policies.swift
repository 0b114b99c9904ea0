/// The policies of a step: attempts, timeouts and the effect of a failure.
package struct Policies: Hashable, Sendable, Encodable {
  /// The longest time of all attempts together; `nil` leaves it to the run.
  package var timeout: Duration?
  /// The longest time of one attempt; `nil` leaves it to the step.
  package var attemptTimeout: Duration?
  /// The maximum number of retries.
  package var retries: Int
  /// The delay before each retry.
  package var backoff: Backoff
  /// The effect of a failure on the run.
  package var onFailure: FailurePolicy

  /// Creates policies; the default is one attempt without its own timeout.
  ///
  /// - Parameters:
  ///   - timeout: the longest time of all attempts together. Default: the run's own.
  ///   - attemptTimeout: the longest time of one attempt. Default: the step's own.
  ///   - retries: the maximum number of retries. Default: 0.
  ///   - backoff: the delay before each. Default: 1, 2, 4 … seconds, at most 30.
  ///   - onFailure: the effect of a failure on the run. Default: it is rolled back.
  package init(
    timeout: Duration? = nil, attemptTimeout: Duration? = nil, retries: Int = 0,
    backoff: Backoff = .exponential(), onFailure: FailurePolicy = .rollback
  ) {
    self.timeout = timeout
    self.attemptTimeout = attemptTimeout
    self.retries = retries
    self.backoff = backoff
    self.onFailure = onFailure
  }
}

/// The effect of a step's failure on the run, after its last attempt.
public enum FailurePolicy: String, Hashable, Sendable, Encodable {
  /// The run ends and is rolled back.
  case rollback
  /// The run ends, and everything is left as it is until `bgrun resume` continues it.
  case stop
  /// The run continues as if the step had succeeded; the failure becomes a warning.
  case `continue`
}

/// The delays between attempts.
public struct Backoff: Hashable, Sendable, Encodable {
  /// The delay before the second attempt.
  package var first: Duration
  /// The factor by which each further delay grows.
  package var factor: Int
  /// The maximum delay.
  package var maximum: Duration

  /// The same delay before every attempt; a number is in seconds.
  public static func constant(_ time: TimeSpan) -> Backoff {
    Backoff(first: time.duration, factor: 1, maximum: time.duration)
  }

  /// Doubling delays.
  ///
  /// - Parameters:
  ///   - from: the first one; seconds if a number. Default: 1 second.
  ///   - upTo: the longest; seconds if a number. Default: 30 seconds.
  public static func exponential(from: TimeSpan = 1, upTo: TimeSpan = 30) -> Backoff {
    Backoff(first: from.duration, factor: 2, maximum: upTo.duration)
  }

  /// The delay before an attempt.
  ///
  /// - Parameter attempt: the number of the attempt that comes next, 2 or more.
  package func delay(before attempt: Int) -> Duration {
    var delay = first
    for _ in 0..<max(0, attempt - 2) {
      if delay >= maximum || factor <= 1 { break }
      // Multiplied only where it cannot overflow.
      delay = delay > maximum / factor ? maximum : delay * factor
    }
    return min(delay, maximum)
  }
}
