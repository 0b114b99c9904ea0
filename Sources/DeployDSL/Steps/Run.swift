/// Runs a command on this machine, in the project folder.
///
/// It finds the environment of `Deploy(environment:)` and of `Up(.target)`, and the project of
/// `Deploy(compose:project:)`: `docker compose` means the target's version there. Where the branches
/// of a `When` start different versions, a command outside of them gets none. For a one-off service
/// use ``Job``, which `docker compose run` here would leave running when its time is up.
public struct Run: ActionStep, Hashable {
  /// The program and its arguments.
  public var argv: [String]
  /// Variables added to its environment.
  public var environment: [String: EnvironmentValue]
  /// What it reads from standard input; `nil` is nothing.
  public var input: EnvironmentValue?

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
    self.input = input?.environmentValue
  }

  /// `run`.
  public var action: Action { .run(self) }
}
