/// One issue of a plan: problem, fix and location.
public struct PlanDiagnostic: Hashable, Sendable, CustomStringConvertible {
  /// The problem.
  public var problem: String
  /// The fix.
  public var fix: String
  /// The location in the plan's file.
  public var location: SourceLocation

  /// Creates a diagnostic.
  package init(_ problem: String, fix: String, at location: SourceLocation) {
    self.problem = problem
    self.fix = fix
    self.location = location
  }

  /// The issue in the format of compilers: `FILE:LINE:COLUMN: error: PROBLEM; FIX`.
  public var description: String { "\(location): error: \(problem); \(fix)" }
}

/// All issues of a plan.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The issues in source order.
  public var diagnostics: [PlanDiagnostic]

  /// Creates an error from issues, without duplicates, in source order.
  package init(_ diagnostics: [PlanDiagnostic]) {
    var seen: Set<PlanDiagnostic> = []
    self.diagnostics = diagnostics.filter { seen.insert($0).inserted }.sorted {
      ($0.location.file, $0.location.line, $0.location.column)
        < ($1.location.file, $1.location.line, $1.location.column)
    }
  }

  /// One line for each issue.
  public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
