/// What a node asks of the runner, as data.
public enum Action: Hashable, Sendable {
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
  /// Let time pass.
  case wait(Wait)
  /// Record a line.
  case print(Print)
  /// Run the code of a ``PrimitiveStep``.
  case code(summary: String)
  /// Nothing: where parallel branches meet.
  case join

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
    case .wait: "wait"
    case .print: "print"
    case .code: "code"
    case .join: "join"
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
    case .wait(let step): "Wait \(step.time.forPeople)"
    case .print: "Print"
    case .code(let summary): summary
    case .join: "join"
    }
  }

  /// The action's particulars as texts, for graph and JSON.
  public var arguments: [String: String] {
    switch self {
    case .detectActive, .swapNginx, .code, .join: [:]
    case .start(let step): ["role": step.role.rawValue]
    case .pull(let step): ["role": step.role.rawValue].adding(step.environment)
    case .build(let step):
      ["role": step.role.rawValue].adding(step.environment).adding(step.arguments, as: "argument")
    case .up(let step):
      ["role": step.role.rawValue, "build": "\(step.build)"].adding(step.environment)
    case .health(let step):
      [
        "role": step.role.rawValue, "check": step.check.summary, "route": step.route.rawValue,
        "retries": "\(step.retries)", "every": step.every.forPeople,
        "probeTimeout": step.probeTimeout.forPeople, "successes": "\(step.successes)",
      ]
    case .reload(let step): ["within": step.within.forPeople]
    case .drain(let step):
      ["upTo": step.upTo.forPeople, "atDeadline": step.atDeadline.rawValue]
    case .watch(let step):
      [
        "for": step.time.forPeople, "every": step.every.forPeople,
        "failures": "\(step.failures) of \(step.window)", "check": step.check.summary,
        "probeTimeout": step.probeTimeout.forPeople,
      ]
    case .stop(let step): ["role": step.role.rawValue, "grace": step.grace.forPeople]
    case .prune(let step): ["images": "\(step.images)", "networks": "\(step.networks)"]
    case .run(let step):
      ["argv": step.argv.joined(separator: " ")].adding(step.environment)
    case .exec(let step):
      ["argv": step.argv.joined(separator: " "), "in": step.place.summary]
    case .wait(let step): ["time": step.time.forPeople]
    case .print(let step): ["message": step.message]
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
    case .detectActive, .prune, .run, .wait, .print, .code, .join: nil
    }
  }
}

extension [String: String] {
  fileprivate func adding(
    _ environment: [String: EnvironmentValue], as prefix: String = "environment"
  ) -> [String: String] {
    var copy = self
    for (name, value) in environment { copy["\(prefix).\(name)"] = value.description }
    return copy
  }
}

extension Health.Check {
  /// The question in a few words.
  package var summary: String {
    switch self {
    case .automatic: "automatic"
    case .http(let path, let status, let body):
      "GET \(path ?? "(plan's path)") \(status.lowerBound)-\(status.upperBound)"
        + (body.map { " containing \"\($0)\"" } ?? "")
    case .tcp(let port): "TCP \(port.map(String.init) ?? "(plan's port)")"
    case .command(let argv): "command \(argv.joined(separator: " "))"
    case .docker: "Docker's health status"
    }
  }
}

extension Watch {
  /// The question, as a gate would ask it.
  package var check: Health.Check { .http(path: path, status: status, body: body) }
}

extension Exec.Place {
  fileprivate var summary: String {
    switch self {
    case .role(let role): role.rawValue
    case .service(let name): name
    }
  }
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
