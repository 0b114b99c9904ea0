/// The checks of the arguments of `Deploy(…)`.
extension GraphValidator {
  mutating func checkApplication() {
    let application = graph.application
    checkServices(application)
    checkFiles(application.site)
    checkURL(application.site)
    for issue in application.site.generated?.issues ?? [] { report(issue, at: graph.location) }
    checkCompanions(application)
    let sources = application.projects.values.compactMap(\.files)
    for files in [application.composeFiles].compactMap(\.self) + sources {
      if files.isEmpty {
        report(
          "the list of Compose files is empty", fix: "name the files, or leave out compose:",
          at: graph.location)
      } else if files.contains("") {
        report(
          "the Compose file's path is empty", fix: "name the file, or leave out compose:",
          at: graph.location)
      }
    }
    let names = [application.projectName].compactMap(\.self) + application.projects.keys.sorted()
    for name in names where !name.isProjectName {
      report(
        "\"\(name.escaped)\" is not a valid Compose project name",
        fix: "use lower-case letters, digits, '_' and '-', beginning with a letter or digit",
        at: graph.location)
    }
    report(application.port.flatMap(ValidationIssue.ofPort), at: graph.location)
    report(
      ValidationIssue.ofHealthPath(application.health) { "health: \"\($0)\"" }, at: graph.location)
    report(ValidationIssue.unlessPositive(graph.timeout, "the plan's timeout"), at: graph.location)
    checkReceipt(graph.receipt)
    let projects = application.projects.sorted { $0.key < $1.key }
    for values in [application.environment] + projects.map(\.value.environment) {
      for issue in ValidationIssue.ofEnvironment(values)
        + ValidationIssue.ofTexts(values.values.map(\.text), "Deploy")
      {
        report(issue, at: graph.location)
      }
      for case .secret(let secret) in values.values {
        for issue in ValidationIssue.ofSecret(secret) { report(issue, at: graph.location) }
      }
    }
  }

  private mutating func checkReceipt(_ receipt: Receipt) {
    if !(0...100).contains(receipt.rate) {
      report(
        "the receipt's rate is \(receipt.rate) requests a second",
        fix: "give at most 100, or receipt: .off", at: graph.location)
    }
    guard let path = receipt.path else { return }
    report(
      ValidationIssue.ofHealthPath(path) { "Receipt(path: \"\($0)\")" }, at: graph.location)
  }

  private mutating func checkServices(_ application: Application) {
    let names =
      [
        ("application", application.name), ("blue service", application.blue.name),
        ("green service", application.green.name),
      ] + proxyName(application.proxy)
    for (what, name) in names where !name.isServiceName {
      // A service named after an invalid application name is not a separate issue.
      let isDerived = name == "\(application.name)-blue" || name == "\(application.name)-green"
      if isDerived, !application.name.isServiceName { continue }
      report(
        "\"\(name.escaped)\" is not a valid \(what) name",
        fix: "use letters, digits, '_', '.' and '-', beginning with a letter or digit",
        at: graph.location)
    }
    if application.blue == application.green {
      report(
        "blue and green are both the service \"\(application.blue.name.escaped)\"",
        fix: "name two services, one for each colour; if they are in two Compose projects, name "
          + "these: .project(\"NAME\", service: \"\(application.blue.name.escaped)\")",
        at: graph.location)
    }
    if let proxy = application.proxy.service,
      [application.blue, application.green].contains(ServiceID(proxy))
    {
      report(
        "the proxy \"\(proxy.escaped)\" is also one of the colours",
        fix: "name the nginx service with proxy:", at: graph.location)
    }
  }

  private func proxyName(_ proxy: Proxy) -> [(String, String)] {
    switch proxy.place {
    case .service(let name): [("proxy service", name)]
    case .container(let name): [("proxy container", name)]
    case .host: []
    }
  }

  private mutating func checkCompanions(_ application: Application) {
    let proxy = application.proxy.service.map { ServiceID($0) }
    var known = [application.blue, application.green] + [proxy].compactMap(\.self)
    for worker in application.workers {
      for color in Color.allCases {
        let service = worker.service(color)
        if !service.name.isServiceName {
          report(
            "\"\(service.name.escaped)\" is not a valid service name",
            fix: "use letters, digits, '_', '.' and '-', beginning with a letter or digit",
            at: graph.location)
        } else if known.contains(service) {
          report(
            "the service \"\(service.name)\" is named twice",
            fix: "list each service once; workers: must not include blue, green or the proxy",
            at: graph.location)
        }
        known.append(service)
      }
      if case .http(_, nil, _, _) = worker.health.question {
        report(
          "the health check of \"\(worker.blue.name.escaped)\" uses HTTP, but has no path",
          fix: "name it: Worker(…, health: .http(\"/health\"))", at: graph.location)
      }
    }
  }

  /// If two of the three were the same file, the switch would change nothing or overwrite its own
  /// source.
  private mutating func checkFiles(_ site: Site) {
    let files = [site.file, site.blue, site.green]
    if files.contains(where: \.isEmpty) {
      report(
        "a path of the site file or its sources is empty",
        fix: "name them with site: Site(\"nginx/service.conf\")", at: graph.location)
    } else if site.isOwnSource {
      return
    } else if site.blue == site.green {
      report(
        "both colours have the same site source \"\(site.blue.escaped)\"",
        fix: "name two files, one for each colour", at: graph.location)
    } else if site.file == site.blue || site.file == site.green {
      report(
        "the site file \"\(site.file.escaped)\" is also the source of a colour",
        fix: "name a file that SwapNginx may replace", at: graph.location)
    }
  }

  /// The URL must have no path, because requests use the health path.
  private mutating func checkURL(_ site: Site) {
    guard let url = site.url else { return }
    guard let address = WebAddress(url) else {
      report(
        "\"\(url.escaped)\" is not a valid URL",
        fix: "write scheme and host: Site(url: \"https://grafana.example.com\")",
        at: graph.location)
      return
    }
    if address.path != "/" {
      report(
        "the site's address \"\(url.escaped)\" has a path",
        fix: "remove the path and use health: \"\(address.path.escaped)\"",
        at: graph.location)
    }
  }
}
