import DeployDSL

extension ProjectFacts {
  /// Rules about how the containers run: health, restarts, stops, data.
  static let running: [InspectionRule<ProjectFacts>] = [
    InspectionRule(
      "health-patience", .warning, "health",
      "the plan's health check gives up long before the `healthcheck:` of the Compose file",
      find: { facts in
        guard let (health, place) = facts.step(Health.self), health.usesDocker else { return [] }
        return try facts.colored().compactMap { _, name, service in
          guard let timing = service.healthCheck, service.hasHealthCheck,
            let retries = timing.retries
          else { return nil }
          let theirs = (timing.interval ?? .seconds(30)) * retries
          let ours = health.every * health.retries
          // The start period is added to both.
          guard theirs > ours * 2 else { return nil }
          let needed = Int((theirs.inSeconds / health.every.inSeconds).rounded(.up))
          return Finding(
            "Health gives up after \(ours.forPeople), but the health check of \(name) allows "
              + "\(theirs.forPeople)",
            why: "a version that boots slowly is healthy for Docker, and yet its deploy fails",
            fix: "wait as long, or shorten `interval` and `retries` of the health check",
            lines: ["Health(retries: \(needed), every: \(health.every.swift))"], at: place)
        }
      }),
    InspectionRule(
      "health-port", .warning, "health",
      "nothing says the port that the plan's health check asks",
      find: { facts in
        // Whether they publish the ports that they need is another rule.
        guard (try? facts.reach().coloursHavePorts(for: facts.siteFile.known().bytes)) != nil else {
          return []
        }
        for color in Color.allCases {
          let service = facts.application.serviceID(color)
          _ = try facts.service(service)
          let context = try facts.beforeSwitch(to: color).context
          do {
            for gate in facts.graph.gates {
              try HealthProbe.portIsKnown(for: gate, of: service, in: context)
            }
          } catch let failure as DeployError {
            var finding = Finding(failure, at: facts.planPlace)
            finding.why =
              "Health cannot ask it: a run rejects the plan, unless the image defines a health check"
            return [finding]
          }
        }
        return []
      }),
    InspectionRule(
      "restart", .warning, "restarts",
      "a colour or the proxy has no restart policy: it stays down after a reboot",
      find: { facts in
        let names =
          try facts.colored().map(\.name)
          + [facts.application.proxy.service.map { ServiceID($0) }].compactMap(\.self)
        return try names.filter { name in
          ["no", "none"].contains(try facts.service(name).restart ?? "no")
        }.map { name in
          Finding(
            "\(name) has no restart policy: it stays down after a crash or a reboot",
            fix: "write into \(name)", lines: ["restart: unless-stopped"],
            at: facts.compose.place(of: name))
        }
      }),
    InspectionRule(
      "stop-grace", .warning, "stopping",
      "`stop_grace_period` is shorter than Docker's own 10 s: unfinished work is killed",
      find: { facts in
        guard facts.step(Stop.self).map({ $0.step.grace == nil }) ?? false else { return [] }
        return try facts.colored().compactMap { _, name, service in
          guard let grace = service.stopGracePeriod, grace < .seconds(10) else { return nil }
          let drain = facts.step(Drain.self)?.step.upTo ?? .seconds(30)
          return Finding(
            "\(name) is killed \(grace.forPeople) after it was asked to stop, although requests "
              + "may take up to \(drain.forPeople) (Drain)",
            why: "what it has not finished by then is lost: jobs, open connections, unsaved data",
            fix: "give it as long as it needs",
            lines: ["stop_grace_period: \(Int(max(drain, .seconds(10)).inSeconds))s"],
            at: facts.compose.place(of: name, "stop_grace_period"))
        }
      }),
    InspectionRule(
      "shared-database", .warning, "volumes",
      "both colours run a database server on one data folder",
      find: { facts in
        let (blue, green) = (
          facts.application.serviceIDs(.blue), facts.application.serviceIDs(.green)
        )
        return try zip(blue, green).compactMap { blue, green in
          let theirs = try facts.service(green).volumes
          let shared = try facts.service(blue).volumes.first { volume in
            !volume.isReadOnly && theirs.contains(volume)
              && ProjectFacts.databaseFolders.contains { volume.target.hasPrefix($0) }
          }
          guard let shared else { return nil }
          return Finding(
            "\(blue) and \(green) are database servers on one data folder (\(shared.source))",
            why: "during a deploy both run, and two servers corrupt one data folder",
            fix: "take the database out of the colours: a service of its own, used by both",
            at: facts.compose.place(of: green, "volumes"))
        }
      }),
    InspectionRule(
      "latest", .note, "images", "a colour's image has no version: its tag is `latest`, or none",
      find: { facts in
        try facts.colored().compactMap { _, name, service in
          guard let image = service.image, service.build == nil,
            Version(image: image).isUnversioned
          else {
            return nil
          }
          return Finding(
            "\(name) runs \(image), which names no version",
            why: "it does not tell which version runs, and a pull may change it unnoticed",
            fix: "name the version with a tag or digest", at: facts.compose.place(of: name, "image")
          )
        }
      }),
  ]

  private static let databaseFolders = [
    "/var/lib/postgresql", "/var/lib/mysql", "/data/db", "/var/lib/rabbitmq",
    "/usr/share/elasticsearch/data", "/bitnami/postgresql", "/bitnami/mysql", "/bitnami/mariadb",
  ]
}

extension Health {
  /// Whether it probes by Docker's health check, where there is one.
  fileprivate var usesDocker: Bool {
    switch check.question {
    case .automatic, .docker: true
    case .http, .tcp, .command: false
    }
  }
}

extension Duration {
  /// A number of seconds, as a plan writes it.
  fileprivate var swift: String {
    inSeconds == inSeconds.rounded() ? "\(Int(inSeconds))" : "\(inSeconds)"
  }
}
