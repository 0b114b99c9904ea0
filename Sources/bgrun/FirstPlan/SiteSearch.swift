import DeployDSL
import DeployRunner

/// Finds the file that decides which colour of an application gets requests.
struct SiteSearch {
  let proxy: ProxyReading
  let project: ComposeProject
  /// The project's folder, without links.
  let folder: String
  /// The command that is running, for proposals.
  let command: [String]

  private var root: String { Paths.resolved(folder) ?? Paths.tidy(Paths.absolute(folder)) }

  /// The site of an application, and its active colour; `nil` if nginx has no site for it yet.
  ///
  /// - Parameters:
  ///   - application: the application; its site is not looked at.
  ///   - named: the file according to the user, relative to the project folder.
  func site(
    of application: Application, named: String?, by interview: Interview
  ) async throws -> (Site, Color?) {
    let hosts = ColorHosts(of: application, in: project, for: proxy.proxy)
    let found = try candidates(of: application, by: hosts)
    guard !found.isEmpty else { return (try generated(named, for: application), nil) }
    let files = found.map { path(inPlan: $0.host) }
    try isOnlyOne(of: found.filter { isOfOneColor($0.inside, by: hosts) }, application)
    var file = files.first ?? ""
    if let named {
      guard files.contains(named) else {
        throw ToolError(
          "nginx does not load \(named), or it sends no requests to \(application.name)'s services",
          fix: files.isEmpty ? nil : "files that do: \(files.joined(separator: ", "))",
          code: .environment)
      }
      file = named
    } else if Set(files).count > 1 {
      file = try await interview.choose(
        "Which file decides where the requests of \(application.name) go?", among: files,
        option: "--site")
    }
    var site = site(from: file, by: hosts)
    let chosen = found.first { path(inPlan: $0.host) == file }
    if let url = ProxyEndpoint.url(
      of: application, by: hosts, in: proxy.configuration.configuration, site: chosen?.inside,
      published: proxy.proxy)
    {
      site = Site(site.file, blue: site.blue, green: site.green, url: url)
    }
    return (site, found[0].color)
  }

  // MARK: The file

  /// The files that nginx loads and in which one colour of the application is active.
  private func candidates(of application: Application, by hosts: ColorHosts) throws -> [(
    inside: String, host: String, color: Color
  )] {
    var found: [(inside: String, host: String, color: Color)] = []
    var refusal: DeployError?
    let all = SiteRewrite.Uses(in: proxy.configuration.configuration)
    for path in proxy.configuration.paths where !found.contains(where: { $0.inside == path }) {
      guard let bytes = proxy.configuration.content(of: path) else { continue }
      let uses = SiteRewrite.onlySetsVariables(bytes) ? all : SiteRewrite.Uses()
      do throws(DeployError) {
        let color = try SiteRewrite(bytes, path: path, by: hosts, of: application, uses: uses).color
        if let template = proxy.template(of: path) { throw isTemplate(path, template) }
        guard let host = proxy.hostPath(of: path) else { throw isNotMounted(path) }
        found.append((path, host, color))
      } catch  where !SiteText(bytes).colors(by: hosts).isEmpty {
        refusal = refusal ?? error
      } catch {
        // It has nothing to do with the application.
      }
    }
    if let other = found.first(where: { $0.color != found[0].color }) {
      throw ToolError(
        "nginx loads \(found[0].inside) for \(found[0].color) and \(other.inside) for \(other.color): "
          + "both colours get requests",
        fix: "move the files of the colours to a folder that nginx does not include, and copy the "
          + "active one's content to one file that it does",
        code: .environment)
    }
    if found.isEmpty, let refusal {
      throw ToolError(
        refusal.message, fix: refusal.fix, code: .environment,
        details: refusal.details.map { "  \($0)\n" }.joined())
    }
    return found
  }

  /// Whether a file names only one colour, so that a switch of another file would break its site.
  private func isOfOneColor(_ path: String, by hosts: ColorHosts) -> Bool {
    proxy.configuration.content(of: path).map { SiteText($0).colors(by: hosts).count == 1 } ?? false
  }

  /// Makes sure that no second file needs the colour that a switch of the first one leaves: every
  /// deploy would refuse that.
  private func isOnlyOne(
    of found: [(inside: String, host: String, color: Color)], _ application: Application
  ) throws(ToolError) {
    guard let first = found.first, let other = found.first(where: { $0.host != first.host })
    else { return }
    let (one, two) = (path(inPlan: first.host), path(inPlan: other.host))
    throw ToolError(
      "\(one) and \(two) both send requests to \(application.serviceID(first.color)): a switch changes "
        + "one file, and the other one's site would fail",
      fix: "define `upstream \(application.name) { server …; }` in one of them, write `proxy_pass "
        + "http://\(application.name);` in both, reload nginx, and run `\(Command(command))` again",
      code: .environment)
  }

  /// A site that bgrun writes, if the user names a file that nginx would include.
  private func generated(_ named: String?, for application: Application) throws -> Site {
    let message = "no file of nginx sends requests to \(application.name)'s services"
    let places = included
    guard let first = places.first else {
      throw ToolError(
        message,
        fix: includeFolder + ", and run `\(Command(command))` again; or send requests there: "
          + "proxy_pass http://…", code: .environment)
    }
    let name =
      first.files == "*"
      ? "\(application.name).conf" : first.files.replacing("*", with: application.name)
    let usual = Command(command + ["--site", path(inPlan: "\(first.folder)/\(name)")])
    guard let named else {
      throw ToolError(
        message,
        fix:
          "let bgrun write one: `\(usual)`; or send requests there: proxy_pass http://…",
        code: .environment)
    }
    let new = Paths.resolvingFolder(of: onHost(named))
    let isIncluded = places.contains { place in
      Paths.parent(of: new) == place.folder
        && NginxIncludes.matches(Paths.name(of: new), place.files)
    }
    guard isIncluded, !Files.exists(onHost(named)) else {
      throw ToolError(
        "\(message), and \(named) is not a new file that nginx would include",
        fix: "name one: `\(usual)`", code: .environment)
    }
    return .generated(named)
  }

  /// The folders of this machine whose files nginx includes, without links, and the pattern of the
  /// files' names.
  private var included: [(folder: String, files: String)] {
    proxy.configuration.includePatterns.compactMap { pattern -> (folder: String, files: String)? in
      let files = Paths.name(of: pattern)
      guard let inside = Paths.parent(of: pattern), !NginxIncludes.isPattern(inside),
        let folder = proxy.hostPath(of: inside), Files.isFolder(folder)
      else { return nil }
      return (Paths.resolved(folder) ?? folder, files)
    }
  }

  /// How to make nginx include a folder.
  private var includeFolder: String {
    guard proxy.proxy.container == nil else {
      return "mount a folder that nginx includes (volumes: [\"./nginx:/etc/nginx/conf.d\"]), "
        + "recreate the proxy"
    }
    let main = proxy.configuration.paths.first ?? NginxConfiguration.main
    let folder = (Paths.parent(of: main) ?? "") + "/conf.d"
    return "make a folder \(folder), write `include \(folder)/*.conf;` inside http { … } of "
      + "\(main), reload nginx"
  }

  private func isNotMounted(_ path: String) -> DeployError {
    let name = Paths.name(of: path)
    return DeployError(
      .environment,
      "\(path), which decides where requests go, is not on this machine: it belongs to the proxy's "
        + "image or to a volume",
      fix:
        "copy it (`mkdir -p nginx && docker cp \(proxy.proxy.container?.name ?? proxy.name):\(path) nginx/\(name)`), "
        + "mount it in the Compose file (volumes: [\"./nginx/\(name):\(path)\"]), and recreate the "
        + "proxy")
  }

  private func isTemplate(_ path: String, _ template: String) -> DeployError {
    let name = Paths.name(of: path)
    return DeployError(
      .environment,
      "\(path) is rendered from \(self.path(inPlan: template)) when the proxy starts, so a switch cannot "
        + "change it",
      fix:
        "save what it becomes (`docker cp \(proxy.proxy.container?.name ?? proxy.name):\(path) nginx/\(name)`), and mount "
        + "that file to \(path) instead of the template")
  }

  /// A file's path in a plan: relative to the project folder, if it is below it.
  private func path(inPlan file: String) -> String {
    Paths.relative(Paths.resolvingFolder(of: file), to: root)
  }

  // MARK: Its sources

  /// The site file with its two sources, if the project has them: otherwise it is rewritten.
  private func site(from file: String, by hosts: ColorHosts) -> Site {
    let usual = Site(file)
    let hasUsual = [usual.blue, usual.green].contains { Files.exists(onHost($0)) }
    if hasUsual {
      // Sources that also decide about another application would switch it as well.
      let isItsOwn = [usual.blue, usual.green].allSatisfy { isForItsColor($0, by: hosts) }
      return isItsOwn ? usual : .rewritten(file)
    }
    guard let text = Files.read(onHost(file)) else { return usual }
    let files = Files.paths(below: root, depth: 3).map(path(inPlan:))
    for blue in files where blue.isBlue && blue != file {
      let green = blue.inGreen
      guard files.contains(green), green != file,
        [blue, green].contains(where: { Files.read(onHost($0)) == text }),
        [blue, green].allSatisfy({ isForItsColor($0, by: hosts) })
      else { continue }
      return Site(file, blue: blue, green: green)
    }
    return usual
  }

  /// Whether a source sends requests to the services of this application and of no other one that
  /// has colours.
  private func isForItsColor(_ source: String, by hosts: ColorHosts) -> Bool {
    guard let bytes = Files.read(onHost(source)),
      let file = try? NginxConfiguration(bytes, path: source)
    else { return false }
    guard !SiteText(bytes).colors(by: hosts).isEmpty else { return false }
    let targets = NginxTraffic(file).hosts.flatMap { SiteText.hosts(in: $0[...]) }
    let own = Color.allCases.flatMap { hosts[$0] }
    let others = project.services.keys.filter { name in
      targets.contains(name) && !own.contains(name) && name.namesColor
    }
    return others.isEmpty
  }

  private func onHost(_ path: String) -> String { Paths.path(path, in: root) }
}

extension String {
  fileprivate var isBlue: Bool { Paths.name(of: self).contains("blue") }

  /// The file of the other colour beside this one.
  fileprivate var inGreen: String {
    let name = Paths.name(of: self)
    return dropLast(name.count) + name.replacing("blue", with: "green", maxReplacements: 1)
  }
}
