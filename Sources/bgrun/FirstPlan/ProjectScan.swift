import DeployDSL
import DeployRunner

/// What a plan must state about a Compose project, as far as the project shows it.
struct ProjectScan: Equatable {
  /// The services of the two colours.
  struct Pair: Equatable {
    /// What both names share: `web` of `web-blue` and `web-green`.
    var stem: String
    var blue: String
    var green: String
  }

  /// The application's name.
  var name: String
  var pair: Pair
  /// Pairs without clients of their own: they switch with the application.
  var workers: [Pair] = []
  var proxy = "nginx-proxy"
  var site = Site()
  /// The port inside the colours' containers, if the Compose file does not state it.
  var port: Int?
  /// Whether the colours' image is built here.
  var isBuilt = false
  /// What could not be detected, or needs a decision.
  var notes: [String] = []

  /// The defaults of a plan for an application.
  init(named name: String) {
    self.name = name
    pair = Pair(stem: name, blue: "\(name)-blue", green: "\(name)-green")
  }

  /// What a project shows.
  ///
  /// - Parameters:
  ///   - project: the Compose model. Its name is used if the services do not suggest one.
  ///   - folder: its folder, where the site file and its sources are looked for.
  init(of project: ComposeProject, in folder: String) {
    self.init(named: project.name)
    let pairs = Self.pairs(of: project.services.keys.sorted())
    let colored = Set(pairs.flatMap { [$0.blue, $0.green] })
    chooseProxy(project.services.filter { !colored.contains($0.key) })
    let files = SiteFiles(mounts: project.services[proxy]?.mounts ?? [], folder: folder)
    choosePair(of: pairs, in: project, by: files)
    if let found = files.site(for: pair.blue) {
      site = found
      if files.isIncluded(found.blue) || files.isIncluded(found.green) {
        notes.append(
          "nginx may load \(found.blue) and \(found.green) directly, because they are in a folder that "
            + "it includes: move them to another one")
      }
    } else if let found = files.site(naming: [pair.blue, pair.green]) {
      site = found
    } else {
      notes.append(
        "the mounts of \(proxy) contain no site file that names \(pair.blue) or \(pair.green); "
          + "the plan uses \(site.file): set it with Deploy(…, site:)")
    }
  }

  /// Services that differ only in the colour.
  private static func pairs(of services: [String]) -> [Pair] {
    services.compactMap { blue in
      guard let place = blue.firstRange(of: "blue") else { return nil }
      let green = blue.replacing("blue", with: "green", maxReplacements: 1)
      guard services.contains(green) else { return nil }
      let rest = [blue[..<place.lowerBound], blue[place.upperBound...]]
      let words = rest.flatMap { $0.split { "-_.".contains($0) } }
      return Pair(stem: words.joined(separator: "-"), blue: blue, green: green)
    }
  }

  private mutating func choosePair(
    of pairs: [Pair], in project: ComposeProject, by files: SiteFiles
  ) {
    let hasSite = { (pair: Pair) in
      files.site(for: pair.blue, mustName: true) != nil
        || files.site(naming: [pair.blue, pair.green]) != nil
    }
    let isServed = { (pair: Pair) in
      hasSite(pair) || project.services[pair.blue]?.firstPort != nil
    }
    guard
      let chosen = pairs.first(where: hasSite) ?? pairs.first(where: isServed) ?? pairs.first
    else {
      notes.append(
        "no two services of the Compose file differ only in blue and green; the plan uses "
          + "\(pair.blue) and \(pair.green): set them with Deploy(…, blue:, green:)")
      return
    }
    pair = chosen
    if !chosen.stem.isEmpty { name = chosen.stem }
    isBuilt = project.services[chosen.blue]?.build != nil
    if project.services[chosen.blue]?.firstPort == nil {
      port = files.port(of: chosen.blue) ?? files.port(of: chosen.green)
      if port == nil {
        notes.append(
          "the Compose file states no port of \(chosen.blue): set it with Deploy(…, port:)")
      }
    }
    for other in pairs where other != chosen {
      if isServed(other) {
        notes.append(
          "\(other.blue) and \(other.green) have their own port or site: if they are "
            + "another application, write a plan for it as well")
      } else {
        workers.append(other)
        notes.append(
          "\(other.blue) and \(other.green) have neither a port nor a site: the plan treats them as "
            + "workers that switch with \(chosen.blue) and \(chosen.green)")
      }
    }
  }

  private mutating func chooseProxy(_ services: [String: ComposeProject.Service]) {
    guard services[proxy] == nil else { return }
    let found = services.filter(\.value.isNginx).sorted { $0.key < $1.key }
    // Prefer the one that clients can reach.
    if let service = found.first(where: { $0.value.ports?.isEmpty == false }) ?? found.first {
      proxy = service.key
    } else {
      notes.append(
        "no service of the Compose file looks like nginx; the plan uses \(proxy): set it with "
          + "Deploy(…, proxy:)")
    }
  }
}

extension ComposeProject.Service {
  /// Whether its image's name or its mounts indicate nginx.
  fileprivate var isNginx: Bool {
    let name = image?.split(separator: "/").last ?? ""
    return name.contains("nginx") || name.contains("openresty")
      || mounts?.contains { $0.target.contains("/nginx") } == true
  }
}
