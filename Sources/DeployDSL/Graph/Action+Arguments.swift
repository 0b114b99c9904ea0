extension Action {
  /// The action's particulars as texts, for graph and JSON.
  public var arguments: [String: String] {
    switch self {
    case .detectActive, .swapNginx, .code, .join, .meeting: [:]
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
    case .stop(let step):
      ["role": step.role.rawValue, "grace": step.grace?.forPeople].compactMapValues(\.self)
    case .prune(let step): ["images": "\(step.images)", "networks": "\(step.networks)"]
    case .record(let step): ["names": step.names.joined(separator: " "), "file": step.file]
    case .run(let step):
      ["argv": step.argv.joined(separator: " ")].adding(step.environment)
    case .exec(let step):
      ["argv": step.argv.joined(separator: " "), "in": step.place.summary]
    case .job(let step):
      [
        "service": step.service, "argv": step.argv.joined(separator: " "),
        "repeatable": "\(step.isRepeatable)",
      ].adding(step.environment)
    case .request(let step): step.particulars
    case .notify(let step): step.particulars
    case .approve(let step): ["question": step.question]
    case .condition(let summary): ["condition": summary]
    case .wait(let step): ["time": step.time.forPeople]
    case .print(let step): ["message": step.message]
    }
  }
}

extension [String: String] {
  func adding(
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
