/// Runs a command on this machine, in the project folder.
public struct Run: ActionStep, Hashable {
  /// The program and its arguments.
  public var argv: [String]
  /// Variables added to its environment.
  public var environment: [String: EnvironmentValue]

  /// Runs a command.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments, passed as they are: there is no shell.
  ///   - environment: variables added to its environment.
  public init(_ argv: String..., environment: [String: any EnvironmentConvertible] = [:]) {
    self.argv = argv
    self.environment = environment.mapValues(\.environmentValue)
  }

  /// `run`.
  public var action: Action { .run(self) }
}
