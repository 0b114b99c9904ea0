import DeployDSL

/// Finds the proxy, its site file, how it is mounted and which colour it is for.
struct ProxyInspector {
  struct Findings: Sendable {
    var facts: DeploymentState.Proxy
    var fileColor: Color?
    /// Whether the site file was changed after nginx had loaded it, and not by bgrun.
    var isStale: Bool
    var workers: ProxyWorkers
  }

  let context: ActionContext

  private var application: Application { context.application }

  func find(in project: ComposeProject, among containers: [Container]) async throws -> Findings {
    let running = context.runningColors(among: containers)
    let service = application.proxy.service.map { ServiceID($0) }
    let site = try await siteFile(
      running: running.count == 1 ? running[0] : nil,
      for: containers.first { context.serviceID(of: $0) == service })
    let files = try await sources()
    var finder = ProxyFinder(context: context)
    finder.missing = ProxyFinder.missing(for: site.bytes, in: project, among: containers, context)
    let (proxy, workers) = try await finder.find(among: containers, site: site.path)
    let place = try await place(of: site, in: proxy)
    let hosts = ColorHosts(of: application, in: project, for: proxy)
    let reach = ProxyReach(context: context, proxy: proxy, project: project)
    try reach.coloursHavePorts(for: site.bytes)
    let generated = try GeneratedContent(application, in: project, for: proxy)
    try generated?.mayReplace(site.bytes)
    let given = files ?? generated?.both
    for bytes in [site.bytes, files?.0, files?.1].compactMap(\.self) {
      if let name = hosts.shared(in: bytes).first { throw isShared(name, in: project) }
    }
    var dump = place.dump
    var uses = SiteRewrite.Uses()
    if given == nil, SiteRewrite.onlySetsVariables(site.bytes) {
      if dump == nil { dump = try await finder.dump(of: proxy) }
      uses = dump.map { SiteRewrite.Uses(in: $0.configuration) } ?? uses
    }
    let rewrite =
      given == nil ? try SiteRewrite(site.bytes, by: hosts, in: context, uses: uses) : nil
    let sources =
      given ?? (rewrite?.content(for: .blue) ?? [], rewrite?.content(for: .green) ?? [])
    let own = endpoint(in: site.bytes, by: hosts, proxy)
    var endpoint = own
    let isReachable = proxy.isInHostNetwork || !proxy.publishedAddresses.isEmpty
    // Without a name, another file's server may get the requests.
    let isSure = application.site.url != nil || own?.host != nil || own != nil && !mustBeSure
    // A mounted folder always shows the current file; a mounted file may be an old one.
    let mayBeOld = proxy.container != nil && place.method == .inPlace
    if dump == nil, mayBeOld || isReachable && !isSure {
      let site = context.node == nil || context.resumeState != nil ? nil : place.path
      dump = try await finder.dump(of: proxy, toSwitch: site)
    }
    if let dump {
      if mayBeOld { try compare(site, at: place.path, with: dump, in: proxy) }
      endpoint = ProxyEndpoint(
        of: application, by: hosts, in: dump.configuration, site: place.path, published: proxy)
    }
    if own == nil, endpoint == nil {
      // The other colour's file may tell what the current one does not.
      endpoint =
        [sources.0, sources.1].lazy.compactMap { self.endpoint(in: $0, by: hosts, proxy) }.first
    }
    let fallback = proxy.publishedAddresses.first.map(ProxyEndpoint.init(guessed:))
    let facts = DeploymentState.Proxy(
      running: proxy, sitePath: place.path, method: place.method, siteBytes: site.bytes,
      isRewritten: rewrite != nil, uses: uses, generated: generated?.byColor, workers: workers.pids,
      draining: workers.pids.subtracting(workers.accepting.map(\.pid)),
      siteServices: [
        .blue: SiteServices(sources.0, in: project, for: proxy, besides: hosts.shared),
        .green: SiteServices(sources.1, in: project, for: proxy, besides: hosts.shared),
      ], sources: files.map { [.blue: $0.0, .green: $0.1] } ?? [:],
      endpoint: endpoint ?? fallback,
      provingPath: endpoint?.provingPath(for: application.health))
    if endpoint?.isTLS == true {
      _ = try await context.perform(.command(CurlCommand.version), .observe)
    }
    let color: Color? =
      switch site.bytes {
      case sources.0 where sources.0 != sources.1: .blue
      case sources.1 where sources.0 != sources.1: .green
      // The first deploy writes the file.
      case [] where generated != nil: running.count == 1 ? running[0] : .green
      default:
        SiteText(site.bytes).color(by: hosts)
          ?? (try? SiteRewrite(site.bytes, by: hosts, in: context, uses: uses))?.color
      }
    // Both ages are in whole seconds or finer: only a clear difference counts.
    let isNewer = workers.accepting.contains { $0.age > site.age }
    let isRestored = isNewer ? await isRestored(site, as: color) : false
    let isStale = isNewer && !isRestored
    return Findings(facts: facts, fileColor: color, isStale: isStale, workers: workers)
  }

  /// nginx sends requests to every container that has the name.
  private func isShared(_ name: String, in project: ComposeProject) -> DeployError {
    let names = { (color: Color) in project.containerName(of: application.serviceID(color)) }
    return DeployError(
      .configuration,
      "\(application.site.file) sends requests to \(name), a name that both \(application.blue) and "
        + "\(application.green) have: nginx would send requests to both colours",
      fix: "name one colour's container instead, \(names(.blue)) or \(names(.green)); or give each "
        + "service an alias of its own: `networks: {NETWORK: {aliases: [\(application.name)-blue]}}`"
    )
  }

  /// Whether it matters already that the application itself answers: for `bgrun status`, and for
  /// errors before anything starts. A switch reads all files anyway.
  private var mustBeSure: Bool { context.node == nil || !context.watched.isEmpty }

  /// The application's endpoint according to this file alone.
  private func endpoint(in site: [UInt8], by hosts: ColorHosts, _ proxy: RunningProxy)
    -> ProxyEndpoint?
  {
    let configuration = (try? NginxConfiguration(site, path: "")) ?? NginxConfiguration([])
    return ProxyEndpoint(of: application, by: hosts, in: configuration, published: proxy)
  }

  /// Whether a bgrun run that could not switch has restored the file as nginx had loaded it.
  private func isRestored(_ site: SiteFile, as color: Color?) async -> Bool {
    guard let color else { return false }
    let changed = Timestamp(seconds: context.clock.date.seconds - Int(site.age.inSeconds))
    return await context.runStore.hasChanged(at: changed, leaving: color)
  }

  // MARK: Files

  struct SiteFile: Sendable {
    var path: String
    var bytes: [UInt8]
    var age: Duration
    var link: String?
  }

  /// - Parameters:
  ///   - running: The only running colour, which the file should be for.
  ///   - proxy: The proxy, to explain a missing file.
  func siteFile(running: Color?, for proxy: Container?) async throws -> SiteFile {
    let file = application.site.file
    let copied =
      running.map(application.source)
      ?? "\(application.site.blue) or \(application.site.green)"
    let snapshot = try await context.read(file)
    switch snapshot.content {
    case .file(let bytes):
      return SiteFile(path: snapshot.path, bytes: bytes, age: snapshot.age, link: snapshot.link)
    case .directory:
      throw DeployError(
        .environment,
        "the site file \(file) is a directory: Docker makes one where a mounted file is missing",
        fix: "remove it, copy \(copied) to \(file) and recreate the proxy: "
          + "\(ProxyFinder.recreation(of: application, nil))")
    case .missing where application.site.generated != nil && snapshot.link == nil:
      return SiteFile(path: snapshot.path, bytes: [], age: .seconds(Int32.max))
    case .missing:
      if let link = snapshot.link { throw dangling(link, for: proxy) }
      if let proxy, let template = proxy.mounts.first(where: { Self.isTemplate($0.destination) }) {
        throw isTemplate(template.source, at: template.destination, proxy)
      }
      throw DeployError(
        .environment, "the site file \(file) does not exist in the project folder",
        fix: "copy \(copied) to \(file), or name it with Deploy(…, site:)")
    }
  }

  /// The site file is a link that leads nowhere on this machine. An absolute one is usually meant
  /// for the proxy's container.
  private func dangling(_ link: String, for proxy: Container?) -> DeployError {
    let file = application.site.file
    let what = "the site file \(file) is a symbolic link to \(link), which does not exist"
    guard link.hasPrefix("/"), let place = proxy?.hostPath(of: link) else {
      return DeployError(
        .environment, what + (link.hasPrefix("/") ? " on this machine" : ""),
        fix:
          "point it at a file: `ln -sfn FILE \(file)`, with FILE relative to the link's folder")
    }
    return DeployError(
      .environment,
      what + " on this machine: only inside \(application.proxy) it leads to a file, which is "
        + "\(place) here",
      fix: "make the link relative, which is right in both places: "
        + "`ln -sfnr \(place) \(file)`")
  }

  /// The site file's sources; `nil` if the plan generates the file, or names no sources and there
  /// are none: then the file is rewritten in place.
  func sources() async throws -> ([UInt8], [UInt8])? {
    guard application.site.generated == nil, !application.site.isOwnSource else { return nil }
    let files = try await (
      context.read(application.source(.blue)).content,
      context.read(application.source(.green)).content
    )
    if application.site.hasUsualSources, files == (.missing, .missing) { return nil }
    return (try source(.blue, files.0), try source(.green, files.1))
  }

  private func source(_ color: Color, _ content: FileSnapshot.Content) throws -> [UInt8] {
    guard case .file(let bytes) = content else {
      throw DeployError(
        .environment,
        "the configuration for \(color), \(application.source(color)), is not a file in the "
          + "project folder",
        fix: "write it, or name it with Deploy(…, site: Site(…, \(color):))")
    }
    return bytes
  }

  // MARK: Proxy

  /// How nginx sees the site file.
  struct Place: Sendable {
    /// The path by which nginx reads it.
    var path: String
    /// How it must be written.
    var method: FileWrite.Method
    /// The configuration, if it was needed to tell.
    var dump: NginxDump?
  }

  func place(of site: SiteFile, in proxy: RunningProxy) async throws -> Place {
    guard let container = proxy.container else { return try await placeOnHost(of: site, in: proxy) }
    let (path, method) = try await mount(of: site, in: container)
    return Place(path: path, method: method)
  }

  /// On the machine itself, nginx reads the very file, which this user must be allowed to write.
  private func placeOnHost(of site: SiteFile, in proxy: RunningProxy) async throws -> Place {
    let finder = ProxyFinder(context: context)
    let dump = try await finder.dump(of: proxy)
    var path = site.path
    if let dump {
      guard let loaded = try await finder.path(of: site.path, in: dump) else {
        throw DeployError(
          .environment, "nginx on this host does not include \(site.path)",
          fix: "write `include \(site.path);` inside http { … } of "
            + "\(dump.paths.first ?? "nginx.conf"), and reload nginx")
      }
      path = loaded
    }
    if let link = site.link {
      context.warn(
        "\(application.site.file) is a symbolic link to \(link); it is replaced by a regular file")
    }
    guard let user = proxy.nginx.sudoer else {
      return Place(path: path, method: .rename, dump: dump)
    }
    let slash = site.path.lastIndex(of: "/") ?? site.path.startIndex
    if try await mayWrite(String(site.path[..<slash])) {
      return Place(path: path, method: .rename, dump: dump)
    }
    guard try await mayWrite(site.path) else {
      throw DeployError(
        .environment, "this user may not write \(site.path)",
        fix: "allow it: `sudo chown \(user) \(site.path)`; or name a file of your own that nginx "
          + "includes: Deploy(…, site: Site(\"…\"))")
    }
    return Place(path: path, method: .inPlace, dump: dump)
  }

  private func mayWrite(_ path: String) async throws -> Bool {
    try await context.perform(.call(context.docker.mayWrite(path)), .observe).value == .flag(true)
  }

  /// The site file's path in the container, and how it must be written to be visible there.
  func mount(of site: SiteFile, in proxy: Container) async throws -> (
    path: String, method: FileWrite.Method
  ) {
    var best: (length: Int, path: String, method: FileWrite.Method)?
    // Only mounts that can lead to the site file: sockets and keys are mounted too.
    let components = Set(site.path.split(separator: "/"))
    for mount in proxy.mounts
    where mount.source.split(separator: "/").last.map(components.contains) == true {
      // Docker keeps the path as written; resolve its links to compare.
      let found = try await context.read(mount.source)
      let isLink = found.link != nil && found.content == .directory
      let source =
        isLink ? String(try await context.read("\(mount.source)/.").path.dropLast(2)) : found.path
      if source == site.path {
        best = (.max, mount.destination, .inPlace)
      } else if site.path.hasPrefix(source + "/"), source.count > best?.length ?? 0 {
        best = (source.count, mount.destination + site.path.dropFirst(source.count), .rename)
      }
    }
    guard let best else {
      throw DeployError(
        .environment,
        "\(application.proxy) does not see \(application.site.file): no mount leads there",
        fix: notMounted(proxy))
    }
    guard !Self.isTemplate(best.path) else {
      throw isTemplate(application.site.file, at: best.path, proxy)
    }
    if let link = site.link {
      guard best.method == .rename else {
        throw DeployError(
          .environment,
          "\(application.site.file) is a symbolic link to \(link), and the file itself is mounted: "
            + "changes would not be seen in the container",
          fix: "make it a regular file, or mount its folder")
      }
      context.warn(
        "\(application.site.file) is a symbolic link to \(link); it is replaced by a regular file")
    }
    return (best.path, best.method)
  }

  /// What to do if the configuration is part of the image, or in a volume.
  private func notMounted(_ proxy: Container) -> String {
    let file = application.site.file
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    let local = folder.hasPrefix("/") ? folder : "./\(folder)"
    return
      "mount its folder: `volumes: [\"\(local):/etc/nginx/conf.d\"]` for \(application.proxy) in the "
      + "Compose file; if the files are only in its image or in a volume, save them first: "
      + "`docker cp \(proxy.name):/etc/nginx/conf.d/. \(folder)`"
  }

  /// Whether a file in the proxy's container is a template, by its place or its name.
  private static func isTemplate(_ path: String) -> Bool {
    Paths.isInside(path, templates)
      || [".template", ".tmpl", ".tpl"].contains(where: path.hasSuffix)
  }

  /// Where nginx's image looks for templates.
  private static let templates = "/etc/nginx/templates"

  /// Templates are rendered when the container starts, and never again.
  ///
  /// - Parameters:
  ///   - file: The template on this machine.
  ///   - path: The template in the container.
  private func isTemplate(_ file: String, at path: String, _ proxy: Container) -> DeployError {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    let plain = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    // `default.conf.template` in nginx's folder becomes `conf.d/default.conf`.
    let isUsual = path.hasPrefix(Self.templates)
    let rendered =
      isUsual
      ? "/etc/nginx/conf.d/" + (path == Self.templates ? "default.conf" : plain)
      : path.dropLast(name.count) + plain
    let saved = rendered.split(separator: "/").last ?? ""
    let folder = application.site.file.dropLast(
      application.site.file.split(separator: "/").last?.count ?? 0)
    return DeployError(
      .environment,
      "\(file) is a template: \(application.proxy) reads it only when its container starts, so a "
        + "switch cannot change it",
      fix:
        "save what it becomes (`docker exec \(proxy.name) cat \(rendered) > \(folder)\(saved)`), "
        + "mount that file to \(rendered) instead of the template"
        + (isUsual ? "" : ", leave out the command that renders it,")
        + " and name it: Deploy(…, site: Site(\"\(folder)\(saved)\"))")
  }

  /// Makes sure that nginx reads this very file, before anything is changed.
  func compare(
    _ site: SiteFile, at path: String, with files: NginxDump, in proxy: RunningProxy
  ) throws {
    guard files.paths.contains(path) else {
      throw DeployError(
        .environment, "\(application.proxy.nginx) does not include \(path)",
        fix: "include it inside http { … } of nginx.conf")
    }
    guard files.shows(site.bytes, at: path) else {
      throw DeployError(
        .environment,
        "\(application.proxy) does not see the content of \(application.site.file): a file that is "
          + "mounted on its own was replaced instead of overwritten (by mv, sed -i or an editor)",
        fix: "recreate the proxy "
          + "(\(ProxyFinder.recreation(of: application, proxy.container))), "
          + "and mount the folder instead of the file")
    }
  }
}

extension String {
  /// The last non-empty line.
  var lastLine: String {
    split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
  }
}
