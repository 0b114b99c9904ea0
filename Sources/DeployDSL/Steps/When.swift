/// Steps that are done only if a condition holds when the run comes to them.
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
/// For what is known when the plan is read a plain `if` is enough. Graph and dry run show both
/// branches; in a dry run conditions that only look are looked up, one with code is left open. What
/// follows may rely only on what both branches do.
public struct When: Step {
  let condition: Condition
  let then: Steps
  let otherwise: Steps

  /// Chooses between steps by a condition.
  ///
  /// - Parameters:
  ///   - condition: what must hold.
  ///   - then: what to do if it holds.
  ///   - otherwise: what to do if not.
  /// - Throws: what the blocks throw.
  public init(
    _ condition: Condition, @PlanBuilder then: () throws -> Steps,
    @PlanBuilder otherwise: () throws -> Steps
  ) rethrows {
    self.condition = condition
    self.then = try then()
    self.otherwise = try otherwise()
  }

  /// Does steps only if a condition holds.
  ///
  /// - Throws: what `then` throws.
  public init(_ condition: Condition, @PlanBuilder then: () throws -> Steps) rethrows {
    self.condition = condition
    self.then = try then()
    otherwise = Steps()
  }

  /// Chooses between steps by code.
  ///
  /// - Parameters:
  ///   - summary: what the code finds out, in a few words, for progress and graph.
  ///   - reads: the values of earlier steps that it asks for. Default: none.
  ///   - condition: the code; what it throws fails the run.
  ///   - then: what to do if it holds.
  ///   - otherwise: what to do if not.
  public init(
    _ summary: String = "the plan's condition holds", reads: Keys = Keys(),
    if condition: @escaping @Sendable (StepContext) async throws -> Bool,
    @PlanBuilder then: () -> Steps,
    @PlanBuilder otherwise: () -> Steps
  ) {
    self.init(
      Condition(summary, reads: reads, if: condition), then: then, otherwise: otherwise)
  }

  /// Does steps only if code says so.
  public init(
    _ summary: String = "the plan's condition holds", reads: Keys = Keys(),
    if condition: @escaping @Sendable (StepContext) async throws -> Bool,
    @PlanBuilder then: () -> Steps
  ) {
    self.init(Condition(summary, reads: reads, if: condition), then: then)
  }

  /// The steps of both branches.
  public var body: Steps {
    // With `return` no block is built of it, which would not be blank any more.
    return then.isBlank && otherwise.entries.isEmpty
      ? .blank : Steps(then.entries + otherwise.entries)
  }
}
