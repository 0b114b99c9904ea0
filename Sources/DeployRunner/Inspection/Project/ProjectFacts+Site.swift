import DeployDSL

extension ProjectFacts {
  /// Rules about the site file, its sources and how nginx sees them.
  static let site: [InspectionRule<ProjectFacts>] = [
    InspectionRule(
      "site-file", .error, "site", "the site file is missing, or is a directory",
      at: \.sitePlace,
      needs: \.siteFile),
    InspectionRule(
      "site-sources", .error, "site", "a source of the site file is missing", at: \.sitePlace,
      needs: \.sources),
    InspectionRule(
      "site-colour", .error, "site",
      "the site file, or a source, does not send requests to exactly the colour that it should",
      at: \.sitePlace,
      find: { facts in
        _ = try facts.contents.get()
        guard let sources = try facts.sources.known() else { return [] }
        for (color, bytes) in [(Color.blue, sources.0), (.green, sources.1)] {
          let (source, site) = (facts.application.source(color), try facts.beforeSwitch(to: color))
          do throws(NginxConfiguration.Refusal) {
            _ = try NginxConfiguration(bytes, path: source)
          } catch {
            let failure = NginxErrorClassifier.failure(
              "nginx: [emerg] \(error.text)", site: bytes, source: source)
            return [Finding(failure, at: Finding.Place(source, line: error.line))]
          }
          do {
            try site.means(color, bytes, from: source)
          } catch let failure as DeployError {
            return [Finding(failure, at: Finding.Place(source, line: 1))]
          }
        }
        return []
      }),
    InspectionRule(
      "site-mount", .error, "mounts", "no mount leads from the site file to nginx",
      at: \.mountPlace,
      needs: \.mount),
    InspectionRule(
      "mounted-file", .note, "mounts", "the site file is mounted on its own, not its folder",
      find: { facts in
        guard facts.application.proxy.service != nil,
          try facts.mount.known().method == .inPlace
        else { return [] }
        let (file, proxy) = (facts.application.site.file, facts.application.proxy)
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        let place = try facts.mount.known().path
        let inside = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? "/etc/nginx/conf.d"
        return [
          Finding(
            "\(file) is mounted on its own: the container keeps the file that it started with",
            why: "bgrun overwrites it in place, but whatever replaces it (git, mv, sed -i, most "
              + "editors) is not seen until \(proxy) is recreated",
            fix: "mount the folder instead",
            lines: ["volumes: [\"\(folder.hasPrefix("/") ? "" : "./")\(folder):\(inside):ro\"]"],
            at: facts.mountPlace)
        ]
      }),
    InspectionRule(
      "sources-loaded", .error, "site", "nginx would load the sources beside the site file",
      at: \.sitePlace,
      find: { facts in
        guard let double = try await facts.loadedSource() else { return [] }
        let site = try facts.beforeSwitch(to: .green)
        throw site.loadsTwice(double, try site.proxy())
      }),
    InspectionRule(
      "site-coverage", .error, "site",
      "the site sends requests to services that the plan does not deploy",
      at: \.sitePlace,
      check: { facts in
        for color in Color.allCases {
          try SiteCoverage(context: try facts.beforeSwitch(to: color).context).check()
        }
      }),
  ]

  /// Where the Compose file mounts the site file.
  private var mountPlace: Finding.Place? {
    application.proxy.service.flatMap { compose.place(of: $0, "volumes") }
  }

  var sitePlace: Finding.Place { Finding.Place(application.site.file) }

  /// The path, in the proxy, of a source that nginx would load beside the site file, as far as the
  /// project tells: its own main configuration is mounted, or it has the image's.
  private func loadedSource() async throws -> String? {
    guard try sources.known() != nil else { return nil }
    guard let service = application.proxy.service,
      let proxy = try project().planned(ServiceID(service))
    else { throw Unknown() }
    let inspector = ProxyInspector(context: context)
    let own = try mount.known().path
    var texts: [String: [UInt8]] = [own: try siteFile.known().bytes]
    for color in Color.allCases {
      let snapshot = try await context.read(application.source(color))
      guard case .file(let bytes) = snapshot.content else { continue }
      let file = ProxyInspector.SiteFile(
        path: snapshot.path, bytes: bytes, age: snapshot.age, link: nil)
      let seen = await result { try await inspector.mount(of: file, in: proxy).path }
      if let path = try? seen.get() { texts[path] = bytes }
    }
    let main = NginxConfiguration.main
    texts[main] =
      try await bytes(at: main, in: proxy)
      ?? Array("events { } http { include /etc/nginx/conf.d/*.conf; }".utf8)
    let known = texts
    var includes = NginxIncludes(main: main, paths: known.keys.sorted()) {
      path throws(NginxConfiguration.Refusal) in
      try NginxConfiguration(known[path] ?? [], path: path)
    }
    guard (try? includes.read()) != nil else { throw Unknown() }
    return includes.order.first { $0 != own && $0 != main && known[$0] != nil }
  }

  /// The content of a path in the proxy, if it is mounted.
  private func bytes(at path: String, in proxy: Container) async throws -> [UInt8]? {
    guard let host = proxy.hostPath(of: path),
      case .file(let bytes) = try await context.read(host).content
    else { return nil }
    return bytes
  }
}
