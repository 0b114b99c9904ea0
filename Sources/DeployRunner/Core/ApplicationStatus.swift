public import DeployDSL

/// How an application is: which colour serves, and how both are.
public struct ApplicationStatus: Sendable, Encodable {
  /// One colour's service.
  public struct Service: Sendable, Encodable {
    /// The colour.
    public var color: Color
    /// The service.
    public var service: String
    /// The container's state as Docker says it: `running`, `exited` …; `absent` if there is none.
    public var state: String
    /// The image that the container was made of.
    package var image: String?
    /// Docker's health status, where the service defines one.
    public var health: String?
    /// When the container was started, as Docker says it.
    package var startedAt: String?
  }

  /// What the next `docker compose up -d`, typed by a person, would do to a service.
  package struct NextUp: Sendable, Hashable, Encodable {
    /// What would be done.
    package enum Change: String, Sendable, Encodable {
      /// Its container is replaced by another one: whoever it serves gets errors meanwhile.
      case recreate
      /// It is started beside what serves.
      case start
    }
    /// The service.
    package var service: String
    /// What would be done.
    package var change: Change
    /// The image of the container that there is; `nil` if there is none.
    package var image: String?
    /// The image that the Compose file names without the plan's variables; `nil` if it names none.
    package var nextImage: String?
  }

  /// A run, in the words of its journal.
  package struct Run: Sendable, Encodable {
    /// The run's name.
    package var run: String
    /// When it began: UTC, as ISO 8601 has it.
    package var started: String
    /// Who ran it.
    package var user: String
    /// How it ended, or that it has not.
    package var outcome: RunStatus
    /// Whether taking it back had begun.
    package var isUndoing = false
  }

  /// Why no deploy can begin now, whatever serves: an earlier run was interrupted, or the record of
  /// one cannot be read.
  package struct Obstacle: Sendable, Encodable {
    /// What is in the way.
    package var message: String
    /// The commands that clear it.
    package var fix: String?
    /// The status that a deploy would exit with now: 5, or 6 if a record cannot be read.
    package var exitCode: Int32
  }

  /// The application's name.
  package var application: String
  /// The colour that serves; `nil` if that is not clear.
  public var serving: Color?
  /// Why it is not clear, or what is wrong.
  public var problem: String?
  /// What the proxy answers to the plan's health path.
  package var answer: Int?
  /// The services of both colours, those that the proxy serves before their workers.
  public var services: [Service]
  /// What the next `docker compose up -d` would change, if a person typed it now.
  package var nextUp: [NextUp] = []
  /// The last run.
  package var lastRun: Run?
  /// Who deploys now, or has forbidden deploys.
  package var lock: String?
  /// Why no deploy can begin now; `nil` if one can, or is under way.
  package var obstacle: Obstacle?

  /// Whether a colour serves and the proxy answers for it.
  public var isHealthy: Bool {
    guard let serving, problem == nil, answer.map({ $0 < 500 }) ?? true else { return false }
    return services.filter { $0.color == serving }
      .allSatisfy { $0.state == "running" && $0.health != "unhealthy" }
  }
}

extension ApplicationStatus.NextUp: CustomStringConvertible {
  /// What would be done: `recreate web-green (image app:12.4 → app:12.3)`.
  package var description: String {
    let next = nextImage ?? "a new build"
    switch change {
    case .start: return "start \(service) (image \(next))"
    case .recreate where image == nextImage: return "recreate \(service) with other settings"
    case .recreate: return "recreate \(service) (image \(image ?? "?") → \(next))"
    }
  }
}

extension [ApplicationStatus.NextUp] {
  /// What people should know of it, and what helps.
  package func warning(of variables: Set<String>, in application: Application) -> String {
    let names = variables.sorted()
    let services = Color.allCases.flatMap(application.services).joined(separator: ", ")
    let because =
      names.isEmpty
      ? "" : ", because only the plan sets \(names.joined(separator: ", "))"
    let record = names.map { "\"\($0)\"" }.joined(separator: ", ")
    let profiles =
      ": write `profiles: [\"colours\"]` at \(services) in the Compose file, so that it leaves them alone"
    let orRecord =
      names.isEmpty
      ? "" : ", or put `Record(\(record), in: \".env\")` after Reload() in the plan"
    return "the next `docker compose up -d` would "
      + map(\.description).joined(separator: " and ") + because + profiles + orRecord
  }
}
