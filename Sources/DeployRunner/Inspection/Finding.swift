package import DeployDSL

/// Something to fix in a plan, its project or its host, as `bgrun check` and `bgrun doctor` report it.
package struct Finding: Hashable, Sendable {
  /// How much it matters.
  package enum Severity: String, Sendable, Encodable, Comparable, CaseIterable {
    /// Worth knowing.
    case note
    /// A deploy works, but something will hurt sooner or later.
    case warning
    /// A deploy would be refused or would fail, or clients get errors.
    case error

    package static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }

    private var rank: Int { Severity.allCases.firstIndex(of: self) ?? 0 }
  }

  /// A location in a file of the project, or the plan's.
  package struct Place: Hashable, Sendable, Encodable {
    /// The path; a relative one starts at the project folder.
    package var file: String
    /// The line, counted from 1.
    package var line: Int?
    /// The column, counted from 1.
    package var column: Int?

    package init(_ file: String, line: Int? = nil, column: Int? = nil) {
      (self.file, self.line, self.column) = (file, line, column)
    }
  }

  /// The ID of the rule that found it.
  package internal(set) var rule = ""
  package internal(set) var severity = Severity.error
  /// The application that it concerns.
  package internal(set) var application: String?
  package internal(set) var place: Place?
  /// What is wrong.
  package var what: String
  /// Why it matters.
  package var why: String?
  /// How to fix it, in a sentence.
  package var fix: String?
  /// The lines to write or to paste into a shell.
  package var lines: [String]
  /// What docker, nginx or an application printed.
  package var details: [String]
  /// What `bgrun doctor --fix` can do about it.
  package internal(set) var repair: Repair?

  init(
    _ what: String, why: String? = nil, fix: String? = nil, lines: [String] = [],
    details: [String] = [], at place: Place? = nil, repair: Repair? = nil
  ) {
    (self.what, self.why, self.fix) = (what, why, fix)
    (self.lines, self.details, self.place, self.repair) = (lines, details, place, repair)
  }

  /// What a run would refuse.
  init(_ failure: DeployError, at place: Place? = nil, repair: Repair? = nil) {
    self.init(
      failure.message, fix: failure.fix, details: failure.details, at: place, repair: repair)
  }

  /// An issue of the plan.
  package init(_ issue: PlanDiagnostic) {
    self.init(
      issue.problem, fix: issue.fix,
      at: Place(issue.location.file, line: issue.location.line, column: issue.location.column))
    rule = PlanFinding.invalid.id
  }

  /// A message of the compiler about the plan.
  package init(compiler message: String, at place: Place) {
    self.init(message, at: place)
    rule = PlanFinding.uncompilable.id
  }
}

extension Finding: Encodable {
  private enum CodingKeys: CodingKey {
    case rule, severity, application, place, what, why, fix, lines, details, repairable
  }

  /// Encodes it without empty fields.
  ///
  /// - Throws: what the encoder throws.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(rule, forKey: .rule)
    try values.encode(severity, forKey: .severity)
    try values.encodeIfPresent(application, forKey: .application)
    try values.encodeIfPresent(place, forKey: .place)
    try values.encode(what, forKey: .what)
    try values.encodeIfPresent(why, forKey: .why)
    try values.encodeIfPresent(fix, forKey: .fix)
    if !lines.isEmpty { try values.encode(lines, forKey: .lines) }
    if !details.isEmpty { try values.encode(details, forKey: .details) }
    if repair != nil { try values.encode(true, forKey: .repairable) }
  }
}
