/// What a node asks of the runner, as data.
public enum Action: Hashable, Sendable, Encodable {
  /// Find the active colour.
  case detectActive(DetectActive)
  /// Pull a service's image.
  case pull(Pull)
  /// Build a service's image.
  case build(Build)
  /// Start a service.
  case up(Up)
  /// Start a service's container as it is.
  case start(Start)
  /// Wait until a service is healthy.
  case health(Health)
  /// Replace and test the site file.
  case swapNginx(SwapNginx)
  /// Reload the proxy and prove it.
  case reload(Reload)
  /// Wait for the proxy's old workers.
  case drain(Drain)
  /// Watch the new version through the proxy.
  case watch(Watch)
  /// Stop a service.
  case stop(Stop)
  /// Remove leftovers.
  case prune(Prune)
  /// Run a local command.
  case run(Run)
  /// Run a command in a container.
  case exec(Exec)
  /// Run a service once.
  case job(Job)
  /// Send an HTTP request.
  case request(Request)
  /// Tell people.
  case notify(Notify)
  /// Ask a person.
  case approve(Approve)
  /// Let time pass.
  case wait(Wait)
  /// Record a line.
  case print(Print)
  /// Run the code of a ``PrimitiveStep``.
  case code(summary: String)
  /// Find out whether the steps of a ``When`` are done.
  case condition(summary: String)
  /// Nothing: where parallel branches meet.
  case join
  /// Nothing: where the branches of a ``When`` meet.
  case meeting

  /// The action's kind, as graph and events name it.
  public var kind: String {
    switch self {
    case .detectActive: "detect-active"
    case .pull: "pull"
    case .build: "build"
    case .up: "up"
    case .start: "start"
    case .health: "health"
    case .swapNginx: "swap-nginx"
    case .reload: "reload"
    case .drain: "drain"
    case .watch: "watch"
    case .stop: "stop"
    case .prune: "prune"
    case .run: "run"
    case .exec: "exec"
    case .job: "job"
    case .wait: "wait"
    case .print: "print"
    case .request: "request"
    case .notify: "notify"
    case .approve: "approve"
    case .code: "code"
    case .condition: "when"
    case .join: "join"
    case .meeting: "meeting"
    }
  }

  /// The step in a few words, for progress and history: `Up target`.
  public var title: String {
    switch self {
    case .detectActive: "DetectActive"
    case .pull(let step): "Pull \(step.role.rawValue)"
    case .build(let step): "Build \(step.role.rawValue)"
    case .up(let step): "Up \(step.role.rawValue)"
    case .start(let step): "Start \(step.role.rawValue)"
    case .health(let step): step.role == .target ? "Health" : "Health \(step.role.rawValue)"
    case .swapNginx: "SwapNginx"
    case .reload: "Reload"
    case .drain: "Drain"
    case .watch(let step): "Watch \(step.time.forPeople)"
    case .stop(let step): "Stop \(step.role.rawValue)"
    case .prune: "Prune"
    case .run(let step): "Run \(step.argv.first ?? "")"
    case .exec(let step): "Exec \(step.argv.first ?? "")"
    case .job(let step): "Job \(step.service)"
    case .wait(let step): "Wait \(step.time.forPeople)"
    case .print: "Print"
    case .request(let step): "\(step.method.rawValue) \(step.place)"
    case .notify: "Notify"
    case .approve: "Approve"
    case .code(let summary): summary
    case .condition(let summary): "When \(summary)"
    case .join: "join"
    case .meeting: "meeting"
    }
  }

  /// The role the action needs bound, if any.
  package var role: Role? {
    switch self {
    case .pull(let step): step.role
    case .build(let step): step.role
    case .up(let step): step.role
    case .start(let step): step.role
    case .health(let step): step.role
    case .stop(let step): step.role
    case .swapNginx, .reload, .drain, .watch: .target
    case .exec(let step): if case .role(let role) = step.place { role } else { nil }
    case .detectActive, .prune, .run, .job, .request, .notify, .approve, .wait, .print, .code,
      .condition, .join, .meeting:
      nil
    }
  }

  /// Whether nothing happens there: branches meet.
  package var isMeetingPoint: Bool { self == .join || self == .meeting }
}

extension Action {
  /// The environment that the action needs for Compose interpolation.
  package var interpolation: [String: EnvironmentValue] {
    switch self {
    case .up(let step): step.environment
    case .build(let step): step.environment
    case .pull(let step): step.environment
    default: [:]
    }
  }
}
