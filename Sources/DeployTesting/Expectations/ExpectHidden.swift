import DeploySimulator
public import Testing

/// Expects that a secret's value was neither on a command line nor in the output of the run.
///
/// The environment and standard input of commands are not checked: that is where secrets belong.
///
/// - Parameters:
///   - value: the value on the simulated host.
///   - rehearsal: the rehearsal.
///   - sourceLocation: where a failed expectation is reported. Default: here.
public func expectHidden(
  _ value: String, in rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  // The value must not appear in a test's output either.
  var places: [String] = []
  for run in rehearsal.host.operations {
    guard let command = run.operation.request.command else { continue }
    if command.argv.contains(where: { $0.contains(value) }) {
      places.append("the command line of \(command.argv.first ?? "a command")")
    }
  }
  // Inside another value Swift escapes these characters as in source code.
  let escaped = String("\([value])".dropFirst(2).dropLast(2))
  for event in rehearsal.events
  where "\(event.kind)".contains(value) || "\(event.kind)".contains(escaped) {
    places.append("an event after \(event.at.inRecord)")
  }
  guard !places.isEmpty else { return }
  record("the secret is shown: \(places.joined(separator: ", "))", sourceLocation)
}
