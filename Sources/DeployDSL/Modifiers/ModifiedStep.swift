/// A step with its own name or policies, as returned by modifiers.
public struct ModifiedStep: Step {
  /// The policies set by modifiers; all others are inherited from the enclosing steps.
  struct Overrides {
    var timeout: Duration?
    var attemptTimeout: Duration?
    var retries: Int?
    var backoff: Backoff?
    var onFailure: FailurePolicy?

    /// The policies inside a step whose own policies are `outer`.
    func inheriting(_ outer: Policies) -> Policies {
      Policies(
        timeout: timeout ?? outer.timeout, attemptTimeout: attemptTimeout ?? outer.attemptTimeout,
        retries: retries ?? outer.retries, backoff: backoff ?? outer.backoff,
        onFailure: onFailure ?? outer.onFailure)
    }
  }

  let base: any Step
  var name: String?
  var policies = Overrides()
  var undo: Steps?
  var before = Steps()
  var after = Steps()

  /// The step underneath.
  public var body: Steps { Steps([base], file: "", line: 0, column: 0) }

}

extension Step {
  /// The step with a changed name or policy; the modifiers of one step are collected.
  func modified(_ change: (inout ModifiedStep) throws -> Void) rethrows -> ModifiedStep {
    var copy = (self as Any) as? ModifiedStep ?? ModifiedStep(base: self)
    try change(&copy)
    return copy
  }
}

extension Step {
  /// Gives the step a name, which must be unique in the plan.
  public func named(_ name: String) -> ModifiedStep {
    modified { $0.name = name }
  }

  /// Fails the step if all its attempts together take longer.
  ///
  /// - Parameter time: the longest time; seconds if a number. Default without this modifier: 5
  ///   minutes for a command; only the run's own timeout for other steps and for `Pull`, `Build`
  ///   and `Up`.
  public func timeout(_ time: TimeSpan) -> ModifiedStep {
    modified { $0.policies.timeout = time.duration }
  }

  /// Fails an attempt that takes longer; `.retry` then tries again.
  ///
  /// - Parameter time: the longest time of one attempt; seconds if a number.
  public func timeout(perAttempt time: TimeSpan) -> ModifiedStep {
    modified { $0.policies.attemptTimeout = time.duration }
  }

  /// Retries the step when it fails.
  ///
  /// On a group it applies to each of its steps without its own `.retry`; `.retry(0)` excludes a
  /// step.
  ///
  /// - Parameters:
  ///   - retries: the maximum number of retries.
  ///   - backoff: the delay before each. Default: 1, 2, 4 … seconds, at most 30.
  public func retry(_ retries: Int, backoff: Backoff = .exponential()) -> ModifiedStep {
    modified { ($0.policies.retries, $0.policies.backoff) = (retries, backoff) }
  }

  /// Sets the effect of a failure of the step, after its last attempt.
  ///
  /// On a group it applies to each of its steps without its own policy.
  ///
  /// - Parameter policy: `.rollback` rolls the run back (the default), `.stop` leaves everything as
  ///   it is for `bgrun resume`, `.continue` turns the failure into a warning.
  public func onFailure(_ policy: FailurePolicy) -> ModifiedStep {
    modified { $0.policies.onFailure = policy }
  }

  /// Sets the steps that undo this one if the run fails later; replaces the step's own undo.
  ///
  /// The steps run in order, also when this step itself failed half-way. They may be `Run`, `Exec`,
  /// `Request`, `Notify`, `Print`, `Wait`, `Stop(.target)` and steps with your own code. An empty
  /// block undoes nothing. The switch's own undo keeps the proxy on a running service and cannot be
  /// replaced.
  ///
  /// - Parameter steps: the steps that undo this one.
  /// - Throws: what `steps` throws.
  public func undo(@PlanBuilder steps: () throws -> Steps) rethrows -> ModifiedStep {
    try modified { $0.undo = try steps() }
  }
}
