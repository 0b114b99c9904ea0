/// Runs a command on this machine, in the project folder.
///
/// It finds the environment of `Deploy(environment:)` and of `Up(.target)`, and the project of
/// `Deploy(compose:project:)`: `docker compose` means the target's version there. Where the branches
/// of a `When` start different versions, a command outside of them gets none. For a one-off service
/// use ``Job``, which `docker compose run` here would leave running when its time is up.
public struct Run: BuiltInStep {
  /// The program and its arguments.
  package var argv: [String]
  /// Variables added to its environment.
  package var environment: [String: EnvironmentValue]
  /// What it reads from standard input; `nil` is nothing.
  package var input: EnvironmentValue?

  /// Runs a command.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments, passed as they are: there is no shell.
  ///   - environment: variables added to its environment; they count more than the plan's.
  ///   - input: what it reads from standard input, for example a ``Secret``. Default: nothing.
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
