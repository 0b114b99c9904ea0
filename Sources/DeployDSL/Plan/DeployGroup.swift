/// A group of `Deploy`s in a plan file, and its kind.
package struct DeployGroup: Hashable, Sendable {
  /// The kind of group.
  package enum Kind: String, Hashable, Sendable {
    /// They run in parallel; a failure does not affect the others.
    case inParallel
    /// All of them are deployed, or none.
    case atomically
  }

  /// The kind of group.
  package var kind: Kind
  /// The maximum number that run at a time; `nil` for all.
  package var limit: Int?
  /// Where the group was written.
  package var location: SourceLocation
}

/// Deploys several applications in parallel.
///
/// ```swift
/// inParallel(limit: 2) {
///   Deploy("web") { … }
///   Deploy("api") { … }
///   Deploy("mail") { … }
/// }
/// ```
/// If one fails, only that one is rolled back, and the others continue. Without a group, the plans
/// of a file run one after the other. Use ``atomically(limit:file:line:column:_:)`` if the
/// applications depend on each other, and `Parallel` for steps of one application. Use it only in
/// plan files; in a program, create a `DeploymentGroup`.
///
/// - Parameters:
///   - limit: the maximum number that run at a time, at least 1. Default: all of them.
///   - file: the file to report issues in. Default: this one.
///   - line: the line to report them at. Default: this one.
///   - column: the column to report them at. Default: this one.
///   - deploys: the plans.
/// - Throws: what `deploys` throws.
public func inParallel(
  limit: Int? = nil, file: String = #filePath, line: Int = #line, column: Int = #column,
  _ deploys: () throws -> Void
) rethrows {
  let location = SourceLocation(file: file, line: line, column: column)
  try PlanSession.group(DeployGroup(kind: .inParallel, limit: limit, location: location), deploys)
}

/// Deploys several applications as one: all of them, or none.
///
/// ```swift
/// atomically {
///   Deploy("api") { … }
///   Deploy("web") { … }
/// }
/// ```
/// If one fails or the run is cancelled, those in progress are rolled back, and the finished ones
/// are rolled back to their previous version, the last one first. Each needs a `SwapNginx` and a
/// `Reload`, because that rollback switches once more. Use
/// ``inParallel(limit:file:line:column:_:)`` if the applications are independent. Use it only in
/// plan files; in a program, create a `DeploymentGroup`.
///
/// - Parameters:
///   - limit: the maximum number that run at a time, at least 1. Default: one after the other.
///   - file: the file to report issues in. Default: this one.
///   - line: the line to report them at. Default: this one.
///   - column: the column to report them at. Default: this one.
///   - deploys: the plans.
/// - Throws: what `deploys` throws.
public func atomically(
  limit: Int = 1, file: String = #filePath, line: Int = #line, column: Int = #column,
  _ deploys: () throws -> Void
) rethrows {
  let location = SourceLocation(file: file, line: line, column: column)
  try PlanSession.group(DeployGroup(kind: .atomically, limit: limit, location: location), deploys)
}

extension PlanSession {
  /// Collects the plans of a block as one group; without a session they become invalid.
  static func group(_ group: DeployGroup, _ deploys: () throws -> Void) rethrows {
    guard let session = current else {
      return try $currentGroup.withValue(group, operation: deploys)
    }
    if let outer = currentGroup {
      session.report(
        PlanDiagnostic(
          "`\(group.kind)` is inside the `\(outer.kind)` of line \(outer.location.line)",
          fix: "write one after the other, or all plans into one of them", at: group.location))
      return try deploys()
    }
    if let limit = group.limit, limit < 1 {
      session.report(
        PlanDiagnostic(
          "`\(group.kind)` with the limit \(limit) would never start",
          fix: "set how many plans may run at a time, for example limit: 2", at: group.location))
    }
    session.begin(group)
    try $currentGroup.withValue(group) { try deploys() }
  }
}
