/// The result of looking at a project or a host: what was looked at, and what was found.
package struct Inspection: Sendable, Encodable {
  /// What can be looked at.
  package enum Subject: String, Sendable, Encodable {
    case plan, project, host
  }

  /// A subject, and how far it was looked at.
  package struct Look: Sendable, Encodable {
    package var subject: Subject
    /// What was looked at; empty if nothing was.
    package var areas: [String]
    /// The files that describe it, if known.
    package internal(set) var files: [String] = []
    /// Why nothing was looked at.
    package var obstacle: String?

    package init(_ subject: Subject, areas: [String]) {
      (self.subject, self.areas) = (subject, areas)
    }

    package init(_ subject: Subject, notBecause obstacle: String) {
      (self.subject, self.areas, self.obstacle) = (subject, [], obstacle)
    }
  }

  package var look: Look
  /// The findings; errors first.
  package var findings: [Finding]

  package init(_ look: Look, findings: [Finding] = []) {
    (self.look, self.findings) = (look, findings)
  }

  /// Applies rules to facts. Of findings with the same text, which one cause may have, the first
  /// stays.
  init<Facts: Sendable>(
    of subject: Subject, _ facts: Facts, by rules: [InspectionRule<Facts>], for application: String?
  ) async {
    var (areas, findings): ([String], [Finding]) = ([], [])
    for rule in rules {
      guard let found = await rule.findings(in: facts) else { continue }
      if !areas.contains(rule.description.area) { areas.append(rule.description.area) }
      for var finding in found
      where !findings.contains(where: { ($0.what, $0.fix) == (finding.what, finding.fix) }) {
        finding.application = application
        findings.append(finding)
      }
    }
    look = Look(subject, areas: areas)
    self.findings = Finding.Severity.allCases.reversed().flatMap { severity in
      findings.filter { $0.severity == severity }
    }
  }

  /// The rules that apply to a project.
  package static var projectRules: [RuleDescription] { ProjectFacts.rules.map(\.description) }

  /// The rules that apply to a host.
  package static var hostRules: [RuleDescription] { HostFacts.rules.map(\.description) }

  /// All rules, each ID once.
  package static var rules: [RuleDescription] {
    (PlanFinding.all + projectRules + hostRules).reduce(into: []) { rules, rule in
      if !rules.contains(where: { $0.id == rule.id }) { rules.append(rule) }
    }
  }
}

/// The value of `body`, or why there is none.
func result<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
  do { return .success(try await body()) } catch { return .failure(error) }
}

extension Result {
  /// The value; ``Unknown`` if there is none, which another rule reports.
  func known() throws -> Success {
    guard case .success(let value) = self else { throw Unknown() }
    return value
  }
}
