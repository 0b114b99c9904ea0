/// The checks of a node's own numbers, texts and times.
extension GraphValidator {
  mutating func checkValues(_ node: Node) {
    let place = node.location
    let title = node.action.title
    if node.policies.retries < 0 {
      report("\(node.policies.retries) retries of \(title)", fix: "give 0 or more", at: place)
    }
    checkPositive(node.policies.timeout, "the timeout of \(title)", at: place)
    checkPositive(node.policies.attemptTimeout, "the timeout per attempt of \(title)", at: place)
    checkNotNegative(node.policies.backoff.first, "the backoff of \(title)", at: place)
    switch node.action {
    case .health(let step): checkHealth(step, at: place)
    case .reload(let step):
      checkPositive(step.within, "Reload's within", at: place)
      checkNotNegative(step.drain, "Reload's drain", at: place)
    case .stop(let step): checkNotNegative(step.grace, "Stop's grace", at: place)
    case .wait(let step): checkNotNegative(step.time, "Wait's time", at: place)
    case .run(let step): checkArgv(step.argv, "Run", at: place)
    case .exec(let step):
      checkArgv(step.argv, "Exec", at: place)
      if case .service(let name) = step.place, !name.isServiceName {
        report(
          "\"\(name.escaped)\" is no service name", fix: "name a service of the Compose file",
          at: place)
      }
    default: break
    }
    checkEnvironment(of: node)
  }

  private mutating func checkHealth(_ step: Health, at place: SourceLocation) {
    if step.retries < 1 {
      report("Health with \(step.retries) retries never probes", fix: "give 1 or more", at: place)
    }
    if step.successes < 1 || step.successes > max(step.retries, 1) {
      report(
        "Health cannot have \(step.successes) successes in \(step.retries) attempts",
        fix: "give 1 or more, and no more than retries", at: place)
    }
    checkPositive(step.every, "Health's every", at: place)
    checkPositive(step.probeTimeout, "Health's probeTimeout", at: place)
    switch step.check {
    case .http(let path?, _, _) where !path.hasPrefix("/"):
      report(
        "the health path \"\(path)\" does not begin with '/'", fix: "write \"/\(path)\"", at: place)
    case .tcp(let port?) where !(1...65535).contains(port):
      report("port \(port) is no port", fix: "give one from 1 to 65535", at: place)
    case .tcp where step.route == .exec || step.route == .proxy:
      report(
        "a TCP check cannot go by .\(step.route.rawValue)",
        fix: "use .publishedPort, or a .command check", at: place)
    case .command(let argv): checkArgv(argv, "the health command", at: place)
    default: break
    }
  }

  private mutating func checkArgv(_ argv: [String], _ what: String, at place: SourceLocation) {
    guard let program = argv.first, !program.isEmpty else {
      report("\(what) has no command", fix: "name a program and its arguments", at: place)
      return
    }
    if argv.count == 1, program.contains(" "), !program.contains("/ ") {
      let words = program.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ", ")
      report(
        "\(what) takes a program and its arguments apart, there is no shell to split \"\(program)\"",
        fix: "write \(words)", at: place)
    }
    if argv.contains(where: { $0.utf8.contains(0) }) {
      report("\(what) contains a zero byte", fix: "remove it", at: place)
    }
  }

  private mutating func checkEnvironment(of node: Node) {
    let environment: [String: EnvironmentValue] =
      switch node.action {
      case .up(let step): step.environment
      case .build(let step): step.environment.merging(step.arguments) { $1 }
      case .pull(let step): step.environment
      case .run(let step): step.environment
      default: [:]
      }
    for name in environment.keys.sorted() where !name.isVariableName {
      report(
        "\"\(name.escaped)\" is no name for an environment variable",
        fix: "use letters, digits and '_', not beginning with a digit", at: node.location)
    }
  }

  mutating func checkPositive(
    _ time: Duration?, _ what: String, at place: SourceLocation
  ) {
    guard let time, time <= .zero else { return }
    report("\(what) is \(time.forPeople)", fix: "give a time above 0", at: place)
  }

  private mutating func checkNotNegative(
    _ time: Duration, _ what: String, at place: SourceLocation
  ) {
    guard time < .zero else { return }
    report("\(what) is negative", fix: "give 0 or more", at: place)
  }
}
