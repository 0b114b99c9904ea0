import DeploySimulator
public import Testing

/// Expects which commands and file writes changed the host, in order; looking does not count.
///
/// ```swift
/// expectCommands(
///   [
///     "docker compose up … grafana-green",
///     "overwrite nginx/service.conf with nginx/service_green.conf …",
///     "docker exec … nginx -s reload",
///     "docker stop … grafana-grafana-blue-1",
///   ], in: rehearsal)
/// ```
/// - Parameters:
///   - expected: the commands as one would type them; `…` stands for anything. Secrets are dots.
///   - rehearsal: what was run.
///   - sourceLocation: where an unmet expectation is reported. Default: here.
public func expectCommands(
  _ expected: [String], in rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let diff = LineDiff(expected: expected, actual: rehearsal.changes)
  guard !diff.isEmpty else { return }
  record(
    "other commands changed the host than expected "
      + "(- expected and not run, + run and not expected):\n\(diff.text)", sourceLocation)
}

/// Expects that a command or file write was among those that changed the host.
///
/// - Parameters:
///   - expected: the command as one would type it; `…` stands for anything.
///   - rehearsal: what was run.
///   - sourceLocation: where an unmet expectation is reported. Default: here.
public func expectCommand(
  _ expected: String, in rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  guard !rehearsal.changes.contains(where: Glob(expected).matches) else { return }
  record("nothing was run that is \(expected); \(rehearsal.story)", sourceLocation)
}

/// Expects that no command or file write like this one changed the host.
///
/// - Parameters:
///   - unexpected: the command as one would type it; `…` stands for anything.
///   - rehearsal: what was run.
///   - sourceLocation: where an unmet expectation is reported. Default: here.
public func expectNoCommand(
  _ unexpected: String = "…", in rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let found = rehearsal.changes.filter(Glob(unexpected).matches)
  guard !found.isEmpty else { return }
  record("this was run:\n" + found.map { "  + \($0)" }.joined(separator: "\n"), sourceLocation)
}
