/// What listens while a plan file's top-level code runs: plans and parameters report to it.
///
/// A program that embeds the library has no session, and nothing is collected behind its back.
package final class PlanSession: Sendable {
  /// A parameter that the plan declared, with the text of its default (`nil`: it must be set).
  package struct Declaration: Sendable, Equatable {
    package var name: String
    package var defaultText: String?
    package var location: SourceLocation
  }

  @TaskLocal package static var current: PlanSession?
  /// The group whose block runs now.
  @TaskLocal package static var currentGroup: DeployGroup?

  private let values: [String: String]
  private let isForRun: Bool
  private let onPlan: @Sendable (Deploy) -> Void
  private let onGroup: @Sendable (DeployGroup) -> Void
  private let onParameter: @Sendable (Declaration) -> Void
  private let onProblem: @Sendable (PlanDiagnostic) -> Void

  /// Listens.
  ///
  /// - Parameters:
  ///   - values: what was set for parameters.
  ///   - isForRun: whether the plan is to be run: else a parameter that must be set need not be, and
  ///     is ``placeholder(for:)``.
  ///   - onPlan: told of a plan; ``currentGroup`` says what it belongs to.
  ///   - onGroup: told of a group before its plans.
  package init(
    values: [String: String], isForRun: Bool = true,
    onPlan: @escaping @Sendable (Deploy) -> Void,
    onGroup: @escaping @Sendable (DeployGroup) -> Void = { _ in },
    onParameter: @escaping @Sendable (Declaration) -> Void,
    onProblem: @escaping @Sendable (PlanDiagnostic) -> Void
  ) {
    self.values = values
    self.isForRun = isForRun
    self.onPlan = onPlan
    self.onGroup = onGroup
    self.onParameter = onParameter
    self.onProblem = onProblem
  }

  /// What stands for a parameter that no run has set yet: fit for an image's tag.
  package static func placeholder(for name: String) -> String { "\(name)-is-not-set" }

  /// Tells the session of a plan.
  ///
  /// - Returns: why the plan must not run: a group needs a plan file, which runs it.
  static func register(_ plan: Deploy) -> PlanDiagnostic? {
    if let current {
      current.onPlan(plan)
      return nil
    }
    return currentGroup.map { group in
      PlanDiagnostic(
        "`\(group.kind)` works only in a plan file",
        fix: "make a DeploymentGroup of the plans, with the stage .\(group.kind)",
        at: group.location)
    }
  }

  func begin(_ group: DeployGroup) { onGroup(group) }

  func report(_ problem: PlanDiagnostic) { onProblem(problem) }

  /// The set value of a parameter with a default.
  static func parameter<Value: LosslessStringConvertible>(
    _ name: String, default: Value, at location: SourceLocation
  ) -> Value {
    guard let session = current else { return `default` }
    session.onParameter(
      Declaration(name: name, defaultText: `default`.description, location: location))
    guard let text = session.values[name] else { return `default` }
    if let value = Value(text) { return value }
    session.onProblem(
      PlanDiagnostic(
        "--set \(name)=\(text) is not a valid \(Value.self)",
        fix: "give one, for example --set \(name)=\(`default`)", at: location))
    return `default`
  }

  /// What a parameter that must be set is outside a plan file, where nothing sets it: a plan with it
  /// in a text is invalid.
  package static func unset(_ name: String) -> String { "‹parameter \(name)›" }

  /// The set value of a parameter that must be set.
  static func parameter(_ name: String, default: String?, at location: SourceLocation) -> String? {
    guard let session = current else { return unset(name) }
    session.onParameter(Declaration(name: name, defaultText: nil, location: location))
    guard let text = session.values[name] else {
      guard session.isForRun else { return placeholder(for: name) }
      session.onProblem(
        PlanDiagnostic(
          "the parameter \"\(name)\" is not set", fix: "run the plan with --set \(name)=VALUE",
          at: location))
      return nil
    }
    return text
  }
}
