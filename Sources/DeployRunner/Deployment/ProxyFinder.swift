import DeployDSL

/// Finds the proxy that the plan names, as it is: the one way for runs, `status` and `check`.
struct ProxyFinder {
  let context: ActionContext
  /// The colours that must run before nginx can start, because it resolves their names then; empty
  /// if one runs.
  var missing: [ServiceID] = []

  private var application: Application { context.application }

  /// The running proxy and its processes.
  ///
  /// - Parameters:
  ///   - containers: The containers of the Compose project.
  ///   - site: The site file's absolute path, which tells several host nginx apart.
  func find(
    among containers: [Container], site: String
  ) async throws -> (proxy: RunningProxy, workers: ProxyWorkers) {
    switch application.proxy.place {
    case .service(let name):
      return try await inside(
        one(of: containers.filter { context.serviceID(of: $0) == ServiceID(name) }))
    case .container(let name):
      let found = try await ComposeInspector(context: context).inspect([name]).first
      return try await inside(running(found))
    case .host: return try await onHost(loading: site)
    }
  }

  // MARK: In a container

  private func one(of containers: [Container]) throws(DeployError) -> Container {
    let runs = containers.filter(\.isRunning)
    guard runs.count < 2 else {
      throw DeployError(
        .environment,
        "the proxy \(application.proxy) runs in \(runs.count) containers, and bgrun reloads "
          + "one: the others would keep sending requests to what is stopped",
        fix: "leave one: `"
          + application.composeLine(
            "up -d --no-deps --no-recreate --scale \(application.proxy)=1",
            ServiceID("\(application.proxy)")) + "`")
    }
    return try running(containers.main)
  }

  /// The proxy's container, which must be running.
  func running(_ container: Container?) throws(DeployError) -> Container {
    guard let container else {
      guard let service = application.proxy.service else {
        throw DeployError(
          .environment, "there is no container \(application.proxy)",
          fix: "see the names in `docker ps -a`, and name the proxy's: "
            + "Deploy(…, proxy: .container(\"…\"))")
      }
      throw DeployError(
        .environment, "the proxy \(service) has no container",
        fix: "start it\(alongside): `\(startLine(service))`")
    }
    guard container.isRunning else {
      let start =
        application.proxy.service.map { "`\(startLine($0))`" } ?? "`docker start \(container.name)`"
      throw DeployError(
        .environment, "the proxy \(application.proxy) is not running: it \(container.fate)",
        fix: container.status == "paused"
          ? "resume it: `docker unpause \(container.name)`"
          : "see `docker logs \(container.name)`, then start it\(alongside): \(start)")
    }
    return container
  }

  private var alongside: String { missing.isEmpty ? "" : " with \(missing.text)" }

  /// The command that starts the proxy's service, with what it needs.
  private func startLine(_ service: String) -> String {
    missing.isEmpty
      ? application.composeLine("up -d --no-deps", ServiceID(service))
      : application.composeLine("up -d", missing + [ServiceID(service)])
  }

  /// The colours that a site sends requests to, if none of both runs.
  static func missing(
    for site: [UInt8], in project: ComposeProject, among containers: [Container],
    _ context: ActionContext
  ) -> [ServiceID] {
    guard context.runningColors(among: containers).isEmpty else { return [] }
    let application = context.application
    let hosts = ColorHosts(of: application, in: project, for: nil)
    let named = SiteText(site).colors(by: hosts)
    let rewritten = (try? SiteRewrite(site, by: hosts, in: context))?.color
    let colors = named.isEmpty ? [rewritten ?? .blue] : named
    return Color.allCases.filter(colors.contains).map(application.serviceID)
  }

  /// - Throws: ``DeployError`` if it runs another program, or its processes cannot be listed.
  func inside(_ container: Container) async throws -> (RunningProxy, ProxyWorkers) {
    let kind = ProxyKind(image: container.image)
    if let refusal = kind?.refusal(
      of: "container \(container.name)", before: application.service(.blue))
    {
      throw refusal
    }
    var proxy = RunningProxy(container)
    let table = try await processes(of: proxy, .observe) ?? ProcessTable()
    if let master = table.rows.first(where: { NginxMaster.isMaster($0.command) }) {
      proxy.nginx.read(title: master.command)
    }
    return (proxy, ProxyWorkers(table))
  }

  // MARK: On the machine itself

  private func onHost(loading site: String) async throws -> (RunningProxy, ProxyWorkers) {
    let masters = try await masters()
    var master = masters.first
    if masters.count > 1 {
      var loading: [NginxMaster] = []
      for nginx in masters where try await loads(site, nginx) { loading.append(nginx) }
      guard loading.count == 1 else { throw several(loading, of: masters, site) }
      master = loading.first
    }
    guard let master else { throw await notRunning(site) }
    try await isNotSuspended(master)
    let proxy = RunningProxy(master)
    return (proxy, ProxyWorkers(try await processes(of: proxy, .observe) ?? ProcessTable()))
  }

  /// The nginx masters of the machine itself, without those in containers.
  func masters() async throws -> [NginxMaster] {
    let answer = try await context.ask(
      context.docker.hostProcesses(), doing: "look at the processes of this host")
    guard case .processes(let table) = answer else { return [] }
    var masters: [NginxMaster] = []
    for row in table.rows where NginxMaster.isMaster(row.command) {
      // It may have ended since.
      guard let status = await context.text(of: "/proc/\(row.pid)/status") else { continue }
      let groups = await context.text(of: "/proc/\(row.pid)/cgroup") ?? ""
      let process = HostProcess(status: status, groups: groups)
      if process.isInContainer { continue }
      var nginx = NginxMaster(pid: row.pid)
      nginx.read(title: row.command)
      nginx.unit = process.unit
      let own = await context.text(of: "/proc/self/status")
        .flatMap { HostProcess(status: $0).user }
      if let own, own != 0, own != process.user { nginx.sudoer = own }
      masters.append(nginx)
    }
    return masters
  }

  private func isNotSuspended(_ nginx: NginxMaster) async throws(DeployError) {
    guard let pid = nginx.pid, let status = await context.text(of: "/proc/\(pid)/status"),
      HostProcess(status: status).isSuspended
    else { return }
    throw DeployError(
      .environment, "nginx on this host is suspended (process \(pid))",
      fix: "resume it: `\(nginx.sudoer == nil ? "" : "sudo ")kill -CONT \(pid)`")
  }

  private func loads(_ site: String, _ nginx: NginxMaster) async throws -> Bool {
    guard let dump = try await dump(of: RunningProxy(nginx)) else { return false }
    return try await path(of: site, in: dump) != nil
  }

  /// The path by which nginx on this host reads a file, which may lead there by links; `nil` if it
  /// does not.
  func path(of file: String, in dump: NginxDump) async throws -> String? {
    if dump.paths.contains(file) { return file }
    for path in dump.paths {
      let found = try await context.read(path)
      if found.path == file { return path }
      guard var link = found.link, let slash = found.path.lastIndex(of: "/") else { continue }
      if !link.hasPrefix("/") { link = found.path[...slash] + link }
      if try await context.read(link).path == file { return path }
    }
    return nil
  }

  private func several(
    _ loading: [NginxMaster], of masters: [NginxMaster], _ site: String
  ) -> DeployError {
    let list = (loading.isEmpty ? masters : loading).map { nginx in
      "process \(nginx.pid ?? 0): \(([nginx.program] + nginx.options).joined(separator: " "))"
    }
    guard !loading.isEmpty else {
      return DeployError(
        .environment, "none of the \(masters.count) nginx on this host includes \(site)",
        fix:
          "write `include \(site);` inside http { … } of the right one's nginx.conf, and reload it",
        details: list)
    }
    return DeployError(
      .environment, "\(loading.count) nginx on this host include \(site), and bgrun reloads one",
      fix: "let only one of them include it", details: list)
  }

  /// Why nothing can be switched; with a container of nginx that mounts the site file, which then is
  /// the plan's proxy.
  private func notRunning(_ site: String? = nil) async -> DeployError {
    let path = try? await context.read(site ?? application.site.file).path
    let other = await nginxContainers().first { container in
      container.mounts.contains { mount in path.map { Paths.isInside($0, mount.source) } == true }
    }
    return DeployError(
      .environment, "nginx is not running on this host",
      fix: other.map {
        "name its container, which mounts the site file: "
          + "Deploy(…, proxy: .container(\"\($0.name)\"))"
      } ?? "start it, for example: `sudo systemctl start nginx`")
  }

  // MARK: Looking again

  /// The proxy's processes; `nil` in a dry run if they only verify a change.
  func processes(
    of proxy: RunningProxy, _ effect: HostOperation.Effect
  ) async throws -> ProcessTable? {
    guard let container = proxy.container else {
      return try await processes(of: proxy.nginx, effect)
    }
    do {
      let answer = try await context.ask(
        DockerCLI.top(container.name), effect, doing: "look at the proxy's processes")
      guard case .processes(let table) = answer else { return nil }
      return table
    } catch let failure as DeployError {
      throw await self.failure(failure, of: proxy)
    }
  }

  /// The processes of nginx on the machine itself, also after its restart.
  private func processes(
    of nginx: NginxMaster, _ effect: HostOperation.Effect
  ) async throws -> ProcessTable? {
    if let table = try await table(of: nginx, effect) {
      if table.rows.contains(where: { NginxMaster.isMaster($0.command) }) { return table }
    } else if context.isDryRun, effect != .observe {
      return nil
    }
    let masters = try await masters()
    guard let now = masters.first(where: { $0.options == nginx.options }) ?? masters.first else {
      context.state.update { $0.add(.proxyDown) }
      throw await notRunning()
    }
    context.state.update { $0.detected?.proxy.running.nginx = now }
    return try await table(of: now, effect)
  }

  /// nginx's processes; `nil` if it has ended.
  private func table(
    of nginx: NginxMaster, _ effect: HostOperation.Effect
  ) async throws -> ProcessTable? {
    let reply = try await context.perform(.call(context.docker.hostProcesses(nginx.pid)), effect)
    if case .processes(let table)? = reply.value { return table }
    return nil
  }

  /// Whether the proxy is still the same one; `nil` if that cannot be seen.
  ///
  /// - Throws: ``DeployError`` if it does not run.
  @discardableResult
  func isSame(_ proxy: RunningProxy) async throws(DeployError) -> Bool? {
    guard let container = proxy.container else { return try await isSame(proxy.nginx) }
    let inspector = ComposeInspector(context: context)
    guard var found = try? await inspector.inspect([container.id]) else { return nil }
    if found.isEmpty {
      // It may have been recreated.
      switch application.proxy.place {
      case .service(let name):
        found = (try? await inspector.container(of: ServiceID(name))).map { [$0] } ?? []
      case .container(let name): found = (try? await inspector.inspect([name])) ?? []
      case .host: break
      }
    }
    return try running(found.first).isSameLife(as: container)
  }

  private func isSame(_ nginx: NginxMaster) async throws(DeployError) -> Bool? {
    let table = try? await table(of: nginx, .observe)
    if table?.rows.contains(where: { NginxMaster.isMaster($0.command) }) == true {
      try await isNotSuspended(nginx)
      return true
    }
    guard let masters = try? await masters() else { return nil }
    if masters.isEmpty { throw await notRunning() }
    return false
  }

  private func restarted(_ proxy: RunningProxy) -> DeployError {
    DeployError(
      .environment, "the proxy \(application.proxy) was restarted during this run",
      fix: proxy.container.map { "see `docker logs \($0.name)`: it must keep running" }
        ?? "see `journalctl -u \(proxy.nginx.unit ?? "nginx")`: it must keep running")
  }

  /// Why a command for the proxy failed, checking first whether it is alive.
  func failure(
    _ call: HostCall, _ result: CommandResult, of proxy: RunningProxy, doing: String
  ) async -> DeployError {
    await failure(DockerErrorClassifier.failure(call, result, doing: doing), of: proxy)
  }

  private func failure(_ failure: DeployError, of proxy: RunningProxy) async -> DeployError {
    guard failure.code == .command else { return failure }
    do throws(DeployError) {
      guard let isSame = try await isSame(proxy) else { return failure }
      context.state.update { $0.seesProxy() }
      return isSame ? failure : restarted(proxy)
    } catch {
      context.state.update { $0.add(.proxyDown) }
      return error
    }
  }

  // MARK: Configuration

  /// The configuration that nginx would read now; `nil` if it would reject it.
  ///
  /// - Parameter site: the site file, as nginx names it, if it is about to be changed.
  /// - Throws: ``DeployError`` if another file has a syntax error: then nothing should be started.
  func dump(of proxy: RunningProxy, toSwitch site: String? = nil) async throws -> NginxDump? {
    let call = context.docker.testConfiguration(of: proxy.nginx)
    guard let result = try await context.result(of: call, .observe) else { return nil }
    guard result.succeeded else {
      guard NginxErrorClassifier.isFromNginx(result.errors) else {
        throw await failure(call, result, of: proxy, doing: "read the proxy's configuration")
      }
      if let site, NginxErrorClassifier.isSyntaxError(result.errors, outside: site) {
        throw NginxErrorClassifier.failure(
          result.errors, site: [], source: application.site.file, at: site)
      }
      // The switch may fix a configuration that is broken now; its own test counts.
      context.note(
        "nginx would reject its current configuration: "
          + "\(NginxErrorClassifier.reason(in: result.errors))"
      )
      return nil
    }
    return NginxDump(result.output)
  }

  /// How to make a new container for the proxy, or at least mount its files again.
  static func recreation(of application: Application, _ container: Container?) -> String {
    let proxy = application.proxy
    if let service = proxy.service {
      return "`"
        + application.composeLine("up -d --no-deps --force-recreate", ServiceID(service)) + "`"
    }
    if proxy.place == .host { return "`sudo systemctl reload nginx`" }
    guard let container, let folder = container.projectFolder else {
      return "`docker restart \(proxy)`"
    }
    return "`docker compose --project-directory \(folder) up -d --no-deps --force-recreate "
      + "\(container.service)`"
  }

  // MARK: Where else nginx runs

  /// The names of running containers that look like plain nginx.
  ///
  /// - Parameter networks: If some of them are attached to one of these, only they count.
  func inContainers(preferring networks: Set<String> = []) async -> [String] {
    let all = await nginxContainers()
    let near = all.filter { !$0.networks.isDisjoint(with: networks) }
    return (near.isEmpty ? all : near).map(\.name).sorted()
  }

  /// The running containers that look like plain nginx.
  private func nginxContainers() async -> [Container] {
    let found = try? await ComposeInspector(context: context).containers { _ in true }
    return (found ?? []).filter { $0.isRunning && Self.isNginx(image: $0.image) }
  }

  /// Whether an image is plain nginx by its name.
  static func isNginx(image: String) -> Bool {
    ProxyKind(image: image) == .nginx
  }
}

extension Proxy {
  /// nginx there, as the subject of a message.
  var nginx: String {
    if case .host = place { "nginx on this host" } else { "nginx in \(self)" }
  }
}
