/// One problem of a plan: what is wrong, how to fix it, and where.
public struct PlanDiagnostic: Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public var problem: String
  /// How to fix it.
  public var fix: String
  /// Where in the plan's file.
  public var location: SourceLocation

  /// Makes a diagnostic.
  package init(_ problem: String, fix: String, at location: SourceLocation) {
    self.problem = problem
    self.fix = fix
    self.location = location
  }

  /// The problem as compilers write it: `FILE:LINE:COLUMN: error: PROBLEM; FIX`.
  public var description: String { "\(location): error: \(problem); \(fix)" }
}

/// All problems of a plan.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The problems in the order of the source.
  public var diagnostics: [PlanDiagnostic]

  /// Makes an error of problems; each is kept once, in the order of the source.
  package init(_ diagnostics: [PlanDiagnostic]) {
    var seen: Set<PlanDiagnostic> = []
    self.diagnostics = diagnostics.filter { seen.insert($0).inserted }.sorted {
      ($0.location.file, $0.location.line, $0.location.column)
        < ($1.location.file, $1.location.line, $1.location.column)
    }
  }

  /// A line for each problem.
  public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
