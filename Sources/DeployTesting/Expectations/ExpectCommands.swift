import DeploySimulator
public import Testing

/// Expects exactly these commands and file writes to have changed the host, in order; reads do not
/// count.
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
///   - expected: the commands as one would type them; `…` matches any text. Secrets are dots.
///   - rehearsal: the rehearsal.
///   - sourceLocation: where a failed expectation is reported. Default: here.
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

/// Expects a command or file write among those that changed the host.
///
/// - Parameters:
///   - expected: the command as one would type it; `…` matches any text.
///   - rehearsal: the rehearsal.
///   - sourceLocation: where a failed expectation is reported. Default: here.
public func expectCommand(
  _ expected: String, in rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  guard !rehearsal.changes.contains(where: Glob(expected).matches) else { return }
  record("no command matched \(expected); \(rehearsal.story)", sourceLocation)
}

/// Expects that no matching command or file write changed the host.
///
/// - Parameters:
///   - unexpected: the command as one would type it; `…` matches any text.
///   - rehearsal: the rehearsal.
///   - sourceLocation: where a failed expectation is reported. Default: here.
public func expectNoCommand(
  _ unexpected: String = "…", in rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let found = rehearsal.changes.filter(Glob(unexpected).matches)
  guard !found.isEmpty else { return }
  record(
    "unexpected commands were run:\n" + found.map { "  + \($0)" }.joined(separator: "\n"),
    sourceLocation)
}
