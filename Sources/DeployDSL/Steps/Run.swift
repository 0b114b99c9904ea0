/// Runs a command on the host, in the project folder.
///
/// With `--on` and `on: .controller` it runs where bgrun was started, for example to purge a CDN
/// with keys that only CI has. The first who follows the run performs it; without one, it waits
/// until its timeout and fails.
///
/// It has the environment of `Deploy(environment:)` and `Up(.target)`, and the project of
/// `Deploy(compose:project:)`, so `docker compose` uses the target's version. If the branches of a
/// `When` start different versions, a command outside of them gets none. For a one-off service use
/// ``Job``: `docker compose run` in this step would keep running after a timeout.
public struct Run: BuiltInStep {
  /// The program and its arguments.
  package var argv: [String]
  /// Where it runs; `nil` for the host.
  package var machine: Machine?
  /// Variables added to its environment.
  package var environment: [String: EnvironmentValue]
  /// Its standard input; `nil` for none.
  package var input: EnvironmentValue?

  /// Runs a command.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments, without a shell.
  ///   - machine: where it runs with `--on`. Default: on the host.
  ///   - environment: variables added to its environment; they override the plan's.
  ///   - input: its standard input, for example a ``Secret``. Default: none.
  public init(
    _ argv: String..., on machine: Machine = .host,
    environment: [String: any EnvironmentConvertible] = [:],
    input: (any EnvironmentConvertible)? = nil
  ) {
    self.argv = argv
    // The default is not encoded: plans keep their identity.
    self.machine = machine == .host ? nil : machine
    self.environment = environment.environmentValues
    self.input = input.map { EnvironmentValue($0) }
  }
}

extension Run {
  package var kind: String { "run" }
  package var title: String { "Run \(argv.first ?? "")" }
  package var particulars: [String: String] {
    var particulars = ["argv": argv.joined(separator: " ")]
    particulars["on"] = machine?.rawValue
    return particulars.adding(environment)
  }
  package func highlights(in application: Application) -> [String] {
    [argv.joined(separator: " ")]
  }
  package var traits: StepTraits { [.beside, .keptOnResume] }
  package var variables: [String: EnvironmentValue] { environment }
  package var sent: [EnvironmentValue] { [input].compactMap(\.self) }
  package var texts: [String] { argv }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    let isTorn = machine == .controller && secrets.contains { $0.machine == .host }
    return ValidationIssue.ofArgv(argv, "Run")
      + [
        isTorn
          ? ValidationIssue(
            "Run(…, on: .controller) uses a secret that is read on the host",
            fix: "read it without `from: .host`, or run the command on the host") : nil
      ]
  }
}
