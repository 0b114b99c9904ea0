import DeployDSL

/// What `bgrun check` reads: the plan, the Compose project and its files; nothing that runs.
///
/// The host that Compose would make of the project takes the place of the real one, so that the
/// run's own checks apply to it.
struct ProjectFacts: Sendable {
  let graph: StepGraph
  let context: ActionContext
  /// The secrets that are known already.
  let given: Set<Secret>
  let compose: ComposeText
  let read: Result<ComposeProject, any Error>
  /// The project as an everyday `docker compose` sees it, without the plan's variables.
  let plain: ComposeProject?
  let siteFile: Result<ProxyInspector.SiteFile, any Error>
  /// The contents for both colours; `nil` if the site file itself is rewritten.
  let sources: Result<([UInt8], [UInt8])?, any Error>
  /// Where the proxy sees the site file, and how it must be written.
  let mount: Result<(path: String, method: FileWrite.Method), any Error>
  /// The site's contents for both colours, if they are sound.
  let contents: Result<[Color: [UInt8]], any Error>

  init(of graph: StepGraph, by executor: any Executor, given: Set<Secret> = []) async {
    let context = graph.looking(by: executor)
    let inspector = ProxyInspector(context: context)
    self.graph = graph
    self.context = context
    self.given = given
    compose = await ComposeText(of: graph.application, in: context)
    read = await result { try await ComposeInspector(context: context).read() }
    plain = await Self.plainProject(in: context)
    let project = self.read
    siteFile = await result {
      let proxy = graph.application.proxy.service.flatMap { name in
        (try? project.get())?.planned(ServiceID(name))
      }
      return try await inspector.siteFile(running: nil, for: proxy)
    }
    sources = await result { try await inspector.sources() }
    let (read, siteFile, sources) = (self.read, self.siteFile, self.sources)
    mount = await result {
      let site = try siteFile.known()
      guard let service = graph.application.proxy.service else {
        // Where it runs, the host tells.
        return (site.path, .rename)
      }
      guard let proxy = try read.known().planned(ServiceID(service)) else { throw Unknown() }
      return try await inspector.mount(of: site, in: proxy)
    }
    contents = await result {
      if let sources = try sources.known() { return [.blue: sources.0, .green: sources.1] }
      let (project, site) = (try read.known(), try siteFile.known().bytes)
      let proxy = try project.plannedProxy(of: graph.application, site: site)
      if let generated = try GeneratedContent(graph.application, in: project, for: proxy) {
        try generated.mayReplace(site)
        return generated.byColor
      }
      // Only nginx's other files, which the host has, tell how its variables are used.
      if SiteRewrite.onlySetsVariables(site) { throw Unknown() }
      let hosts = ColorHosts(of: graph.application, in: project, for: proxy)
      let rewrite = try SiteRewrite(site, by: hosts, in: context)
      return [.blue: rewrite.content(for: .blue), .green: rewrite.content(for: .green)]
    }
  }

  private static func plainProject(in context: ActionContext) async -> ComposeProject? {
    guard !context.docker.variables.isEmpty,
      case .project(let project)? = try? await context.ask(
        context.docker.plainConfig(), doing: "read the Compose project")
    else { return nil }
    return project
  }

  var application: Application { context.application }

  /// The Compose project.
  func project() throws -> ComposeProject { try read.known() }

  /// A service that the plan names.
  func service(_ id: ServiceID) throws -> ComposeProject.Service {
    guard let service = try project()[id] else { throw Unknown() }
    return service
  }

  /// The services of both colours with their descriptions, workers included.
  func colored() throws -> [(color: Color, name: ServiceID, service: ComposeProject.Service)] {
    try Color.allCases.flatMap { color in
      try application.serviceIDs(color).map { (color, $0, try service($0)) }
    }
  }

  /// Where the plan describes the application.
  var planPlace: Finding.Place { Finding.Place(graph.location) }

  private func proxy(in project: ComposeProject) throws -> RunningProxy {
    try project.plannedProxy(of: application, site: (try? siteFile.known().bytes) ?? [])
  }

  /// What the proxy can reach.
  func reach() throws -> ProxyReach {
    let project = try project()
    return ProxyReach(context: context, proxy: try proxy(in: project), project: project)
  }

  /// The first step of a kind.
  func step<Kind: BuiltInStep>(_ kind: Kind.Type) -> (step: Kind, place: Finding.Place)? {
    graph.nodes.lazy.compactMap { node in
      (node.step as? Kind).map { ($0, Finding.Place(node.location)) }
    }.first
  }

  /// A switch to a colour on the host that Compose would make of the project, before it is made.
  func beforeSwitch(to target: Color) throws -> ProxySwitch {
    let context = graph.looking(by: context.executor)
    let (project, site) = (try project(), try siteFile.known())
    let (mount, contents) = (try mount.known(), try contents.known())
    let proxy = try proxy(in: project)
    let (files, isGenerated) = (try sources.known(), application.site.generated != nil)
    let containers = project.all.reduce(into: [:]) { containers, id in
      containers[id] = project.planned(id).map { [$0] }
    }
    let hosts = ColorHosts(of: application, in: project, for: proxy)
    context.state.update { facts in
      facts.project = project
      facts.detected = DeploymentState.Detected(
        active: target.other, containers: containers,
        proxy: DeploymentState.Proxy(
          running: proxy, sitePath: mount.path, method: mount.method, siteBytes: site.bytes,
          isRewritten: files == nil && !isGenerated, generated: isGenerated ? contents : nil,
          siteServices: contents.mapValues {
            SiteServices($0, in: project, for: proxy, besides: hosts.shared)
          },
          sources: files == nil ? [:] : contents),
        gated: containers)
    }
    return ProxySwitch(context: context)
  }
}

extension Finding.Place {
  init(_ location: SourceLocation) {
    self.init(location.file, line: location.line, column: location.column)
  }
}

extension ComposeProject {
  /// The proxy, running: a container that Compose would make, or one that is not the project's.
  ///
  /// - Parameter site: the site file. If it names ports of this machine, a container that is not
  ///   the project's is taken to be in the host's network: only the host can tell.
  func plannedProxy(of application: Application, site: [UInt8]) throws -> RunningProxy {
    switch application.proxy.place {
    case .service(let name):
      guard let container = planned(ServiceID(name)) else { throw Unknown() }
      return RunningProxy(container)
    case .host: return RunningProxy(NginxMaster(pid: 0))
    case .container(let name):
      var container = Container(
        id: name, name: name, service: "", status: "running", exitCode: 0,
        wasKilledForMemory: false, startedAt: "", restartCount: 0, image: "", error: "",
        mounts: [], ports: [:])
      let colors = [RunningProxy(container), RunningProxy(NginxMaster(pid: 0))].map {
        SiteText(site).colors(by: ColorHosts(of: application, in: self, for: $0))
      }
      container.isInHostNetwork = colors[0].isEmpty && !colors[1].isEmpty
      return RunningProxy(container)
    }
  }
}
