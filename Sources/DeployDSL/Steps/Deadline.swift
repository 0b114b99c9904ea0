/// Steps that must be done within a time, all of them together.
///
/// The time begins with the first of them. What is still running when it is over fails, and the run
/// with it. ``Group`` with `.timeout` does the same under a name.
public struct Deadline: Step {
  /// How long the steps may take together.
  public let time: Duration
  /// The steps.
  public let body: Steps

  /// Limits the time of steps.
  ///
  /// - Parameters:
  ///   - time: how long they may take; seconds if a number.
  ///   - steps: the steps, in order.
  /// - Throws: what `steps` throws.
  public init(_ time: any TimeSpan, @PlanBuilder steps: () throws -> Steps) rethrows {
    self.time = time.duration
    body = try steps()
  }

  /// Explains that a time is needed.
  @available(*, unavailable, message: "say how long: `Deadline(60) { … }`")
  public init(@PlanBuilder steps: () throws -> Steps) rethrows { try self.init(0, steps: steps) }
}
