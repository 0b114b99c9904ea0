/// Runs a command on this machine, in the project folder.
///
/// It has the environment of `Deploy(environment:)` and `Up(.target)`, and the project of
/// `Deploy(compose:project:)`, so `docker compose` uses the target's version. If the branches of a
/// `When` start different versions, a command outside of them gets none. For a one-off service use
/// ``Job``: `docker compose run` in this step would keep running after a timeout.
public struct Run: BuiltInStep {
  /// The program and its arguments.
  package var argv: [String]
  /// Variables added to its environment.
  package var environment: [String: EnvironmentValue]
  /// Its standard input; `nil` for none.
  package var input: EnvironmentValue?

  /// Runs a command.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments, without a shell.
  ///   - environment: variables added to its environment; they override the plan's.
  ///   - input: its standard input, for example a ``Secret``. Default: none.
  public init(
    _ argv: String..., environment: [String: any EnvironmentConvertible] = [:],
    input: (any EnvironmentConvertible)? = nil
  ) {
    self.argv = argv
    self.environment = environment.environmentValues
    self.input = input.map { EnvironmentValue($0) }
  }
}

extension Run {
  package var kind: String { "run" }
  package var title: String { "Run \(argv.first ?? "")" }
  package var particulars: [String: String] {
    ["argv": argv.joined(separator: " ")].adding(environment)
  }
  package var traits: StepTraits { [.beside, .keptOnResume] }
  package var variables: [String: EnvironmentValue] { environment }
  package var sent: [EnvironmentValue] { [input].compactMap(\.self) }
  package var texts: [String] { argv }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    ValidationIssue.ofArgv(argv, "Run")
  }
}
