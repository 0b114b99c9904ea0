/// Steps that run only if a condition holds at run time.
///
/// ```swift
/// When(.active(is: .blue) && .exists("maintenance")) {
///   Run("bin/warm-up")
/// } otherwise: {
///   Print("no warm-up")
/// }
/// When("the queue is empty") { context in
///   try await context.exec(service: "queue", "bin/length").output == "0\n"
/// } then: {
///   Run("bin/compact")
/// }
/// ```
/// If the condition is known when the plan is loaded, use a plain `if`. Graph and dry run show both
/// branches; a dry run evaluates conditions that only read, but no code. Later steps may rely only
/// on what both branches do.
public struct When: Step {
  let condition: Condition
  let then: Steps
  let otherwise: Steps

  /// Chooses between steps based on a condition.
  ///
  /// - Parameters:
  ///   - condition: the condition.
  ///   - then: the steps if it holds.
  ///   - otherwise: the steps if it does not hold.
  /// - Throws: what the blocks throw.
  public init(
    _ condition: Condition, @PlanBuilder then: () throws -> Steps,
    @PlanBuilder otherwise: () throws -> Steps
  ) rethrows {
    self.condition = condition
    self.then = try then()
    self.otherwise = try otherwise()
  }

  /// Runs steps only if a condition holds.
  ///
  /// - Throws: what `then` throws.
  public init(_ condition: Condition, @PlanBuilder then: () throws -> Steps) rethrows {
    self.condition = condition
    self.then = try then()
    otherwise = Steps()
  }

  /// Chooses between steps based on code.
  ///
  /// - Parameters:
  ///   - summary: a short description of the condition, for progress and graph.
  ///   - reads: the values of earlier steps that it reads. Default: none.
  ///   - condition: the code; if it throws, the run fails.
  ///   - then: the steps if it holds.
  ///   - otherwise: the steps if it does not hold. Default: none.
  public init(
    _ summary: String = "the plan's condition holds", reads: Keys = Keys(),
    if condition: @escaping @Sendable (StepContext) async throws -> Bool,
    @PlanBuilder then: () -> Steps,
    @PlanBuilder otherwise: () -> Steps = { Steps() }
  ) {
    self.init(
      Condition(summary, reads: reads, if: condition), then: then, otherwise: otherwise)
  }

  /// The steps of both branches.
  public var body: Steps {
    // `return` keeps this from being built as a block, which would not be empty.
    return then.isBlank && otherwise.entries.isEmpty
      ? .blank : Steps(then.entries + otherwise.entries)
  }
}
