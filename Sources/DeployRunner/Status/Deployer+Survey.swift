package import DeployDSL

/// What a Compose project and its containers show, for a first plan.
package struct ProjectSurvey: Sendable, Equatable {
  /// The project, with all profiles.
  package var project: ComposeProject
  /// The project with variables as they are written.
  package var written: ComposeProject
  /// Its containers.
  package var containers: [Container]
  /// The containers that are not the project's.
  package var others: [Container]

  /// A service's container, a running one if there are several.
  package func container(of service: ServiceID) -> Container? {
    guard let name = service.project else {
      return containers.filter { $0.service == service.name }.main
    }
    return others.filter { $0.project == name && $0.service == service.name }.main
  }
}

extension Deployer {
  /// Reads the project of an application and its containers; changes nothing.
  ///
  /// - Throws: ``DeployError`` if Docker or Compose cannot be queried, or rejects the Compose file.
  package func survey(of application: Application) async throws -> ProjectSurvey {
    if let refusal = await EnginePlace.refusal(by: executor) { throw refusal }
    let context = ActionContext.looking(at: application, by: executor, knowing: options.secrets)
    let inspector = ComposeInspector(context: context)
    let project = try await inspector.read()
    let list = try await inspector.listed()
    let all = try await inspector.inspect(list.map(\.name))
    let own = Set(list.filter { $0.project == project.name }.map(\.name))
    return ProjectSurvey(
      project: project, written: (try? await definitions(in: application)) ?? project,
      containers: all.filter { own.contains($0.id) && !$0.service.isEmpty },
      others: all.filter { !own.contains($0.id) })
  }

  /// The services as the Compose files of an application define them, even if a file is incomplete.
  package func definitions(in application: Application) async throws -> ComposeProject {
    let context = ActionContext.looking(at: application, by: executor, knowing: options.secrets)
    let answer = try await context.ask(
      context.docker.rawConfig(), doing: "read the Compose project")
    guard case .project(let project) = answer else {
      throw DeployError(.environment, "Compose printed no project")
    }
    return project
  }

  /// The nginx in a container, with the configuration that it would load now.
  ///
  /// - Throws: ``DeployError`` if nginx rejects it, or cannot be run there.
  package func proxy(in container: Container) async throws -> (RunningProxy, NginxDump) {
    let context = ActionContext.looking(at: .any, by: executor)
    let proxy = try await ProxyFinder(context: context).inside(container).0
    return (proxy, try await configuration(of: proxy, context))
  }

  /// Each nginx that runs on the machine itself, with the configuration that it would load now.
  package func proxiesOnMachine() async -> [(RunningProxy, NginxDump)] {
    let context = ActionContext.looking(at: .any, by: executor)
    var found: [(RunningProxy, NginxDump)] = []
    for master in (try? await ProxyFinder(context: context).masters()) ?? [] {
      let proxy = RunningProxy(master)
      if let dump = try? await configuration(of: proxy, context) { found.append((proxy, dump)) }
    }
    return found
  }

  private func configuration(
    of proxy: RunningProxy, _ context: ActionContext
  ) async throws -> NginxDump {
    let call = context.docker.testConfiguration(of: proxy.nginx)
    let result = try await context.result(of: call, .observe) ?? CommandResult(status: 1)
    guard result.succeeded else {
      throw NginxErrorClassifier.isFromNginx(result.errors)
        ? NginxErrorClassifier.failure(
          result.errors, site: [], source: proxy.container?.name ?? "nginx on this host")
        : DockerErrorClassifier.failure(call, result, doing: "read the proxy's configuration")
    }
    return NginxDump(result.output)
  }

  /// Whether an image must be pulled to be current: whether it comes from a registry, or is missing.
  package func comesFromRegistry(_ image: String) async -> Bool {
    let context = ActionContext.looking(at: .any, by: executor)
    let answer = try? await context.ask(context.docker.isPulled(image), doing: "")
    return answer != .flag(false)
  }

  /// A running container's answer for a path: at its published port, else its own address, else from
  /// inside another container.
  package func answer(
    of container: Container, port: Int, path: String, from proxy: Container?
  ) async -> HTTPAnswer? {
    let context = ActionContext.looking(at: .any, by: executor)
    let timeout = Duration.seconds(3)
    let own = container.address.map { PublishedAddress($0, port) }
    for address in [container.publishedAddress(of: port), own].compactMap(\.self) {
      if let answer = try? await context.get(address.url(path), .observe, timeout: timeout) {
        return answer
      }
    }
    guard let proxy else { return nil }
    for tool in ["curl", "wget"] {
      let call = context.docker.get(
        "http://\(container.address ?? container.name):\(port)\(path)", inside: proxy.name,
        by: tool,
        within: timeout)
      if case .http(let answer) = try? await context.ask(call, doing: "") { return answer }
    }
    return nil
  }
}
