import DeployDSL
import DeployRunner

extension SimulatedState {
  static var mainConfiguration: String { "/etc/nginx/nginx.conf" }

  /// The site file's path inside the proxy.
  var sitePath: String {
    if isProxyOnMachine { return files.absolute(application.site.file) }
    let name = application.site.file.split(separator: "/").last.map(String.init) ?? "service.conf"
    return "/etc/nginx/conf.d/\(name)"
  }

  /// The main configuration file's text.
  var mainText: String {
    if let text = nginxFiles[Self.mainConfiguration] { return text }
    let include =
      mount == .file ? "include /etc/nginx/conf.d/*.conf;" : "include \(sitePath);"
    return """
      user nginx;
      worker_processes 2;
      error_log /var/log/nginx/error.log notice;
      pid /run/nginx.pid;
      events { worker_connections 1024; }
      \(includesSiteInsideHTTP ? "http { \(include) }" : "\(include)\nhttp { }")

      """
  }

  /// The content that the proxy sees at the site file's path.
  var mountedSite: FileSnapshot.Content {
    switch mount {
    case .folder: return files.snapshot(application.site.file, at: now).content
    case .file:
      guard let mountedInode else { return .directory }
      return files.inodes[mountedInode].map { .file($0.bytes) } ?? .missing
    }
  }

  /// The reason why the proxy's container cannot restart: a mounted file is gone, and the engine
  /// created a folder in its place.
  mutating func mountObstacle() -> String? {
    guard mount == .file, mountedInode != nil, files.inode(at: application.site.file) == nil
    else { return nil }
    files.makeDirectory(application.site.file)
    let path = files.absolute(application.site.file)
    return "failed to create shim task: OCI runtime create failed: runc create failed: unable to "
      + "start container process: error during container init: error mounting \"\(path)\" to "
      + "rootfs at \"\(sitePath)\": mount \(path):\(sitePath) (via /proc/self/fd/6), flags: "
      + "0x5000: not a directory: unknown: Are you trying to mount a directory onto a file (or "
      + "vice-versa)? Check if the specified host path exists and is the expected type"
  }

  // MARK: Configuration

  /// The configuration that the master reads.
  struct LoadedConfiguration {
    var site = NginxSite()
    /// The site file's content, as the proxy sees it.
    var bytes: [UInt8] = []
    /// All files with their content, in the order of reading.
    var files: [(path: String, text: String)] = []
  }

  /// Reads the configuration as the master would, or returns its error: `[emerg] …`.
  func readConfiguration() throws(NginxConfiguration.Refusal) -> LoadedConfiguration {
    let seen = mountedSite
    if case .directory = seen {
      throw NginxConfiguration.Refusal(
        text: "[crit] pread() \"\(sitePath)\" failed (21: Is a directory)")
    }
    var bytes: [UInt8]?
    if case .file(let content) = seen { bytes = content } else if mount == .file { bytes = [] }
    var texts = nginxFiles
    texts[Self.mainConfiguration] = mainText
    if let bytes { texts[sitePath] = String(decoding: bytes, as: UTF8.self) }
    do throws(NginxConfiguration.Refusal) {
      var includes = NginxIncludes(main: Self.mainConfiguration, paths: texts.keys.sorted()) {
        path throws(NginxConfiguration.Refusal) in
        guard let text = texts[path] else { return nil }
        return try NginxConfiguration(Array(text.utf8), path: path)
      }
      let whole = try includes.read()
      let outside = whole.directives.first { ["upstream", "server"].contains($0.name) }
      if let outside {
        throw NginxConfiguration.Refusal(
          text: "\"\(outside.name)\" directive is not allowed here in "
            + "\(outside.file):\(outside.line)")
      }
      let proxy = index(ofService: proxyName).map { containers[$0].service }
      let site = try NginxSite(whole) { host in
        // Any address: on the machine itself a port leads to the container.
        if isProxyOnMachine, Self.localNames.contains(host) { return [1] }
        return indices(resolving: host, for: proxy).compactMap { containers[$0].address }
      }
      return LoadedConfiguration(
        site: site, bytes: bytes ?? [], files: includes.order.map { ($0, texts[$0] ?? "") })
    } catch {
      throw NginxConfiguration.Refusal(text: "[emerg] \(error.text)")
    }
  }

  /// The colour that a site file's bytes send requests to.
  func color(ofSite bytes: [UInt8]) -> Color? {
    guard let file = try? NginxConfiguration(bytes, path: ""),
      let site = try? NginxSite(file, resolving: { _ in [0] })
    else { return nil }
    if !site.servers.isEmpty { return color(of: site) }
    // Locations that a server of another file includes.
    let places = file.directives.flatMap(\.backends).map { $0.split(separator: ":") }
    return places.lazy.compactMap { parts in
      color(ofHost: String(parts.first ?? ""), port: parts.last.flatMap { Int($0) } ?? 80)
    }.first
  }

  func color(of site: NginxSite) -> Color? {
    guard case .backends(let backends) = site.destination(of: clientRequest(by: site)) else {
      return nil
    }
    return backends.lazy.compactMap { color(ofHost: $0.host, port: $0.port) }.first
  }

  func color(ofHost host: String, port: Int) -> Color? {
    Color.allCases.first { color in
      let id = application.serviceID(color)
      return services.contains { service in
        guard service.id == id else { return false }
        if isProxyOnMachine, Self.localNames.contains(host) {
          return service.publishedPorts.contains { $0.outside == port }
        }
        let numbers = 1...max(1, service.replicas ?? 1)
        return service.project == nil && service.name == host || service.aliases.contains(host)
          || numbers.contains { containerName(of: service, number: $0) == host }
      }
    }
  }

  // MARK: Processes

  /// Handles the start of the proxy's container: it reads its configuration, or exits.
  mutating func startProxy(_ index: Int) {
    if mount == .file { bindSite() }
    do throws(NginxConfiguration.Refusal) {
      let loaded = try readConfiguration()
      nginx.masterPid = containers[index].pid
      nginx.startedAt = now
      containers[index].isListening = true
      addGeneration(loaded.site, loaded.bytes)
      note("\(proxyName) started")
    } catch {
      note("\(proxyName) started")
      end(index, exitCode: 1, log: ["nginx: \(error.text)"])
    }
  }

  /// Docker creates a folder in place of a missing file.
  private mutating func bindSite() {
    let path = application.site.file
    mountedInode = files.inode(at: path)
    if mountedInode == nil { files.makeDirectory(path) }
  }

  private mutating func addGeneration(_ site: NginxSite, _ bytes: [UInt8]) {
    let workers = (0..<2).map { _ in
      SimulatedNginx.Worker(pid: 1000 + number(), startedAt: now)
    }
    nginx.generations.append(
      SimulatedNginx.Generation(number: number(), site: site, bytes: bytes, workers: workers))
  }

  /// Performs an accepted `nginx -s reload`: the master reads its files after 20 ms and starts new
  /// workers after ``reloadTime``; the old ones are told to finish 90 ms later, and the idle ones
  /// are gone after another 90 ms.
  mutating func reloadProxy() {
    guard let proxy = index(ofService: proxyName) else { return }
    whileAlive(containers[proxy], after: .milliseconds(20), isNatural: false) { world, _ in
      world.replaceWorkers()
    }
  }

  private mutating func replaceWorkers() {
    guard !refusesReloads else { return note("the proxy kept its old configuration") }
    do throws(NginxConfiguration.Refusal) {
      let loaded = try readConfiguration()
      guard reloadTime > .zero else { return replaceWorkers(by: loaded) }
      schedule(after: reloadTime) { $0.replaceWorkers(by: loaded) }
    } catch {
      note("the proxy kept its old configuration: \(error.text)")
    }
  }

  private mutating func replaceWorkers(by loaded: LoadedConfiguration) {
    let old = nginx.generations.map(\.number)
    addGeneration(loaded.site, loaded.bytes)
    note("the proxy has new workers")
    retireLater(old)
  }

  private mutating func retireLater(_ old: [Int]) {
    schedule(after: .milliseconds(90)) { world in
      for index in world.nginx.generations.indices
      where old.contains(world.nginx.generations[index].number) {
        world.nginx.generations[index].isAccepting = false
      }
      world.note("the proxy's old workers finish")
    }
    schedule(after: .milliseconds(180)) { $0.retireIdleWorkers() }
    guard let timeout = workerShutdownTimeout else { return }
    schedule(after: .milliseconds(90) + timeout) { world in
      for index in world.nginx.generations.indices
      where old.contains(world.nginx.generations[index].number) {
        world.cutAll(in: index)
      }
      world.retireIdleWorkers()
    }
  }

  /// Ends workers by a signal. The master replaces those that should accept connections.
  mutating func endWorkers(_ pids: [Int]) {
    for index in nginx.generations.indices {
      let ended = nginx.generations[index].workers.indices.filter {
        pids.contains(nginx.generations[index].workers[$0].pid)
      }
      guard !ended.isEmpty else { continue }
      if nginx.generations[index].isAccepting {
        for worker in ended {
          nginx.generations[index].workers[worker] = .init(pid: 1000 + number(), startedAt: now)
        }
        cutAll(in: index)
      } else {
        nginx.generations[index].workers.removeAll { pids.contains($0.pid) }
        if nginx.generations[index].workers.isEmpty { cutAll(in: index) }
      }
    }
    retireIdleWorkers()
  }

  /// Ends old workers without requests.
  mutating func retireIdleWorkers() {
    let before = nginx.generations.count
    nginx.generations.removeAll { !$0.isAccepting && $0.connections.isEmpty }
    if nginx.generations.count != before { note("the proxy's old workers are gone") }
  }

  // MARK: Requests in flight

  /// Cuts the requests in flight to a container.
  mutating func cut(_ container: String) {
    for index in nginx.generations.indices {
      let broken = nginx.generations[index].connections.filter { $0.container == container }
      nginx.generations[index].connections.removeAll { $0.container == container }
      for connection in broken { noteCut(connection) }
    }
    retireIdleWorkers()
  }

  private mutating func cutAll(in index: Int) {
    let broken = nginx.generations[index].connections
    nginx.generations[index].connections = []
    for connection in broken { noteCut(connection) }
  }

  private mutating func noteCut(_ connection: SimulatedNginx.Connection) {
    note("\(connection.name) was cut off")
    if let entry = timeline.last { cutRequests.append(entry) }
  }
}
