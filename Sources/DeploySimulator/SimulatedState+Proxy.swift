import DeployDSL
import DeployRunner

extension SimulatedState {
  /// How the site file is mounted into the proxy.
  package var mount: SiteMount {
    get { mounts.contains { $0.source == siteFile } ? .file : .folder }
    set {
      let file = siteFile
      mounts.removeAll { Paths.isInside(file, $0.source) }
      let mount = newValue.ofSite(at: file)
      mounts.append(Container.Mount(source: mount.source, destination: mount.target))
    }
  }

  /// The site file's path on the machine.
  private var siteFile: String { files.absolute(application.site.file) }

  func isLeading(_ mount: Container.Mount, to path: String) -> Bool {
    Paths.isInside(path, mount.source)
  }

  /// The site file's path inside the proxy.
  var sitePath: String {
    let file = siteFile
    if isProxyOnMachine { return file }
    let leading = mounts.filter { isLeading($0, to: file) }
    let best = leading.max { $0.source.count < $1.source.count }
    return best.map { $0.destination + file.dropFirst($0.source.count) }
      ?? "/etc/nginx/conf.d/\(file.split(separator: "/").last ?? "")"
  }

  /// The main configuration file's text.
  package var mainText: String { proxyTexts[mainConfiguration] ?? "" }

  private var inventedMainText: String {
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

  /// All files that nginx can read, by their paths there.
  var proxyTexts: [String: String] {
    var texts = nginxFiles
    let paths = files.entries.keys.filter { !files.isFolder($0) }
    if isProxyOnMachine { for path in paths { texts[path] = file(path) } }
    for mount in mounts {
      if let inode = mountedInodes[mount.destination] ?? files.inode(at: mount.source) {
        texts[mount.destination] =
          files.inodes[inode].map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        continue
      }
      for path in paths where path.hasPrefix(mount.source + "/") {
        texts[mount.destination + path.dropFirst(mount.source.count)] = file(path)
      }
    }
    if texts[mainConfiguration] == nil {
      texts[mainConfiguration] = inventedMainText
    }
    return texts
  }

  /// The reason why the proxy's container cannot restart: a mounted file is gone, and the engine
  /// created a folder in its place.
  mutating func mountObstacle() -> String? {
    let lost = mounts.first { mount in
      mountedInodes[mount.destination] != nil && files.inode(at: mount.source) == nil
    }
    guard let lost else { return nil }
    let (path, inside) = (lost.source, lost.destination)
    files.makeDirectory(path)
    return "failed to create shim task: OCI runtime create failed: runc create failed: unable to "
      + "start container process: error during container init: error mounting \"\(path)\" to "
      + "rootfs at \"\(inside)\": mount \(path):\(inside) (via /proc/self/fd/6), flags: "
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
    let (site, isFile) = (sitePath, mount == .file)
    let isDirectory = isFile ? mountedInodes[site] == nil : files.isDirectory(siteFile)
    if isDirectory {
      throw NginxConfiguration.Refusal(
        text: "[crit] pread() \"\(site)\" failed (21: Is a directory)")
    }
    let texts = proxyTexts
    do throws(NginxConfiguration.Refusal) {
      let (whole, order) = try configuration(of: texts)
      let outside = whole.directives.first { ["upstream", "server"].contains($0.name) }
      if let outside {
        throw NginxConfiguration.Refusal(
          text: "\"\(outside.name)\" directive is not allowed here in "
            + "\(outside.file):\(outside.line)")
      }
      let proxy = index(ofService: proxyName).map { containers[$0].service }
      let site = try NginxSite(whole) { host in
        // Any address: on the machine itself a port leads to the container.
        if isMachine(host) { return [1] }
        let found = indices(resolving: host, for: proxy).compactMap { containers[$0].address }
        return found.isEmpty && knowsOtherHosts && host.contains(".") ? [0] : found
      }
      return LoadedConfiguration(
        site: site, bytes: texts[sitePath].map { Array($0.utf8) } ?? [],
        files: order.map { ($0, texts[$0] ?? "") })
    } catch {
      throw NginxConfiguration.Refusal(text: "[emerg] \(error.text)")
    }
  }

  /// All files as one, and those that take part.
  func configuration(
    of texts: [String: String]
  ) throws(NginxConfiguration.Refusal) -> (whole: NginxConfiguration, order: [String]) {
    var includes = NginxIncludes(main: mainConfiguration, paths: texts.keys.sorted()) {
      path throws(NginxConfiguration.Refusal) in
      guard let text = texts[path] else { return nil }
      return try NginxConfiguration(Array(text.utf8), path: path)
    }
    return (try includes.read(), includes.order)
  }

  /// Lets services answer on the ports by which nginx reaches them, which a Compose file need not
  /// name.
  mutating func openPortsOfSite() {
    guard let whole = try? configuration(of: proxyTexts).whole,
      let site = try? NginxSite(whole, resolving: { _ in [0] })
    else { return }
    for backend in site.backends {
      let color = color(ofHost: backend.host, port: backend.port)
      for index in services.indices {
        let service = services[index]
        let isNamed = [service.name, containerName(of: service)] + service.aliases
        let isColor = color != nil && Color.allCases.map(application.serviceID).contains(service.id)
        if isColor || isNamed.contains(backend.host) {
          services[index].managementPorts.insert(backend.port)
        }
      }
    }
  }

  /// The colour that a site file's bytes send requests to.
  func color(ofSite bytes: [UInt8]) -> Color? {
    guard let file = try? NginxConfiguration(bytes, path: ""),
      let site = try? NginxSite(file, resolving: { _ in [0] })
    else { return nil }
    if !site.servers.isEmpty { return color(of: site) }
    // Locations, or an upstream, that a server of another file uses.
    let places = NginxTraffic(file).hosts.sorted().map { $0.split(separator: ":") }
    return places.firstValue { parts in
      color(ofHost: String(parts.first ?? ""), port: parts.last.flatMap { Int($0) } ?? 80)
    }
  }

  func color(of site: NginxSite) -> Color? {
    color(of: site.destination(of: clientRequest(by: site)))
  }

  func color(of destination: NginxSite.Destination?) -> Color? {
    guard case .backends(let backends)? = destination else { return nil }
    return backends.firstValue { color(ofHost: $0.host, port: $0.port) }
  }

  func color(ofHost host: String, port: Int) -> Color? {
    let isMachine = isMachine(host)
    return Color.allCases.first { color in
      let id = application.serviceID(color)
      return services.contains { service in
        guard service.id == id else { return false }
        if isMachine {
          return service.publishedPorts.contains { $0.outside == port }
        }
        if service.project == nil && service.name == host || service.aliases.contains(host) {
          return true
        }
        let numbers = 1...max(1, service.replicas ?? 1)
        return numbers.contains { containerName(of: service, number: $0) == host }
      }
    }
  }

  // MARK: Processes

  /// Handles the start of the proxy's container: it reads its configuration, or exits.
  mutating func startProxy(_ index: Int) {
    bindFiles()
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

  /// Mounts files by their inodes. Docker creates a folder in place of what is missing.
  mutating func bindFiles() {
    mountedInodes = [:]
    for mount in mounts {
      mountedInodes[mount.destination] = files.inode(at: mount.source)
      if !files.isDirectory(mount.source), mountedInodes[mount.destination] == nil {
        files.makeDirectory(mount.source)
      }
    }
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
    guard let proxy = index(ofService: proxyName), containers[proxy].hasProcess else { return }
    whileAlive(containers[proxy], after: .milliseconds(20), isNatural: false) { world, index in
      if world.containers[index].hasProcess { world.replaceWorkers() }
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
