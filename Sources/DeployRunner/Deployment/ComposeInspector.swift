import DeployDSL

/// Reads the Compose project and its containers.
struct ComposeInspector {
  let context: ActionContext

  /// The projects as Compose resolves them, with all services that the plan names.
  func project() async throws -> ComposeProject {
    let project = try await read()
    if let issue = await issues(in: project).first { throw issue }
    return project
  }

  /// Why the plan cannot be deployed in a project: a service is missing, or the proxy cannot be switched.
  func issues(in project: ComposeProject) async -> [DeployError] {
    let proxy = context.application.proxy.service
    let names =
      Color.allCases.flatMap(context.application.serviceIDs)
      + [proxy.map { ServiceID($0) }].compactMap(\.self)
    var issues: [DeployError] = []
    for name in names where project[name] == nil {
      let isProxy = name.project == nil && name.name == proxy
      if isProxy, let other = project.otherProxy,
        let refusal = refusal(of: other.kind, named: other.service)
      {
        issues.append(refusal)
      } else {
        issues.append(
          isProxy ? await noProxy(name.name, in: project) : unknown(name, in: project))
      }
    }
    for job in context.jobs where context.service(ofJob: job, in: project) == nil {
      issues.append(unknown(ServiceID(job), in: project))
    }
    if let proxy, let kind = project.kind(of: proxy), let refusal = refusal(of: kind, named: proxy)
    {
      issues.append(refusal)
    }
    if let proxy, let count = project.services[proxy]?.replicas, count > 1 {
      issues.append(several(count, of: proxy))
    }
    return issues
  }

  /// Why a proxy of some kind cannot be switched; `nil` for nginx.
  private func refusal(of kind: ProxyKind, named service: String) -> DeployError? {
    kind.refusal(of: "service \(service)", before: context.application.service(.blue))
  }

  private func several(_ count: Int, of proxy: String) -> DeployError {
    DeployError(
      .plan,
      "\(proxy) has \(count) replicas in the Compose file, and bgrun reloads one container of the "
        + "proxy: the others would keep sending requests to what is stopped",
      fix: "set its replicas to 1")
  }

  /// The plan's projects as Compose resolves them, without checks.
  func read() async throws -> ComposeProject {
    let application = context.application
    let usesOwn = application.usesOwnProject || application.projects.isEmpty
    var project = ComposeProject(name: "", services: [:])
    if usesOwn {
      project = try await read(nil)
      try await outlivesRelease(project.name)
    }
    for name in application.projects.keys.sorted() {
      project.others[name] = try await read(name)
    }
    return project
  }

  /// Makes sure that the next release finds the containers of this one: where each release is a
  /// folder, Compose's usual project name is another one each time.
  private func outlivesRelease(_ name: String) async throws {
    let isLikeRelease = name.allSatisfy { $0.isHexDigit || "-_".contains($0) }
    guard context.application.projectName == nil, isLikeRelease, name.contains(where: \.isNumber)
    else { return }
    let parts = try await context.read(".").path.split(separator: "/").map(String.init)
    guard let place = parts.lastIndex(of: "releases"), place > 0,
      parts.dropFirst(place + 1).first?.lowercased() == name
    else { return }
    let application = parts[place - 1]
    throw DeployError(
      .environment,
      "Compose names the project after its folder, \(name), so that the next release would not find "
        + "the containers of this one",
      fix:
        "give the project a name, with which its containers exist: `name: \(application)` in the "
        + "Compose file, or Deploy(…, project: \"\(application)\")")
  }

  private func read(_ name: String?) async throws -> ComposeProject {
    let call = context.docker.config(of: name)
    do {
      let answer = try await context.ask(call, doing: "read the Compose project")
      if case .project(let project) = answer { return project }
      throw DockerErrorClassifier.failure(call, CommandResult(status: 0), doing: "")
    } catch var failure as DeployError where failure.code == .command {
      // Compose rejects the file: as bad as a missing one.
      failure.code = .environment
      throw failure
    }
  }

  /// Why the proxy is not a service of the project, with where nginx runs.
  private func noProxy(_ name: String, in project: ComposeProject) async -> DeployError {
    var failure = unknown(ServiceID(name), in: project)
    if failure.fix?.hasPrefix("did you mean") == true { return failure }
    let finder = ProxyFinder(context: context)
    let services = project.services.filter { ProxyFinder.isNginx(image: $0.value.image ?? "") }
    var places = services.keys.sorted().map { "\"\($0)\"" }
    if places.isEmpty {
      if (try? await finder.masters())?.isEmpty == false { places.append(".host") }
      places += await finder.inContainers(preferring: Set(project.networks.keys)).map {
        ".container(\"\($0)\")"
      }
    }
    guard let first = places.first else { return failure }
    let others = places.dropFirst().map { " or Deploy(…, proxy: \($0))" }.joined()
    failure.fix =
      (services.isEmpty ? "nginx runs elsewhere: " : "")
      + "name it with Deploy(…, proxy: \(first))\(others)"
    return failure
  }

  private func unknown(_ service: ServiceID, in projects: ComposeProject) -> DeployError {
    let project = projects.project(of: service) ?? projects
    let known = project.services.keys.sorted()
    let nearest = EditDistance.nearest(to: service.name, among: known)
    let application = context.application
    let argument =
      switch service {
      case application.blue: "blue"
      case application.green: "green"
      case _ where service.project == nil && service.name == application.proxy.service: "proxy"
      case _ where service.project == nil && context.jobs.contains(service.name): "job"
      default: "workers"
      }
    let message = "the Compose project \"\(project.name)\" has no service \"\(service.name)\""
    if argument == "job" {
      return DeployError(
        .plan, message,
        fix: nearest.map { "did you mean Job(\"\($0)\")?" }
          ?? "name one with Job(…); it has "
          + (known.isEmpty ? "no services" : known.joined(separator: ", ")))
    }
    let written = { (name: String) in
      service.project.map { ".project(\"\($0)\", service: \"\(name)\")" } ?? "\"\(name)\""
    }
    return DeployError(
      .plan, message,
      fix: nearest.map {
        argument == "workers"
          ? "did you mean \"\($0)\"?"
          : "did you mean \"\($0)\"? Use Deploy(…, \(argument): \(written($0)))"
      }
        ?? "name one with Deploy(…, \(argument):); it has "
        + (known.isEmpty ? "no services" : known.joined(separator: ", ")))
  }

  /// The project and its containers, without one-off ones.
  ///
  /// This lists the containers of all projects, because only Compose can tell the project's name,
  /// and that takes longest.
  func projectAndContainers() async throws -> (ComposeProject, [Container]) {
    let (list, project) = try await context.clock.both {
      try await self.listed()
    } _: {
      try await self.project()
    }
    let names = Set([project.name] + project.others.keys)
    let ids = list.filter { $0.project.map(names.contains) == true }.map(\.name)
    return (project, try await inspect(ids).filter { !$0.service.isEmpty })
  }

  /// What an ordinary `docker compose up -d` would do to the application's services; empty if
  /// Compose cannot tell.
  func nextUp(
    serving color: Color, _ containers: [Container]
  ) async -> [ApplicationStatus.NextUp] {
    // A stack is not started by `docker compose up -d`.
    guard context.application.swarm == nil else { return [] }
    let services =
      context.application.serviceIDs(color) + context.application.serviceIDs(color.other)
    var plain: [String?: ComposeProject] = [:]
    for project in Set(services.map(\.project)) {
      let answer = try? await context.ask(
        context.docker.plainConfig(of: project), doing: "read the Compose project")
      if case .project(let found) = answer { plain[project] = found }
    }
    var changes: [ApplicationStatus.NextUp] = []
    for service in services {
      // Services that only start by name are left alone.
      guard let next = plain[service.project]?.services[service.name] else { continue }
      let container = containers.filter { context.serviceID(of: $0) == service }.main
      let isRunning = container?.isRunning == true
      // An everyday `up -d` of one project does not start another one.
      if !isRunning, service.project != nil { continue }
      var isReplaced = false
      if let container { isReplaced = await self.isReplaced(service, container, by: next) }
      if isRunning, !isReplaced { continue }
      var isWayBack = isReplaced && !isRunning
      if isWayBack, let container {
        let its = context.application.serviceIDs(color).contains(service) ? color : color.other
        // `rollback` rejects a container that never was active.
        isWayBack =
          (try? await context.runStore.failedMaker(of: container, service, in: its)) == nil
      }
      changes.append(
        ApplicationStatus.NextUp(
          service: "\(service)", change: isRunning ? .recreate : isWayBack ? .replace : .start,
          image: isReplaced ? container?.image : nil, nextImage: next.image))
    }
    return changes
  }

  private func isReplaced(
    _ service: ServiceID, _ container: Container, by plain: ComposeProject.Service
  ) async -> Bool {
    // A missing image would be pulled.
    await replaces(service) ?? plain.image.map { $0 != container.image } ?? false
  }

  /// Whether a manual `docker compose up -d` would replace a service's container; `nil` if Compose
  /// cannot tell.
  ///
  /// - Parameter values: what the files that Compose reads are assumed to say. Default: nothing else
  ///   than they say.
  func replaces(
    _ service: ServiceID, with values: [String: EnvironmentValue] = [:]
  ) async -> Bool? {
    let values = values.isEmpty ? values : context.withProfiles(values, for: service)
    let call = context.docker.plainUp(service, with: values)
    guard case .flag(let isReplaced)? = try? await context.ask(call, doing: "") else { return nil }
    return isReplaced
  }

  /// One of a service's containers, if possible a running one, without listing other services.
  func container(of service: ServiceID) async throws -> Container? {
    try await containers(of: service).main
  }

  /// A service's containers, running or not, by number.
  ///
  /// - Parameter effect: The purpose; a dry run only observes.
  func containers(of service: ServiceID, _ effect: HostOperation.Effect = .observe) async throws
    -> [Container]
  {
    try await all(of: service, effect).filter { $0.service == service.name }
      .sorted { $0.number < $1.number }
  }

  /// The containers of a service's jobs, running or not.
  func jobs(of service: ServiceID) async throws -> [Container] {
    try await all(of: service).filter { $0.job != nil }
  }

  /// All containers of a service, including one-off ones.
  private func all(
    of service: ServiceID, _ effect: HostOperation.Effect = .observe
  ) async throws -> [Container] {
    guard let project = service.project ?? context.state.current.project?.name else { return [] }
    let call = context.docker.containers(ofProject: project, service: service.name)
    let ids = try await list(call, effect, doing: "list the containers of \(service)").map(\.name)
    return try await inspect(ids, effect)
  }

  /// What the engine lists, of all projects and of none.
  func listed() async throws -> [HostAnswer.Listed] {
    try await list(context.docker.containers(), doing: "list the containers")
  }

  /// The containers that are wanted of all that the engine lists.
  func containers(where isWanted: (HostAnswer.Listed) -> Bool) async throws -> [Container] {
    try await inspect(try await listed().filter(isWanted).map(\.name))
  }

  private func list(
    _ call: HostCall, _ effect: HostOperation.Effect = .observe, doing: String
  ) async throws -> [HostAnswer.Listed] {
    guard case .list(let found) = try await context.ask(call, effect, doing: doing) else {
      return []
    }
    return found
  }

  /// Containers by ID or name; missing ones are omitted.
  func inspect(_ ids: [String], _ effect: HostOperation.Effect = .observe) async throws
    -> [Container]
  {
    // `docker inspect` without arguments is an error.
    guard !ids.isEmpty else { return [] }
    let call = context.docker.inspect(ids)
    let answer = try await context.ask(call, effect, doing: "look at the containers")
    guard case .containers(let found) = answer else { return [] }
    return found
  }
}
