import DeployDSL

/// Reads the Compose project and its containers.
struct ComposeInspector {
  let context: ActionContext

  /// The project as Compose resolves it, with all services that the plan names.
  func project() async throws -> ComposeProject {
    let project = try await read()
    if let issue = await issues(in: project).first { throw issue }
    return project
  }

  /// Why the plan cannot be deployed in a project: a service is missing, or has several replicas.
  func issues(in project: ComposeProject) async -> [DeployError] {
    let names =
      Color.allCases.flatMap(context.application.services)
      + [context.application.proxy.service].compactMap(\.self)
    var issues: [DeployError] = []
    for name in names + context.jobs where project.services[name] == nil {
      if let other = otherProxy(than: name, in: project) {
        issues.append(other)
      } else if name == context.application.proxy.service {
        issues.append(await noProxy(name, in: project))
      } else {
        issues.append(unknown(name, in: project))
      }
    }
    issues += [otherProxy(than: nil, in: project)].compactMap(\.self)
    return issues
      + names.compactMap { name in
        guard let count = project.services[name]?.replicas, count > 1 else { return nil }
        return several(count, of: name)
      }
  }

  /// Why the plan's proxy cannot be switched, if it is none of nginx's.
  ///
  /// - Parameter missing: a service that the plan names and the project does not have; for the proxy,
  ///   the project may have one of another kind.
  private func otherProxy(than missing: String?, in project: ComposeProject) -> DeployError? {
    let application = context.application
    guard let service = application.proxy.service else { return nil }
    guard let missing else {
      return project.kind(of: service)?.refusal(
        of: "service \(service)", before: application.service(.blue))
    }
    guard missing == service, let other = project.otherProxy else { return nil }
    return other.kind.refusal(of: "service \(other.service)", before: application.service(.blue))
  }

  private func several(_ count: Int, of name: String) -> DeployError {
    let fault = "\(name) has \(count) replicas in the Compose file, and bgrun "
    let fix = "set its replicas to 1"
    return name == context.application.proxy.service
      ? DeployError(
        .plan,
        fault
          + "reloads one container of the proxy: the others would keep sending requests to what "
          + "is stopped", fix: fix)
      : DeployError(
        .plan,
        fault + "deploys one container of a service: the others would neither be tested nor "
          + "stopped",
        fix: fix + "; for more, write a service for each and name them with Deploy(…, workers:)")
  }

  /// The project as Compose resolves it, without checks.
  func read() async throws -> ComposeProject {
    let call = context.docker.config()
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
    var failure = unknown(name, in: project)
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
    failure.fix = "nginx runs elsewhere: name it with Deploy(…, proxy: \(first))\(others)"
    if !services.isEmpty { failure.fix = "name it with Deploy(…, proxy: \(first))\(others)" }
    return failure
  }

  private func unknown(_ name: String, in project: ComposeProject) -> DeployError {
    let known = project.services.keys.sorted()
    let nearest = EditDistance.nearest(to: name, among: known)
    let argument =
      switch name {
      case context.application.proxy.service: "proxy"
      case context.application.blue.name: "blue"
      case context.application.green.name: "green"
      case _ where context.jobs.contains(name): "job"
      default: "workers"
      }
    if argument == "job" {
      return DeployError(
        .plan, "the Compose project \"\(project.name)\" has no service \"\(name)\"",
        fix: nearest.map { "did you mean Job(\"\($0)\")?" }
          ?? "name one with Job(…); it has \(known.joined(separator: ", "))")
    }
    return DeployError(
      .plan, "the Compose project \"\(project.name)\" has no service \"\(name)\"",
      fix: nearest.map {
        argument == "workers"
          ? "did you mean \"\($0)\"?"
          : "did you mean \"\($0)\"? Use Deploy(…, \(argument): \"\($0)\")"
      }
        ?? "name one with Deploy(…, \(argument):); it has \(known.joined(separator: ", "))")
  }

  /// The project and its containers, without one-off ones.
  ///
  /// This lists the containers of all projects, because only Compose can tell the project's name,
  /// and that takes longest.
  func projectAndContainers() async throws -> (ComposeProject, [Container]) {
    let (list, project) = try await context.clock.both {
      try await self.list(context.docker.containers(), doing: "list the containers")
    } _: {
      try await self.project()
    }
    let ids = list.filter { $0.project == project.name }.map(\.name)
    return (project, try await inspect(ids).filter { !$0.service.isEmpty })
  }

  /// What an ordinary `docker compose up -d` would do to the application's services; empty if
  /// Compose cannot tell.
  func nextUp(
    serving color: Color, _ containers: [Container]
  ) async -> [ApplicationStatus.NextUp] {
    let answer = try? await context.ask(
      context.docker.plainConfig(), doing: "read the Compose project")
    guard case .project(let project) = answer else { return [] }
    var changes: [ApplicationStatus.NextUp] = []
    for service in context.application.services(color) + context.application.services(color.other) {
      // Services that only start by name are left alone.
      guard let plain = project.services[service] else { continue }
      let container = containers.first { $0.service == service && $0.isRunning }
      let change = ApplicationStatus.NextUp(
        service: service, change: container == nil ? .start : .recreate, image: container?.image,
        nextImage: plain.image)
      if let container, await !isReplaced(container, by: plain) { continue }
      changes.append(change)
    }
    return changes
  }

  private func isReplaced(
    _ container: Container, by plain: ComposeProject.Service
  ) async -> Bool {
    let call = context.docker.plainUp(container.service)
    switch try? await context.perform(.call(call), .observe) {
    case .answer(let answer): return answer.value == .flag(true)
    // A missing image would be pulled.
    case .command: return plain.image.map { $0 != container.image } ?? false
    default: return false
    }
  }

  /// The current container of a service, without listing the others.
  ///
  /// - Parameter effect: The purpose; a dry run only observes.
  func container(of service: String, _ effect: HostOperation.Effect = .observe) async throws
    -> Container?
  {
    let found = try await containers(of: service, effect).filter { $0.service == service }
    return found.first(where: \.isRunning) ?? found.first
  }

  /// The containers of a service's jobs, running or not.
  func jobs(of service: String) async throws -> [Container] {
    try await containers(of: service).filter { $0.job != nil }
  }

  /// All containers of a service, including one-off ones.
  private func containers(
    of service: String, _ effect: HostOperation.Effect = .observe
  ) async throws -> [Container] {
    guard let project = context.state.current.project else { return [] }
    let call = context.docker.containers(ofProject: project.name, service: service)
    let ids = try await list(call, effect, doing: "list the containers of \(service)").map(\.name)
    return try await inspect(ids, effect)
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
