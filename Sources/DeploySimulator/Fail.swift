public import DeployDSL
import DeployRunner

/// A step that fails: put it into a plan to see what is taken back.
public struct Fail: PrimitiveStep {
  /// Why it fails, as the report says.
  package let reason: String

  /// Makes a step that fails.
  public init(_ reason: String = "the test asked for a failure") { self.reason = reason }

  /// `Fail`.
  public var summary: String { "Fail" }

  /// Fails.
  public func run(in context: StepContext) async throws {
    throw DeployError(.code, reason)
  }
}
