/// Runs a command on this machine, in the project folder.
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
  ///   - environment: variables added to its environment.
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
