/// Collects the plans and parameters that a plan file's top-level code declares.
///
/// A program that embeds the library has no session, so nothing is collected implicitly.
package final class PlanSession: Sendable {
  /// A parameter of the plan, with its default as text (`nil`: required).
  package struct Declaration: Sendable, Equatable {
    package var name: String
    package var defaultText: String?
    package var location: SourceLocation
  }

  @TaskLocal package static var current: PlanSession?
  /// The group whose block is running.
  @TaskLocal package static var currentGroup: DeployGroup?

  private let values: [String: String]
  private let isForRun: Bool
  private let onPlan: @Sendable (Deploy) -> Void
  private let onGroup: @Sendable (DeployGroup) -> Void
  private let onParameter: @Sendable (Declaration) -> Void
  private let onProblem: @Sendable (PlanDiagnostic) -> Void

  /// Creates a session.
  ///
  /// - Parameters:
  ///   - values: the parameters that were set.
  ///   - isForRun: whether the plan will be run: otherwise a missing required parameter becomes
  ///     ``placeholder(for:)``.
  ///   - onPlan: called for each plan; ``currentGroup`` is its group.
  ///   - onGroup: called for each group, before its plans.
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

  /// The placeholder for a required parameter that no run has set yet: valid as an image tag.
  package static func placeholder(for name: String) -> String { "\(name)-is-not-set" }

  /// Registers a plan with the session.
  ///
  /// - Returns: an issue if the plan must not run, because a group works only in a plan file.
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

  /// The text of a required parameter outside a plan file, where it cannot be set: a plan that
  /// contains it is invalid.
  package static func unset(_ name: String) -> String { "‹parameter \(name)›" }

  /// The set value of a required parameter.
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
