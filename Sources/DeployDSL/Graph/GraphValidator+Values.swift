/// The checks of a node's own numbers, texts and times.
extension GraphValidator {
  mutating func checkValues(_ node: Node) {
    let place = node.location
    switch node.action {
    case .health(let step): checkHealth(step, at: place)
    case .reload(let step):
      report(ValidationIssue.unlessPositive(step.within, "Reload's within"), at: place)
    case .drain(let step): report(ValidationIssue.ifNegative(step.upTo, "Drain's upTo"), at: place)
    case .watch(let step): checkWatch(step, at: place)
    case .stop(let step):
      report(ValidationIssue.ifNegative(step.grace ?? .zero, "Stop's grace"), at: place)
    case .wait(let step): report(ValidationIssue.ifNegative(step.time, "Wait's time"), at: place)
    case .run(let step): checkArgv(step.argv, "Run", at: place)
    case .exec(let step):
      checkArgv(step.argv, "Exec", at: place)
      if case .service(let name) = step.place, !name.isServiceName {
        report(
          "\"\(name.escaped)\" is no service name", fix: "name a service of the Compose file",
          at: place)
      }
    case .job(let step): checkJob(step, under: node.guards, at: place)
    case .request(let step): checkRequest(step, at: place)
    case .notify(let step): checkNotify(step, at: place)
    case .record(let step): checkRecord(step, at: place)
    case .approve(let step) where step.question.allSatisfy(\.isWhitespace):
      report("Approve asks nothing", fix: "say what a yes means", at: place)
    default: break
    }
    checkCondition(of: node)
    checkRetry(around: node)
    checkTimeout(of: node)
    for mistake in ValidationIssue.ofEnvironment(node.action.environment) {
      report(mistake, at: place)
    }
    checkSecrets(of: node)
  }

  /// A step that takes a time by its own account cannot be ended before.
  private mutating func checkTimeout(of node: Node) {
    let (what, needed): (String, Duration) =
      switch node.action {
      case .wait(let step): ("it waits", step.time)
      case .stop(let step): ("its grace is", step.grace ?? Stop.usualGrace)
      case .reload(let step): ("its within is", step.within)
      case .drain(let step): ("it drains up to", step.upTo)
      case .watch(let step): ("it watches for", step.time)
      case .request(let step): ("its within is", step.within)
      default: ("", .zero)
      }
    let around = node.scopes.map { graph.scopes[$0].timeout }
    let limits = ([node.policies.timeout, node.policies.attemptTimeout] + around).compactMap(\.self)
    guard let limit = limits.filter({ $0 > .zero }).min(), limit < needed else { return }
    report(
      "\(node.action.title) may take \(limit.forPeople), but \(what) \(needed.forPeople)",
      fix: "give a longer timeout, or none", at: node.location)
  }

  private mutating func checkHealth(_ step: Health, at place: SourceLocation) {
    let retries = ValidationIssue.ofRetries(
      step.retries, atLeast: 1, "Health with \(step.retries) retries never probes")
    report(retries, at: place)
    if step.successes < 1 || (step.retries > 0 && step.successes > step.retries) {
      report(
        "Health cannot have \(step.successes) successes in \(step.retries) attempts",
        fix: "give 1 or more, and no more than retries", at: place)
    }
    report(ValidationIssue.unlessPositive(step.every, "Health's every"), at: place)
    report(ValidationIssue.unlessPositive(step.probeTimeout, "Health's probeTimeout"), at: place)
    switch step.check {
    case .http(let path, let status, _): checkHTTP(path, status, at: place)
    case .tcp(let port?) where !(1...65535).contains(port):
      report("port \(port) is no port", fix: "give one from 1 to 65535", at: place)
    case .command(let argv): checkArgv(argv, "the health command", at: place)
    default: break
    }
    checkRoute(step, at: place)
  }

  mutating func checkHTTP(
    _ path: String?, _ status: ClosedRange<Int>, at place: SourceLocation
  ) {
    if let path { report(ValidationIssue.ofHealthPath(path) { "\"\($0)\"" }, at: place) }
    if status.lowerBound < 100 || status.upperBound > 599 {
      report("no HTTP status is \(status.text)", fix: "give one from 100 to 599", at: place)
    }
  }

  private mutating func checkWatch(_ step: Watch, at place: SourceLocation) {
    report(ValidationIssue.unlessPositive(step.time, "Watch's time"), at: place)
    report(ValidationIssue.unlessPositive(step.every, "Watch's every"), at: place)
    report(ValidationIssue.unlessPositive(step.probeTimeout, "Watch's probeTimeout"), at: place)
    if step.failures < 1 || step.failures > step.window {
      report(
        "Watch cannot fail after \(step.failures) of \(step.window) bad answers",
        fix: "give failures: 1 or more, and no more than of:", at: place)
    }
    checkHTTP(step.path, step.status, at: place)
  }

  private mutating func checkRoute(_ step: Health, at place: SourceLocation) {
    switch (step.check, step.route) {
    case (.tcp, .exec), (.tcp, .proxy):
      report(
        "a TCP check cannot go by .\(step.route.rawValue)",
        fix: "use .publishedPort, or a .command check", at: place)
    case (.docker, .exec), (.docker, .proxy), (.docker, .publishedPort):
      report(
        "Docker's own health status does not go by .\(step.route.rawValue)",
        fix: "leave out via:", at: place)
    case (.command, .proxy), (.command, .publishedPort):
      report(
        "a command check runs in the container, it does not go by .\(step.route.rawValue)",
        fix: "leave out via:", at: place)
    default: break
    }
  }

  private mutating func checkJob(_ step: Job, under guards: [Guard], at place: SourceLocation) {
    if !step.service.isServiceName {
      report(
        "\"\(step.service.escaped)\" is no service name", fix: "name a service of the Compose file",
        at: place)
    }
    if !step.argv.isEmpty { checkArgv(step.argv, "Job", at: place) }
    let open = graph.nodes.filter(\.action.saysVersion).version(under: guards).open
    guard let name = open.first(where: { step.environment[$0] == nil }) else { return }
    report(
      "Job \(step.service.escaped) cannot know \(name.escaped): steps of different branches set it "
        + "to different values",
      fix: "put it into the branches, or say it: environment: [\"\(name.escaped)\": …]", at: place)
  }

  private mutating func checkRecord(_ step: Record, at place: SourceLocation) {
    if step.names.isEmpty || step.file.isEmpty {
      report(
        "Record names no \(step.file.isEmpty ? "file" : "variable")",
        fix: "write Record(\"IMAGE_TAG\", in: \".env\")", at: place)
    }
    let given = graph.nodes.reduce(into: graph.application.environment) {
      $0.merge($1.action.interpolation) { $1 }
    }
    for name in step.names {
      guard let value = given[name] else {
        report(
          "Record writes \(name.escaped) down, but the plan gives it no value",
          fix: "give it one: Up(.target, environment: [\"\(name.escaped)\": …])", at: place)
        continue
      }
      if case .text(let text) = value {
        guard text.escaped != text || text.contains("'") else { continue }
        report(
          "the value of \(name) contains a quotation mark or a control character, which Record "
            + "cannot write down", fix: "leave it out", at: place)
      } else {
        report(
          "\(name) is a secret, and what Record writes can be read by whoever reads \(step.file)",
          fix: "leave it out", at: place)
      }
    }
  }

  mutating func checkArgv(_ argv: [String], _ what: String, at place: SourceLocation) {
    guard let program = argv.first, !program.isEmpty else {
      report("\(what) has no command", fix: "name a program and its arguments", at: place)
      return
    }
    if argv.count == 1, program.contains(" "), !program.contains("/ ") {
      let words = program.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ", ")
      report(
        "\(what) takes a program and its arguments apart, "
          + "there is no shell to split \"\(program.escaped)\"",
        fix: "write \(words.escaped)", at: place)
    }
    if argv.contains(where: { $0.utf8.contains(0) }) {
      report("\(what) contains a zero byte", fix: "remove it", at: place)
    }
  }
}

extension ClosedRange<Int> {
  /// `200`, or `200...399`.
  fileprivate var text: String {
    lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound)...\(upperBound)"
  }
}
