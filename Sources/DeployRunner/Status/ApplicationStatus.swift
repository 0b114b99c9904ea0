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
    public var image: String?
    /// Docker's health status, where the service defines one.
    public var health: String?
    /// When the container was started, as Docker says it.
    public var startedAt: String?
  }

  /// A run, in the words of its journal.
  public struct Run: Sendable, Encodable {
    /// The run's name.
    public var run: String
    /// When it began: UTC, as ISO 8601 has it.
    public var started: String
    /// Who ran it.
    public var user: String
    /// How it ended: an outcome, `running`, `cut off` (it died), `half done` (it failed or was
    /// stopped, and was left so), `damaged` …
    public var outcome: String
    /// Whether taking it back had begun.
    public var isUndoing = false

    /// The outcome as a person would say it.
    public var outcomeForPeople: String {
      RunReport.Outcome(rawValue: outcome)?.text ?? outcome
    }

  }

  /// Why no deploy can begin now, whatever serves: an earlier run was interrupted, or the record of
  /// one cannot be read.
  public struct Obstacle: Sendable, Encodable {
    /// What is in the way.
    public var message: String
    /// The commands that clear it.
    public var fix: String?
    /// The status that a deploy would exit with now: 5, or 6 if a record cannot be read.
    public var exitCode: Int32
  }

  /// The application's name.
  public var application: String
  /// The colour that serves; `nil` if that is not clear.
  public var serving: Color?
  /// Why it is not clear, or what is wrong.
  public var problem: String?
  /// What the proxy answers to the plan's health path.
  public var answer: Int?
  /// The services of both colours, those that the proxy serves before their companions.
  public var services: [Service]
  /// The last run.
  public var lastRun: Run?
  /// Who deploys now, or has forbidden deploys.
  public var lock: String?
  /// Why no deploy can begin now; `nil` if one can, or is under way.
  public var obstacle: Obstacle?

  /// Whether a colour serves and the proxy answers for it.
  public var isHealthy: Bool {
    guard let serving, problem == nil, answer.map({ $0 < 500 }) ?? true else { return false }
    return services.filter { $0.color == serving }
      .allSatisfy { $0.state == "running" && $0.health != "unhealthy" }
  }
}

extension RunReport.Outcome {
  /// The outcome as a person would say it.
  package var text: String {
    switch self {
    case .succeeded: "succeeded"
    case .unfinished: "clean-up unfinished"
    case .failed: "failed"
    case .rolledBack: "rolled back"
    case .rollbackFailed: "rollback failed"
    case .unusable: "unusable"
    case .invalid: "invalid"
    case .locked: "locked"
    case .takenBack: "taken back"
    case .cancelled: "interrupted"
    }
  }
}
