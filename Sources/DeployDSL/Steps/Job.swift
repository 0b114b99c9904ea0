/// Runs a service of the Compose file once, to its end, in the target's version: a migration.
///
/// ```swift
/// Deploy("shop", environment: ["TAG": tag]) {
///   DetectActive()
///   Job("migrate")
///   Up(.target)
///   …
/// }
/// ```
/// A container of its own is started by `docker compose run`, without the services that it depends
/// on, with the environment of `Deploy(environment:)` and of `Up(.target)`, and removed when it has
/// ended. An exit code other than 0 fails the step. It may take as long as the run; `.timeout` gives
/// it less, and then the container is stopped.
///
/// Two never run at once, and after `kill -9` none is started twice: `bgrun resume` waits for one that
/// still runs, and takes the exit code of one that has ended meanwhile. Where nobody knows how it ended
/// the run fails, unless the job is repeatable.
public struct Job: ActionStep, Hashable {
  /// The service of the Compose file.
  public var service: String
  /// The command instead of the service's own; empty is that.
  public var argv: [String]
  /// Variables for Compose interpolation, besides those of the plan and of `Up(.target)`.
  public var environment: [String: EnvironmentValue]
  /// Whether `bgrun resume` may run it again where nobody knows how it ended.
  public var isRepeatable: Bool

  /// Runs a service once.
  ///
  /// - Parameters:
  ///   - service: the service of the Compose file. It needs no `profiles:` to be left out otherwise,
  ///     but `docker compose up` starts it without one.
  ///   - argv: a command instead of the service's own; argv, no shell. Default: the service's own.
  ///   - environment: variables for Compose interpolation. Default: those of the plan and of
  ///     `Up(.target)`.
  ///   - repeatable: whether `bgrun resume` may run it again where nobody knows how it ended.
  ///     Default: no.
  public init(
    _ service: String, _ argv: String..., environment: [String: any EnvironmentConvertible] = [:],
    repeatable: Bool = false
  ) {
    self.service = service
    self.argv = argv
    self.environment = environment.environmentValues
    isRepeatable = repeatable
  }

  /// Explains that a service is needed.
  @available(*, unavailable, message: "say which service: `Job(\"migrate\")`")
  public init() { self.init("") }

  /// `job`.
  public var action: Action { .job(self) }
}
