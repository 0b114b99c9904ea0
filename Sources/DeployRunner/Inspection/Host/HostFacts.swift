import DeployDSL

/// What `bgrun doctor` reads of the host that a plan is deployed to.
struct HostFacts: Sendable {
  let graph: StepGraph
  let context: ActionContext
  private(set) var engine: EngineFacts
  let read: Result<(project: ComposeProject, containers: [Container]), any Error>
  let siteFile: Result<ProxyInspector.SiteFile, any Error>
  let sources: Result<([UInt8], [UInt8])?, any Error>
  let proxy: Result<RunningProxy, any Error>
  let place: Result<ProxyInspector.Place, any Error>
  /// nginx's test of the configuration that it would load now.
  let tested: Result<CommandResult, any Error>
  /// What `DetectActive` finds, or why it refuses.
  let detected: Result<ProxyInspector.Findings, any Error>
  /// The proxy's answer, as clients get it.
  let answer: ProxySwitch.ProxyAnswer?
  /// The proxy's log since it loaded its configuration; its end, if it does not run.
  let log: [String]
  let nextUp: [ApplicationStatus.NextUp]
  let state: Result<StateFolder?, any Error>
  /// The state folder of all applications.
  private let stateFolder: String?

  init(of graph: StepGraph, by executor: any Executor, stateFolder: String?) async {
    let context = graph.looking(by: executor)
    let application = graph.application
    let inspector = ProxyInspector(context: context)
    self.graph = graph
    self.context = context
    var engine = await EngineFacts(by: executor, folders: ["."])
    self.stateFolder = stateFolder
    state = await result {
      try stateFolder.flatMap {
        try StateFolder.existing(at: $0, application: application.name)
      }
    }
    if let state = try? state.get() { context.runStore.remember(state.journal) }
    read = await result {
      let (project, containers) = try await ComposeInspector(context: context)
        .projectAndContainers()
      return (project: project, containers: containers)
    }
    let containers = (try? read.get().containers) ?? []
    let running = context.runningColors(among: containers)
    let service = application.proxy.service.map { ServiceID($0) }
    let proxies = containers.filter { context.serviceID(of: $0) == service }
    siteFile = await result {
      try await inspector.siteFile(
        running: running.count == 1 ? running[0] : nil,
        for: proxies.first)
    }
    sources = await result { try await inspector.sources() }
    let (read, siteFile) = (self.read, self.siteFile)
    proxy = await result {
      let project = try read.known().project
      let site = try? siteFile.get()
      var finder = ProxyFinder(context: context)
      finder.missing = ProxyFinder.missing(
        for: site?.bytes ?? [], in: project, among: containers, context)
      let path = site?.path ?? application.site.file
      return try await finder.find(among: containers, site: path).proxy
    }
    let proxy = self.proxy
    place = await result {
      try await inspector.place(of: try siteFile.known(), in: try proxy.known())
    }
    tested = await result {
      let call = context.docker.testConfiguration(of: try proxy.known().nginx)
      guard let result = try await context.result(of: call, .observe) else { throw Unknown() }
      return result
    }
    let detected = await result { try await DetectActive().detect(in: context) }
    self.detected = detected
    let isDetected = (try? detected.get()) != nil
    answer = isDetected ? await ProxySwitch(context: context).throughProxy(.observe) : nil
    if let nginx = try? proxy.get().nginx { await engine.look(at: nginx) }
    if (try? read.get()) != nil {
      engine.limit(to: containers + [try? proxy.get().container].compactMap(\.self))
    }
    self.engine = engine
    let loaded = (try? detected.get())?.workers.accepting.map(\.age).min()
    let container = (try? proxy.get().container) ?? proxies.first(where: \.isRunning)
    log = await Self.log(of: container ?? proxies.first, loaded, context)
    if let active = context.state.current.active {
      nextUp = await ComposeInspector(context: context).nextUp(serving: active, containers)
    } else {
      nextUp = []
    }
  }

  private static func log(
    of proxy: Container?, _ loaded: Duration?, _ context: ActionContext
  ) async -> [String] {
    guard let proxy else { return [] }
    // Older messages are about an earlier configuration.
    let since = proxy.isRunning ? loaded.map { $0 + .seconds(1) } : nil
    let call = context.docker.logs(proxy.name, lines: since == nil ? 50 : 5000, since: since)
    return (try? await context.result(of: call, .observe))?.lines ?? []
  }

  var application: Application { context.application }

  /// Why no deploy may reload the proxy now; `nil` if one may.
  var halfSwitched: DeployError? {
    stateFolder.flatMap { StateFolder.halfSwitched(at: $0, besides: application) }
  }

  /// Where the site file is.
  var sitePlace: Finding.Place { Finding.Place(application.site.file) }

  /// The containers of the project.
  func containers() throws -> [Container] { try read.known().containers }

  /// The active colour.
  func active() throws -> Color {
    guard let active = context.state.current.active else { throw Unknown() }
    return active
  }

  /// The running container of a service.
  func running(_ service: ServiceID) throws -> Container? {
    try containers().first { context.serviceID(of: $0) == service && $0.isRunning }
  }

  /// The site, as a switch sees it.
  func site() throws -> ProxySwitch {
    guard context.state.current.proxy != nil else { throw Unknown() }
    return ProxySwitch(context: context)
  }

  /// The configuration that nginx would load now.
  func dump() throws -> NginxDump {
    let result = try tested.known()
    guard result.succeeded else { throw Unknown() }
    return NginxDump(result.output)
  }

  /// A reload that changes nothing but to load the file, which is for the active colour.
  func harmlessReload() -> Repair? {
    guard let found = try? detected.get(), let active = try? active(), found.fileColor == active,
      let proxy = try? proxy.get(), (try? running(application.serviceID(active))) != nil,
      (try? dump()) != nil
    else { return nil }
    return .reload(context.docker.reload(proxy.nginx))
  }
}
