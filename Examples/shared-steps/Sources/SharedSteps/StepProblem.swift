/// Why a step of this package failed: what, why, and what to do about it.
public struct StepProblem: Error, Hashable, CustomStringConvertible {
  /// The problem as one sentence.
  public let description: String

  init(_ description: String) { self.description = description }
}
