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
/// ended. An exit code other than 0 fails the step. It may take as long as the run; `.timeout`
/// gives it less, and then the container is stopped.
///
/// Two never run at once, and after `kill -9` none is started twice: `bgrun resume` waits for one
/// that still runs, and takes the exit code of one that has ended meanwhile. If it is unknown how
/// the job ended, the run fails, unless the job is repeatable.
public struct Job: BuiltInStep {
  /// The service of the Compose file.
  package var service: String
  /// The command instead of the service's own; empty is that.
  package var argv: [String]
  /// Variables for Compose interpolation, besides those of the plan and of `Up(.target)`.
  package var environment: [String: EnvironmentValue]
  /// Whether `bgrun resume` may run it again if it is unknown how it ended.
  package var isRepeatable: Bool

  /// Runs a service once.
  ///
  /// - Parameters:
  ///   - service: the service of the Compose file. It needs no `profiles:` to be left out
  ///     otherwise, but `docker compose up` starts it without one.
  ///   - argv: a command instead of the service's own; argv, no shell. Default: the service's own.
  ///   - environment: variables for Compose interpolation. Default: those of the plan and of
  ///     `Up(.target)`.
  ///   - repeatable: whether `bgrun resume` may run it again if it is unknown how it ended.
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
