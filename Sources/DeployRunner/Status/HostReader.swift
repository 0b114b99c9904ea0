import DeployDSL

/// Reads the parts of a ``HostSnapshot``.
struct HostReader {
  let context: ActionContext

  var application: Application { context.application }

  // MARK: Project

  /// The Compose project, and the files that the plan names.
  func project() async throws -> HostSnapshot {
    let project = try await ComposeInspector(context: context).read()
    let environment = try await context.read(".env")
    var snapshot = HostSnapshot(
      project: project, folder: Paths.parent(of: environment.path) ?? "/")
    snapshot.variables = context.docker.config().command.environment.mapValues(\.text)
    snapshot.files.append(environment)
    let named = [application.site.file] + Color.allCases.map(application.source)
    for path in Set(named + application.allComposeFiles + ComposeProject.usualFiles) {
      snapshot.files.append(try await context.read(path))
    }
    if let bytes = try await missingSite(project) {
      let path = snapshot.path(application.site.file)
      snapshot.files.removeAll { $0.path == path }
      snapshot.add(bytes, at: application.site.file)
    }
    return snapshot
  }

  /// What the site file says before the first deploy has written it.
  private func missingSite(_ project: ComposeProject) async throws -> [UInt8]? {
    let file = try await context.read(application.site.file)
    guard file.content == .missing, file.link == nil else { return nil }
    if application.site.generated != nil {
      let proxy = try project.plannedProxy(of: application, site: [])
      return try GeneratedContent(application, in: project, for: proxy)?.byColor[.blue]
    }
    return try? await ProxyInspector(context: context).sources()?.0
  }

  /// The files that nginx's service mounts.
  func addMounts(to snapshot: inout HostSnapshot) async throws {
    guard let name = application.proxy.service, var proxy = snapshot.project.services[name] else {
      return
    }
    var mounts: [ComposeProject.Mount] = []
    for mount in proxy.mounts ?? [] {
      let source = try await resolved(mount.source)
      mounts.append(ComposeProject.Mount(source: source, target: mount.target))
      for path in Files.paths(below: source, depth: 4) { await add(path, to: &snapshot) }
    }
    proxy.mounts = mounts
    snapshot.project.services[name] = proxy
    snapshot.proxyFiles = NginxDump.filesOfImage.filter { path, _ in
      !mounts.contains { path.hasPrefix($0.target + "/") }
    }
  }

  /// A path without links, by which a release's folder may be reached.
  private func resolved(_ path: String) async throws -> String {
    let found = try await context.read(path)
    guard found.link != nil, found.content == .directory else { return found.path }
    return String(try await context.read("\(path)/.").path.dropLast(2))
  }

  /// - Returns: whether it is a configuration.
  @discardableResult
  private func add(_ path: String, to snapshot: inout HostSnapshot) async -> Bool {
    guard let file = try? await context.read(path), file.isText else { return false }
    if !snapshot.files.contains(where: { $0.path == file.path }) { snapshot.files.append(file) }
    return true
  }

  // MARK: What runs

  /// The containers and nginx; `nil` if it does not run.
  func running(_ snapshot: HostSnapshot) async -> (HostSnapshot.Found, NginxDump)? {
    let (project, finder) = (snapshot.project, ProxyFinder(context: context))
    let names = Set([project.name] + project.others.keys)
    let all = try? await ComposeInspector(context: context).containers {
      $0.project.map(names.contains) == true
    }
    guard let containers = all?.filter({ !$0.service.isEmpty }),
      let proxy = try? await finder.find(
        among: containers, site: snapshot.path(application.site.file)
      ).proxy,
      let dump = try? await finder.dump(of: proxy)
    else { return nil }
    return (HostSnapshot.Found(containers: containers, proxy: proxy), dump)
  }

  /// Adds what runs.
  func add(
    _ found: HostSnapshot.Found, _ dump: NginxDump, to snapshot: inout HostSnapshot
  ) async throws {
    var found = found
    if var container = found.proxy.container {
      for index in container.mounts.indices {
        container.mounts[index].source = try await resolved(container.mounts[index].source)
      }
      found.proxy.container = container
      add(container, to: &snapshot)
    }
    snapshot.found = found
    snapshot.proxyMain = dump.paths.first ?? snapshot.proxyMain
    for path in dump.paths {
      let place = found.proxy.container.map { $0.hostPath(of: path) } ?? path
      if let place, await add(place, to: &snapshot) { continue }
      snapshot.proxyFiles[path] = dump.content(of: path).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    for id in Color.allCases.flatMap(application.serviceIDs) {
      guard let image = snapshot.project[id]?.image else { continue }
      let answer = try? await context.ask(context.docker.image(image), doing: "")
      if answer != .flag(true) { snapshot.missingImages.insert(image) }
    }
  }

  /// Describes nginx's container as a service.
  private func add(_ container: Container, to snapshot: inout HostSnapshot) {
    let name = application.proxy.service
    var service = name.flatMap { snapshot.project.services[$0] } ?? ComposeProject.Service()
    service.mounts = container.mounts.map {
      ComposeProject.Mount(source: $0.source, target: $0.destination)
    }
    if let name {
      snapshot.project.services[name] = service
      return
    }
    service.image = container.image
    service.containerName = container.name
    service.networkMode = container.isInHostNetwork ? "host" : nil
    service.ports = container.ports.keys.sorted().flatMap { key in
      (container.ports[key] ?? []).compactMap { binding in
        let parts = key.split(separator: "/")
        guard let target = parts.first.flatMap({ Int($0) }) else { return nil }
        return ComposeProject.Port(
          target: target, published: binding.hostPort, hostIP: binding.hostIP,
          transport: parts.last.map(String.init))
      }
    }
    snapshot.proxy = service
  }

  // MARK: Earlier runs

  /// How many deploys tell the usual times.
  private static let recent = 5

  /// Adds how long booting and stopping took in the last deploys.
  func addTimes(of journal: JournalStore, to snapshot: inout HostSnapshot) {
    var (boots, stops): ([Int], [Int]) = ([], [])
    for run in ((try? journal.runs()) ?? []).prefix(Self.recent) {
      guard let records = try? journal.open(run).records else { continue }
      var names: [Int: String] = [:]
      for record in records {
        if case .nodeStarted(let node, let name) = record.entry { names[node] = name }
        guard case .nodeFinished(let node, .succeeded, let time, _, _, _) = record.entry else {
          continue
        }
        if names[node]?.hasPrefix("Health") == true { boots.append(time) }
        if names[node] == "Stop previous" { stops.append(time) }
      }
    }
    snapshot.bootTime = Self.median(boots)
    snapshot.stopTime = Self.median(stops)
  }

  private static func median(_ times: [Int]) -> Duration? {
    times.isEmpty ? nil : .milliseconds(times.sorted()[times.count / 2])
  }
}

extension FileSnapshot {
  /// Whether it may be a configuration.
  fileprivate var isText: Bool {
    if case .file(let bytes) = content {
      bytes.count <= 256 << 10 && !bytes.contains(0)
    } else {
      false
    }
  }
}
