/// The checks of what a Swarm cannot do.
extension GraphValidator {
  mutating func checkSwarm() {
    let application = graph.application
    guard let swarm = application.swarm else { return }
    if !swarm.stack.isProjectName {
      report(
        "\"\(swarm.stack.escaped)\" is not a valid stack name",
        fix: "use lower-case letters, digits, '_' and '-', beginning with a letter or digit",
        at: graph.location)
    } else if application.projectName != swarm.stack {
      report(
        "the stack is \"\(swarm.stack)\", but project: is "
          + "\"\(application.projectName?.escaped ?? "")\": the stack is the project",
        fix: "leave out project:", at: graph.location)
    }
    for node in swarm.proxies where !Self.isNode(node) {
      report(
        "\"\(node.escaped)\" is not a node that OpenSSH can reach",
        fix: "write [USER@]HOST, or localhost for the manager itself", at: graph.location)
    }
    if Set(swarm.proxies).count < swarm.proxies.count {
      report(
        "a node is named twice in proxies:", fix: "name each node once", at: graph.location)
    }
    if application.proxy.service == nil {
      report(
        "on a Swarm the proxy must be a service of the stack, not \(application.proxy)",
        fix: "run nginx as a service of the stack with `mode: host` ports, and name it: "
          + "Deploy(…, proxy: \"proxy\")", at: graph.location)
    }
    if let name = application.projects.keys.min() {
      report(
        "a Swarm has one project, the stack \"\(swarm.stack)\", but a service is in the project "
          + "\"\(name.escaped)\"", fix: "make it a service of the stack", at: graph.location)
    }
  }

  private static func isNode(_ text: String) -> Bool {
    !text.isEmpty && !text.hasPrefix("-") && !text.hasSuffix("@")
      && text.utf8.allSatisfy { byte in
        byte.isLetterOrDigit || "@._-[]:".utf8.contains(byte)
      }
  }

  /// The issue of a step that needs a service's container on this machine.
  func swarmIssue(of node: Node) -> ValidationIssue? {
    guard graph.application.swarm != nil else { return nil }
    switch node.step {
    case is Build: return Self.unbuilt("Build")
    case let step as Up where step.build: return Self.unbuilt("Up(build: true)")
    case is Job:
      return ValidationIssue(
        "Job runs a Compose service, which a Swarm does not have",
        fix: "run it before the deploy, or by a script of your own: Run(\"…\")")
    case is Exec:
      return ValidationIssue(
        "Exec runs a program in a container of this machine, but the Swarm chooses a task's node",
        fix: "run a script that finds the node: Run(\"…\")")
    case let step as Stop where step.grace != nil:
      return ValidationIssue(
        "Stop's grace has no effect on a Swarm",
        fix: "set `stop_grace_period` of the service in the Compose file")
    case let step as Health where step.route == .exec:
      return ValidationIssue(
        "Health(…, via: .exec) needs the container on this machine, but the Swarm chooses its node",
        fix: "leave out via:, so that it is checked from the proxy")
    case let step as Health:
      guard case .command = step.check.question else { return nil }
      return ValidationIssue(
        "Health(.command(…)) needs the container on this machine, but the Swarm chooses its node",
        fix: "write it as `healthcheck:` in the Compose file: a task runs only when it passes")
    default: return nil
    }
  }

  private static func unbuilt(_ what: String) -> ValidationIssue {
    ValidationIssue(
      "\(what) makes an image that the other nodes of the Swarm do not have",
      fix: "push the image to a registry before the deploy")
  }
}
