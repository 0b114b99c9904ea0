import DeployDSL

extension HostFacts {
  /// All rules for hosts; their order decides which finding stays if several have one text.
  static let rules =
    EngineFacts.rules.map { $0.on { (facts: HostFacts) in facts.engine } } + site + traffic + runs

  /// Rules about the site file, as nginx sees it.
  private static let site: [InspectionRule<HostFacts>] = [
    InspectionRule(
      "project", .error, "project", "the Compose project cannot be read, or does not fit the plan",
      at: { Finding.Place($0.graph.location) },
      check: { facts in
        _ = try facts.engine.containers.known()
        _ = try facts.read.get()
      }),
    InspectionRule(
      "site-file", .error, "site", "the site file is missing, or is a directory",
      find: { facts in
        do {
          _ = try facts.siteFile.get()
          return []
        } catch let failure as DeployError {
          return [Finding(failure, at: facts.sitePlace, repair: try? await facts.restoredSite())]
        }
      }),
    InspectionRule(
      "site-sources", .error, "site", "a source of the site file is missing", at: \.sitePlace,
      needs: \.sources),
    InspectionRule(
      "proxy", .error, "proxy", "the proxy does not run",
      needs: \.proxy),
    InspectionRule(
      "site-mount", .error, "mounts", "no mount leads from the site file to nginx",
      at: \.sitePlace,
      needs: \.place),
    InspectionRule(
      "nginx-rejects", .error, "nginx", "nginx would reject its configuration at the next reload",
      find: { facts in
        let result = try facts.tested.known()
        guard !result.succeeded else { return [] }
        guard NginxErrorClassifier.isFromNginx(result.errors) else { throw Unknown() }
        var finding = Finding(
          NginxErrorClassifier.failure(
            result.errors, site: (try? facts.siteFile.get().bytes) ?? [],
            source: facts.application.site.file,
            at: facts.context.state.current.proxy?.sitePath),
          at: facts.sitePlace)
        finding.why = "nginx keeps serving with what it has loaded, but its next restart fails"
        finding.lines = NginxErrorClassifier.known(in: result.lines).first?.known.lines ?? []
        return [finding]
      }),
    InspectionRule(
      "site-in-container", .error, "mounts",
      "nginx does not read the site file, or sees an older one: the mounted inode was lost",
      at: \.sitePlace,
      check: { facts in
        let inspector = ProxyInspector(context: facts.context)
        try inspector.compare(
          facts.siteFile.known(), at: facts.place.known().path, with: facts.dump(),
          in: facts.proxy.known())
      }),
    InspectionRule(
      "sources-loaded", .error, "site", "nginx loads a copy of the site file beside it",
      at: \.sitePlace,
      check: { facts in
        try facts.site().sourcesAreNotLoaded(
          facts.dump(), facts.siteFile.known().bytes)
      }),
    InspectionRule(
      "other-sites", .error, "site", "another file of nginx leads to one colour only",
      at: \.sitePlace,
      check: { facts in
        try facts.site().othersFollow(
          facts.dump(), from: facts.context.state.color(.previous))
      }),
    InspectionRule(
      "active-colour", .error, "active colour",
      "site file, nginx and containers do not agree on the active colour",
      at: \.sitePlace,
      check: { facts in
        _ = try facts.read.known()
        _ = try facts.detected.get()
      }),
    InspectionRule(
      "reload-pending", .warning, "site",
      "the site file was changed, and nginx has not loaded it",
      find: { facts in
        let found = try facts.detected.known()
        guard found.isStale else { return [] }
        return [
          Finding(
            "\(facts.application.site.file) was changed after nginx had loaded its configuration",
            why: "the change has no effect until something reloads nginx, and takes effect then",
            fix: "load it",
            lines: [facts.context.docker.reload(found.facts.running.nginx).command.description],
            at: facts.sitePlace, repair: facts.harmlessReload())
        ]
      }),
    InspectionRule(
      "site-coverage", .error, "site",
      "the site sends requests to services that the plan does not deploy",
      at: \.sitePlace,
      check: { facts in
        _ = try facts.detected.known()
        try SiteCoverage(context: facts.context).check()
      }),
  ]

  /// Rules about the active colour and the requests that it gets.
  private static let traffic: [InspectionRule<HostFacts>] = [
    InspectionRule(
      "active-down", .error, "containers", "the active colour does not run",
      find: { facts in
        let service = facts.application.serviceID(try facts.active())
        guard try facts.running(service) == nil else { return [] }
        return [
          Finding(
            "\(service) is active but does not run: clients get errors",
            fix: "start it, or deploy the other colour",
            lines: [facts.application.composeLine("up -d --no-deps", service)])
        ]
      }),
    InspectionRule(
      "replicas", .error, "containers", "the active colour has fewer containers than it should",
      find: { facts in
        let (project, containers) = try facts.read.known()
        return facts.application.serviceIDs(try facts.active()).compactMap { service in
          let own = containers.filter { facts.context.serviceID(of: $0) == service }
          guard let replicas = facts.context.replicas(of: service, in: project, own),
            replicas.running < replicas.wanted
          else { return nil }
          let stopped = own.filter { !$0.isRunning }.map { "docker start \($0.name)" }
          return Finding(
            "\(service) has \(replicas.running) of \(replicas.wanted) containers running",
            why: "the others take all requests",
            fix: stopped.isEmpty
              ? "create the missing ones; those that run stay" : "start those that have ended",
            lines: stopped.isEmpty
              ? [
                facts.application.composeLine("up -d --no-deps --no-recreate", service)
              ] : stopped)
        }
      }),
    InspectionRule(
      "proxy-answer", .error, "proxy's answer",
      "the proxy does not answer, or answers with an error",
      find: { facts in
        guard let answer = facts.answer, let proxy = facts.context.state.current.proxy,
          let endpoint = proxy.endpoint, let path = proxy.provingPath
        else { throw Unknown() }
        let isBad = answer.status.map { $0 >= 500 } ?? !answer.isClosed
        guard isBad else { return [] }
        let container = try facts.proxy.known().container
        let log =
          container.map { "docker logs --tail 20 \($0.name)" } ?? "journalctl -u nginx -n 20"
        return [
          Finding(
            "the proxy's answer for \(path) at \(endpoint) is bad: "
              + answer.text,
            fix: "see what nginx says", lines: [log])
        ]
      }),
    InspectionRule(
      "nginx-log", .error, "nginx's log", "nginx's log has an error whose cause is known",
      find: { facts in
        let isTested = (try? facts.tested.get()) != nil
        return NginxErrorClassifier.known(in: facts.log)
          // A test that nginx has made now tells more than an old message.
          .filter { !isTested || $0.known.isAboutRequests || $0.known.mark == "bind() to" }
          .map { Finding("nginx logs: \($0.line)", fix: $0.known.fix, lines: $0.known.lines) }
      }),
    InspectionRule(
      "unhealthy", .error, "health", "Docker reports the active colour or the proxy as unhealthy",
      find: { facts in
        let services =
          facts.application.serviceIDs(try facts.active())
          + [facts.application.proxy.service.map { ServiceID($0) }].compactMap(\.self)
        return try services.compactMap { try facts.running($0) }
          .filter { $0.health == "unhealthy" }.map { container in
            Finding(
              "\(container.service) is unhealthy: its health check fails",
              fix: "see its log", lines: ["docker logs --tail 50 \(container.name)"],
              details: container.lastCheck.map { [String($0.output.prefix(500))] } ?? [])
          }
      }),
    InspectionRule(
      "both-running", .note, "containers", "both colours run",
      find: { facts in
        // While a deploy runs, that is its target; what a run has left, `bgrun resume` stops.
        if let state = try facts.state.known() {
          guard try state.lock.holder == nil, try state.journal.interrupted() == nil,
            try state.journal.kept().isEmpty
          else { return [] }
        }
        let active = try facts.active()
        let idle = facts.application.serviceID(active.other)
        let named = facts.context.state.current.proxy?.siteServices[active]?.names ?? []
        let isServing = try facts.detected.known().workers.workers.contains(where: \.isShuttingDown)
        // A standby keeps running.
        guard try facts.running(idle) != nil, !named.contains(idle), !isServing else { return [] }
        let running = try facts.application.serviceIDs(active.other).filter {
          try facts.running($0) != nil
        }
        return [
          Finding(
            "\(running.text("runs", "run")), although \(active) is active",
            why: "it uses memory, and does scheduled work twice",
            fix: "stop it if nothing needs it",
            lines: [facts.application.composeLine("stop", running)])
        ]
      }),
    InspectionRule(
      "old-workers", .warning, "nginx's workers",
      "old nginx workers still serve requests from before a reload",
      find: { facts in
        let workers = try facts.detected.known().workers
        let old = workers.workers.filter(\.isShuttingDown)
        let since = workers.accepting.map(\.age).min() ?? .zero
        guard !old.isEmpty, since > .seconds(60) else { return [] }
        let isLimited = (try? facts.dump())?.hasShutdownTimeout ?? false
        return [
          Finding(
            "\(ProxyWorkers.stillServing(old.count)) requests "
              + "from before the last reload, \(since.forPeople) ago",
            why: "long connections (WebSocket, event streams) keep them and the colour that they "
              + "use",
            fix: isLimited
              ? "wait for them, or have the plan end them: Drain(upTo: 60, atDeadline: .cut)"
              : "limit them, at the top of nginx.conf, outside http { … }",
            lines: isLimited ? [] : ["worker_shutdown_timeout 60s;"])
        ]
      }),
    InspectionRule(
      "port-taken", .error, "ports", "a port that the other colour publishes is taken",
      find: { facts in
        let project = try facts.read.known().project
        let idle = facts.application.serviceIDs(try facts.active().other)
        var findings: [Finding] = []
        for service in idle where try facts.running(service) == nil {
          for port in project[service]?.ports ?? [] where port.isTCP {
            guard let address = project.publishedAddress(of: service, port: port.target),
              await facts.isOpen(address)
            else { continue }
            let owner = (try? facts.engine.containers.get())?.first {
              $0.isRunning && $0.publishedAddresses.contains { $0.port == address.port }
            }
            findings.append(
              Finding(
                "\(service) publishes port \(address.port), which "
                  + (owner.map { "\($0.name) uses" } ?? "another program uses"),
                why: "\(service) cannot start: its next deploy fails",
                fix: "free the port, or publish another one in the Compose file",
                lines: owner == nil ? ["sudo ss -ltnp 'sport = :\(address.port)'"] : []))
          }
        }
        return findings
      }),
  ]

  /// Rules about bgrun's own runs and everyday commands.
  private static let runs: [InspectionRule<HostFacts>] = [
    InspectionRule(
      "state-folder", .error, "state", "bgrun's state folder cannot be used",
      needs: \.state),
    InspectionRule(
      "interrupted", .error, "runs", "an earlier run was interrupted: no deploy can start",
      find: { facts in
        if let state = try facts.state.known(), try state.lock.holder == nil,
          let run = try state.journal.interrupted()
        {
          throw LockError.interrupted(run).failure
        }
        if let other = facts.halfSwitched { throw other }
        return []
      }),
    InspectionRule(
      "locked", .note, "lock", "deploys are locked",
      find: { facts in
        guard let state = try facts.state.known(), let freeze = try state.lock.freeze else {
          return []
        }
        throw LockError.frozen(freeze).failure
      }),
    InspectionRule(
      "stale-lock", .note, "lock", "a killed run has left its lock file",
      find: { facts in
        guard let state = try facts.state.known(), let holder = state.lock.leftover else {
          return []
        }
        return [
          Finding(
            "a run that was killed has left its lock file: pid \(holder.process.pid) of "
              + "\(holder.user)",
            why: "it locks nothing: the lock itself ended with its process",
            fix: "remove it, or leave it: the next deploy does",
            repair: .removeLockFile(state.lock.path))
        ]
      }),
    InspectionRule(
      "everyday-up", .warning, "everyday `up -d`",
      "a plain `docker compose up -d` would replace the deployed version",
      find: { facts in
        _ = try facts.active()
        let changes = facts.nextUp.filter { $0.change != .start }
        guard !changes.isEmpty else { return [] }
        return [
          Finding(
            changes.consequence(of: facts.graph), fix: changes.cure(of: facts.graph))
        ]
      }),
  ]

  /// Whether something on this machine accepts connections.
  private func isOpen(_ address: PublishedAddress) async -> Bool {
    let connect = HostOperation(
      .tcp(host: address.host, port: address.port), effect: .observe, timeout: .seconds(1))
    return (try? await context.executor.perform(connect, output: { _ in })) != nil
  }

  /// Puts a source in the place of a directory that Docker made, or of nothing.
  private func restoredSite() async throws -> Repair? {
    let live = try Color.allCases.filter { try running(application.serviceID($0)) != nil }
    guard let color = live.count == 1 ? live.first : nil,
      case .file(let bytes) = try await context.read(application.source(color)).content
    else { return nil }
    let isFolder = try await context.read(application.site.file).content == .directory
    return .copy(
      bytes, from: application.source(color), to: application.site.file, insteadOfFolder: isFolder)
  }
}

extension InspectionRule {
  /// The same rule for facts that contain its own.
  func on<Whole: Sendable>(_ part: @escaping @Sendable (Whole) -> Facts) -> InspectionRule<Whole> {
    let rule = self
    return InspectionRule<Whole>(
      description.id, description.severity, description.area, description.summary
    ) { whole in
      guard let found = await rule.findings(in: part(whole)) else { throw Unknown() }
      return found
    }
  }
}
