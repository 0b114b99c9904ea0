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
/// `docker compose run` starts a new container, without the services that it depends on, with the
/// environment of `Deploy(environment:)` and `Up(.target)`, and removes it at the end. An exit code
/// other than 0 fails the step. It may take as long as the run; `.timeout` shortens that, and stops
/// the container.
///
/// A job never runs twice at once, and is not started again after `kill -9`: `bgrun resume` waits
/// for one that still runs, and uses the exit code of one that has ended. If its result is unknown,
/// the run fails, unless the job is repeatable.
public struct Job: BuiltInStep {
  /// The service of the Compose file.
  package var service: String
  /// The command that replaces the service's own; empty for the service's own.
  package var argv: [String]
  /// Variables for Compose interpolation, in addition to those of the plan and `Up(.target)`.
  package var environment: [String: EnvironmentValue]
  /// Whether `bgrun resume` may run it again if its result is unknown.
  package var isRepeatable: Bool

  /// Runs a service once.
  ///
  /// - Parameters:
  ///   - service: the service of the Compose file. Give it `profiles:` to keep `docker compose up`
  ///     from starting it; bgrun does not need them.
  ///   - argv: the program and its arguments, without a shell, to replace the service's own
  ///     command. Default: the service's own.
  ///   - environment: variables for Compose interpolation. Default: those of the plan and of
  ///     `Up(.target)`.
  ///   - repeatable: whether `bgrun resume` may run it again if its result is unknown. Default: no.
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
  @available(*, unavailable, message: "name the service: `Job(\"migrate\")`")
  public init() { self.init("") }
}

extension Job {
  package var kind: String { "job" }
  package var title: String { "Job \(service)" }
  package var particulars: [String: String] {
    [
      "service": service, "argv": argv.joined(separator: " "), "repeatable": "\(isRepeatable)",
    ].adding(environment)
  }
  package func highlights(in application: Application) -> [String] {
    argv.isEmpty ? [] : [argv.joined(separator: " ")]
  }
  package var traits: StepTraits { [.beside, .needsEngine, .takesLong, .keptOnResume] }
  package var variables: [String: EnvironmentValue] { environment }
  package var texts: [String] { argv }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    var issues = [ValidationIssue.ofService(service)]
    if !argv.isEmpty { issues += ValidationIssue.ofArgv(argv, "Job") }
    let open = graph.nodes.filter(\.step.saysVersion).version(under: node.guards).open
    guard let name = open.first(where: { environment[$0] == nil }) else { return issues }
    return issues + [
      ValidationIssue(
        "Job \(service.escaped) cannot know \(name.escaped): steps of different branches set it "
          + "to different values",
        fix:
          "put it into the branches, or set it: environment: [\"\(name.escaped)\": …]")
    ]
  }
}
