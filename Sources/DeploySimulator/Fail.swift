public import DeployDSL

/// A step that fails: add it to a plan to test its rollback.
public struct Fail: PrimitiveStep {
  /// The reason shown in the report.
  package let reason: String

  /// Creates a step that fails.
  public init(_ reason: String = "the test asked for a failure") { self.reason = reason }

  /// `Fail`.
  public var summary: String { "Fail" }

  /// Fails.
  public func run(in context: StepContext) async throws {
    throw DeployError(.code, reason)
  }
}
