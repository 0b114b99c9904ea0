import DeployDSL

/// The plan that `bgrun init` writes.
struct PlanTemplate {
  let application: PlannedApplication

  /// The text of the plan's file.
  var text: String {
    """
    import DeployDSL

    \(declaration)\(head) {
    \(steps.map { "  \($0)\n" }.joined())}

    """
  }

  private var declaration: String {
    guard let version = application.version else { return "" }
    return """
      let \(version.parameter) = Parameter(required: \(version.parameter.quoted))


      """
  }

  /// The call, with what differs from the defaults.
  private var head: String {
    let pair = application.pair
    var arguments = [application.name.quoted]
    if let projects = application.projects {
      arguments += Color.allCases.map {
        "\($0): " + projects.text(of: $0 == .blue ? pair.blue : pair.green, $0)
      }
    } else if pair.blue != "\(application.name)-blue" || pair.green != "\(application.name)-green" {
      arguments.append("blue: \(pair.blue.quoted), green: \(pair.green.quoted)")
    }
    if !application.workers.isEmpty {
      let list = application.workers.map(\.asWorker).joined(separator: ", ")
      arguments.append("workers: [\(list)]")
    }
    if application.compose.count == 1 {
      arguments.append("compose: \(application.compose[0].quoted)")
    } else if !application.compose.isEmpty {
      let list = application.compose.map(\.quoted).joined(separator: ", ")
      arguments.append("compose: [\(list)]")
    }
    switch application.proxy.place {
    case .service("nginx-proxy"): break
    case .service(let name): arguments.append("proxy: \(name.quoted)")
    case .container(let name): arguments.append("proxy: .container(\(name.quoted))")
    case .host: arguments.append("proxy: .host")
    }
    if application.site != Site() { arguments.append("site: \(site)") }
    if let port = application.port { arguments.append("port: \(port)") }
    arguments.append("health: \(application.health.quoted)")
    if let version = application.version {
      arguments.append("environment: [\(version.variable.quoted): \(version.parameter)]")
    }
    return arguments.count < 3
      ? "Deploy(\(arguments.joined(separator: ", ")))"
      : "Deploy(\n  \(arguments.joined(separator: ",\n  "))\n)"
  }

  private var site: String {
    let site = application.site
    if site.generated != nil { return ".generated(\(site.file.quoted))" }
    var arguments = [site.file.quoted]
    if !site.hasUsualSources, !site.isOwnSource {
      arguments.append("blue: \(site.blue.quoted), green: \(site.green.quoted)")
    }
    if let url = site.url { arguments.append("url: \(url.quoted)") }
    return (site.isOwnSource ? ".rewritten" : "Site") + "(\(arguments.joined(separator: ", ")))"
  }

  private var steps: [String] {
    var steps = ["DetectActive()"]
    switch application.source {
    case .pull: steps.append("Pull(.target)")
    case .build: steps.append("Build(.target)")
    case .local: break
    }
    steps += [
      "Up(.target)", "Health(retries: \(application.retries), every: 2)", "SwapNginx()", "Reload()",
    ]
    if let version = application.version {
      let place = version.file == ".env" ? "" : ", in: \(version.file.quoted)"
      steps.append("Record(\(version.variable.quoted)\(place))")
    }
    if let drain = application.drain { steps.append("Drain(upTo: \(drain), atDeadline: .cut)") }
    return steps + ["Stop(.previous)", "Prune()"]
  }
}

extension ColorProjects {
  /// The reference to a colour's service.
  fileprivate func text(of service: String, _ color: Color) -> String {
    let project = self[color]
    var arguments = ["\(project.name.quoted), service: \(service.quoted)"]
    if files.isEmpty {
      let list = project.files.map(\.quoted).joined(separator: ", ")
      arguments.append("compose: \(project.files.count == 1 ? list : "[\(list)]")")
    }
    if !project.ports.isEmpty {
      let list = project.ports.sorted { $0.key < $1.key }.map { "\($0.key.quoted): \($0.value)" }
      arguments.append("environment: [\(list.joined(separator: ", "))]")
    }
    return ".project(\(arguments.joined(separator: ", ")))"
  }
}

extension ColorPair {
  /// The pair as an element of `workers:`.
  fileprivate var asWorker: String {
    blue == "\(stem)-blue" && green == "\(stem)-green"
      ? stem.quoted
      : "Worker(\(stem.quoted), blue: \(blue.quoted), green: \(green.quoted))"
  }
}

extension String {
  /// The text as a Swift literal.
  fileprivate var quoted: String { debugDescription }
}
