/// Collects the plans and parameters that a plan file's top-level code declares.
///
/// A program that embeds the library has no session, so nothing is collected implicitly.
package final class PlanSession: Sendable {
  /// A parameter of the plan, with its default as text (`nil`: required).
  package struct Declaration: Sendable, Equatable {
    package var name: String
    package var defaultText: String?
    /// What it is for, for people.
    package var help: String?
    /// The values that it may have, as text; empty for any.
    package var allowed: [String] = []
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
  package static func placeholder(for name: String) -> String { name + unset }

  /// Whether a text was made with a placeholder, so that it names nothing real.
  package static func hasPlaceholder(_ text: String) -> Bool { text.contains(unset) }

  private static let unset = "-is-not-set"

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
    _ declaration: Declaration, default: Value
  ) -> Value {
    guard let session = current else { return `default` }
    session.onParameter(declaration)
    guard let text = session.values[declaration.name], session.takes(text, declaration) else {
      return `default`
    }
    if let value = Value(text) { return value }
    session.onProblem(
      PlanDiagnostic(
        "--set \(declaration.name)=\(text) is not a valid \(Value.self)",
        fix: "give one, for example --set \(declaration.name)=\(`default`)",
        at: declaration.location))
    return `default`
  }

  /// Whether a parameter may have a value; otherwise an issue is reported.
  private func takes(_ text: String, _ declaration: Declaration) -> Bool {
    guard !declaration.allowed.isEmpty, !declaration.allowed.contains(text) else { return true }
    onProblem(
      PlanDiagnostic(
        "--set \(declaration.name)=\(text) is not allowed",
        fix: "give one of: \(declaration.allowed.joined(separator: ", "))",
        at: declaration.location))
    return false
  }

  /// The text of a required parameter outside a plan file, where it cannot be set: a plan that
  /// contains it is invalid.
  package static func unset(_ name: String) -> String { "‹parameter \(name)›" }

  /// The set value of a required parameter.
  static func parameter(_ declaration: Declaration) -> String? {
    let name = declaration.name
    guard let session = current else { return unset(name) }
    session.onParameter(declaration)
    // An empty value is that of a variable of the shell which is not set.
    let given = session.values[name].flatMap { $0.isEmpty ? nil : $0 }
    guard let text = given else {
      guard session.isForRun else { return placeholder(for: name) }
      let allowed = declaration.allowed
      session.onProblem(
        PlanDiagnostic(
          "the parameter \"\(name)\" is \(session.values[name] == nil ? "not set" : "empty")",
          fix: "run the plan with --set \(name)="
            + (allowed.isEmpty ? "VALUE" : allowed.joined(separator: "|")),
          at: declaration.location))
      return nil
    }
    // A command that starts no new run may meet a value of an earlier plan.
    return !session.isForRun || session.takes(text, declaration) ? text : nil
  }
}
