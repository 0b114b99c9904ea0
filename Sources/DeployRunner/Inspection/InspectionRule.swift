import DeployDSL

/// A rule of an inspection: what it looks at, and what it finds.
///
/// It only reads. What a run refuses is found by the run's own check: a rule calls it and lets its
/// ``/DeployDSL/DeployError`` through, which becomes the finding.
struct InspectionRule<Facts: Sendable>: Sendable {
  let description: RuleDescription
  /// Where a refusal of the run belongs.
  private let place: @Sendable (Facts) -> Finding.Place?
  private let find: @Sendable (Facts) async throws -> [Finding]

  /// Describes a rule.
  ///
  /// - Parameters:
  ///   - id: its name in results, in words with hyphens.
  ///   - severity: how much its findings matter.
  ///   - area: what has been looked at when it has run, in one or two words.
  ///   - summary: what its findings mean, for the reference.
  ///   - place: where a refusal of the run belongs. Default: nowhere.
  ///   - find: the findings; throws ``Unknown`` if it cannot tell, and the run's refusal if there is
  ///     one.
  init(
    _ id: String, _ severity: Finding.Severity, _ area: String, _ summary: String,
    at place: @escaping @Sendable (Facts) -> Finding.Place? = { _ in nil },
    find: @escaping @Sendable (Facts) async throws -> [Finding]
  ) {
    description = RuleDescription(id: id, severity: severity, area: area, summary: summary)
    (self.place, self.find) = (place, find)
  }

  /// Describes a rule whose only finding is the run's refusal.
  ///
  /// - Parameter check: throws ``Unknown`` if it cannot tell, and the run's refusal if there is one.
  init(
    _ id: String, _ severity: Finding.Severity, _ area: String, _ summary: String,
    at place: @escaping @Sendable (Facts) -> Finding.Place? = { _ in nil },
    check: @escaping @Sendable (Facts) throws -> Void
  ) {
    self.init(id, severity, area, summary, at: place) { facts in
      try check(facts)
      return []
    }
  }

  /// Describes a rule whose only finding is why a fact is not known.
  init<Value>(
    _ id: String, _ severity: Finding.Severity, _ area: String, _ summary: String,
    at place: @escaping @Sendable (Facts) -> Finding.Place? = { _ in nil },
    needs fact: @escaping @Sendable (Facts) -> Result<Value, any Error>
  ) {
    self.init(id, severity, area, summary, at: place, check: { _ = try fact($0).get() })
  }

  /// Its findings; `nil` if it cannot tell.
  func findings(in facts: Facts) async -> [Finding]? {
    do {
      return try await find(facts).map(completed)
    } catch let failure as DeployError {
      return [completed(Finding(failure, at: place(facts)))]
    } catch {
      return nil
    }
  }

  private func completed(_ finding: Finding) -> Finding {
    var copy = finding
    (copy.rule, copy.severity) = (description.id, description.severity)
    return copy
  }
}

/// What documents and reports say about a rule.
package struct RuleDescription: Hashable, Sendable {
  package let id: String
  package let severity: Finding.Severity
  let area: String
  package let summary: String
}

/// A rule cannot tell: what it needs is missing, and another rule reports that.
struct Unknown: Error {}

/// What is found before there is a plan to inspect.
package enum PlanFinding {
  /// The plan does not compile.
  package static let uncompilable = RuleDescription(
    id: "plan-compile", severity: .error, area: "plan",
    summary: "the Swift compiler rejects the plan")
  /// The plan is invalid.
  package static let invalid = RuleDescription(
    id: "plan-invalid", severity: .error, area: "plan",
    summary: "the plan's steps, order, names or values are wrong")
  /// Both.
  package static let all = [uncompilable, invalid]
}
