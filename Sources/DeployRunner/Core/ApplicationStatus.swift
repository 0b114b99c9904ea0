public import DeployDSL

/// The state of an application: the active colour and its services.
public struct ApplicationStatus: Sendable, Encodable {
  /// One colour's service.
  public struct Service: Sendable, Encodable {
    /// The colour.
    public var color: Color
    /// The service.
    public var service: String
    /// Its Compose project, if it is not the plan's own.
    package var project: String?
    /// How many of its containers are running and how many it should have, if several.
    package var replicas: Replicas?
    /// The container's state as Docker reports it: `running`, `exited` …; `absent` if there is
    /// none.
    public var state: String
    /// How often Docker has restarted the container, if it exits again and again; otherwise `nil`.
    package var restarts: Int?
    /// The container's image.
    package var image: String?
    /// The version that the container runs.
    package var version: Version?
    /// Docker's health status, where the service defines one.
    public var health: String?
    /// When the container was started, as Docker reports it.
    package var startedAt: String?
    /// The nodes of the Swarm that its tasks are on; `nil` outside of one, or without tasks.
    package var nodes: [Node]?

    /// The service, with its project if it is not the plan's own.
    package var title: String { "\(ServiceID(service, in: project))" }
  }

  /// A service's tasks on one node of a Swarm.
  package struct Node: Sendable, Hashable, Encodable {
    /// The node's name.
    package var name: String
    /// How many of its tasks there are running.
    package var running: Int
    /// How many there are not running yet, or no longer.
    package var others: Int
  }

  /// The containers of a service that has several.
  package struct Replicas: Sendable, Hashable, Encodable {
    /// How many are running.
    package var running: Int
    /// How many it should have.
    package var wanted: Int
  }

  /// What running `docker compose up -d` manually would do to a service.
  package struct NextUp: Sendable, Hashable, Encodable {
    /// The change.
    package enum Change: String, Sendable, Encodable {
      /// Its container is replaced: its clients get errors meanwhile.
      case recreate
      /// It is started next to the active colour.
      case start
      /// Its stopped container, to which a rollback goes, is replaced, and the new one is started.
      case replace
    }
    /// The service.
    package var service: String
    /// The change.
    package var change: Change
    /// The current container's image; `nil` if there is no container.
    package var image: String?
    /// The image in the Compose file without the plan's variables; `nil` if there is none.
    package var nextImage: String?
  }

  /// A previous version that a run has kept running for requests from before its switch.
  package struct Kept: Sendable, Hashable, Encodable {
    /// The service.
    package var service: String
    /// Since when, as ISO 8601 in UTC.
    package var since: String
    /// How many old nginx workers still serve such requests; with none left it can be stopped.
    package var oldWorkers: Int
  }

  /// A run, according to its journal.
  package struct Run: Sendable, Encodable {
    /// The run's ID.
    package var run: String
    /// When it began, as ISO 8601 in UTC.
    package var started: String
    /// Who ran it.
    package var user: String
    /// How it ended, or that it has not ended.
    package var outcome: RunStatus
    /// Whether its rollback had begun.
    package var isUndoing = false
    /// Its purpose; `nil` if an earlier version of bgrun ran it.
    package var purpose: RunPurpose?
    /// Its versions; `nil` if it did not end.
    package var versions: VersionChange?
  }

  /// Why no deploy can start now: an earlier run was interrupted, or its journal cannot be read.
  package struct Obstacle: Sendable, Encodable {
    /// The reason.
    package var message: String
    /// The commands that clear it.
    package var fix: String?
    /// The exit code that a deploy would return now: 5, or 6 if a journal cannot be read.
    package var exitCode: Int32
  }

  /// The application's name.
  package var application: String
  /// The active colour; `nil` if unknown.
  public var serving: Color?
  /// Why the active colour is unknown, or what is wrong.
  public var problem: String?
  /// The proxy's HTTP status for the plan's health path.
  package var answer: Int?
  /// The services of both colours, each followed by its workers.
  public var services: [Service]
  /// The previous version's services that a run has kept running.
  package var kept: [Kept] = []
  /// What running `docker compose up -d` manually would change now.
  package var nextUp: [NextUp] = []
  /// The last run.
  package var lastRun: Run?
  /// Who is deploying now, or has locked deploys.
  package var lock: String?
  /// Why no deploy can start now; `nil` if one can, or is running.
  package var obstacle: Obstacle?

  /// Whether a colour is active and healthy, does not exit again and again, and the proxy answers.
  public var isHealthy: Bool {
    guard let serving, problem == nil, answer.map({ $0 < 500 }) ?? true else { return false }
    return services.filter { $0.color == serving }
      .allSatisfy {
        $0.state == "running" && $0.restarts == nil && $0.health != "unhealthy"
          && $0.replicas.map { $0.running >= $0.wanted } ?? true
      }
  }
}

extension ApplicationStatus.NextUp: CustomStringConvertible {
  /// The change: `recreate web-green (image app:12.4 → app:12.3)`.
  package var description: String {
    let next = nextImage ?? "a new build"
    switch change {
    case .start: return "start \(service) (image \(next))"
    case .replace:
      let what =
        image == nextImage ? "with different settings" : "image \(image ?? "?") → \(next)"
      return "start \(service) in a new container (\(what)), to whose old one `bgrun rollback` "
        + "goes now"
    case .recreate where image == nextImage: return "recreate \(service) with different settings"
    case .recreate: return "recreate \(service) (image \(image ?? "?") → \(next))"
    }
  }
}

extension [ApplicationStatus.NextUp] {
  /// The warning about these changes, with its fix.
  package func warning(of graph: StepGraph) -> String {
    "\(consequence(of: graph)): \(cure(of: graph))"
  }

  /// What happens, and why.
  package func consequence(of graph: StepGraph) -> String {
    let names = graph.unrecorded.keys.sorted()
    let because =
      names.isEmpty
      ? "" : ", because only the plan sets \(names.joined(separator: ", "))"
    return "the next `docker compose up -d` would "
      + map(\.description).joined(separator: " and ") + because
  }

  /// How to prevent it.
  package func cure(of graph: StepGraph) -> String {
    let (values, application) = (graph.unrecorded, graph.application)
    let services = Color.allCases.flatMap(application.serviceIDs).text
    let record = values.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    let profiles =
      "set `profiles: [\"colours\"]` for \(services) in the Compose file, so that it ignores them"
    // A secret is never written down.
    let isRecordable = !values.isEmpty && values.values.allSatisfy(\.secrets.isEmpty)
    return profiles
      + (isRecordable
        ? ", or put `Record(\(record), in: \".env\")` after Reload() in the plan" : "")
  }
}
