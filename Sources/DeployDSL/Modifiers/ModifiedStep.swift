/// A step with a name or policies of its own: what modifiers return.
public struct ModifiedStep: Step {
  /// What the modifiers say; what they do not say comes from the steps around.
  struct Overrides {
    var timeout: Duration?
    var attemptTimeout: Duration?
    var retries: Int?
    var backoff: Backoff?
    var onFailure: FailurePolicy?

    /// What holds inside a step whose own policies are `outer`.
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

  static func wrapping(_ step: some Step) -> ModifiedStep {
    (step as Any) as? ModifiedStep ?? ModifiedStep(base: step)
  }
}

extension Step {
  /// Gives the step a name, which must be unique in the plan.
  public func named(_ name: String) -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.name = name
    return copy
  }

  /// Ends the step as failed when it takes longer, all of its attempts together.
  ///
  /// - Parameter time: the longest time; seconds if a number. Default without this modifier:
  ///   5 minutes for a command, else only the run's own; so too for what gets an image, as `Pull`,
  ///   `Build` and `Up` do.
  public func timeout(_ time: TimeSpan) -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.policies.timeout = time.duration
    return copy
  }

  /// Ends an attempt as failed when it takes longer; `.retry` then tries again.
  ///
  /// - Parameter time: the longest time of one attempt; seconds if a number.
  public func timeout(perAttempt time: TimeSpan) -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.policies.attemptTimeout = time.duration
    return copy
  }

  /// Tries the step again when it fails.
  ///
  /// On a group it is for each of its steps that has no `.retry` of its own; `.retry(0)` on a step
  /// takes it out of that.
  ///
  /// - Parameters:
  ///   - retries: how many more times, at most.
  ///   - backoff: the waiting time before each. Default: 1, 2, 4 … seconds, at most 30.
  public func retry(_ retries: Int, backoff: Backoff = .exponential()) -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.policies.retries = retries
    copy.policies.backoff = backoff
    return copy
  }

  /// Says what a failure of the step means, after its last attempt.
  ///
  /// On a group it is for each of its steps that does not say it itself.
  ///
  /// - Parameter policy: `.rollback` rolls the run back (the default), `.stop` leaves
  ///   everything as it is for `bgrun resume`, `.continue` passes the failure over with a warning.
  public func onFailure(_ policy: FailurePolicy) -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.policies.onFailure = policy
    return copy
  }

  /// Says what takes the step back when the run fails later; replaces the step's own undo.
  ///
  /// The steps run in order, also when this step itself failed half-way. They may be `Run`, `Exec`,
  /// `Request`, `Notify`, `Print`, `Wait`, `Stop(.target)` and steps with code of your own. An
  /// empty block undoes nothing. The switch's own undo keeps the proxy on a running service and
  /// cannot be replaced.
  ///
  /// - Parameter steps: what takes the step back.
  /// - Throws: what `steps` throws.
  public func undo(@PlanBuilder steps: () throws -> Steps) rethrows -> ModifiedStep {
    var copy = ModifiedStep.wrapping(self)
    copy.undo = try steps()
    return copy
  }
}
