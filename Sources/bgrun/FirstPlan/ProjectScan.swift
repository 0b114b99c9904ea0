import DeployDSL
import DeployRunner

/// What a plan has to say about a Compose project, as far as the project shows it.
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
  /// Pairs that no client speaks to: they switch with the application.
  var workers: [Pair] = []
  var proxy = "nginx-proxy"
  var site = Site()
  /// The port inside the colours' containers, where the Compose file does not say it.
  var port: Int?
  /// Whether the colours' image is built here.
  var isBuilt = false
  /// What could not be told, or is for the person to decide.
  var notes: [String] = []

  /// What plans take for granted, for an application of some name.
  init(named name: String) {
    self.name = name
    pair = Pair(stem: name, blue: "\(name)-blue", green: "\(name)-green")
  }

  /// What a project shows.
  ///
  /// - Parameters:
  ///   - project: what Compose says of it. Its name is taken where the services do not give one.
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
          "nginx may include \(found.blue) and \(found.green) by themselves, for they lie in its "
            + "folder of sites: keep them in another one")
      }
    } else {
      notes.append(
        "no site file with a source for blue and one for green was found in what \(proxy) mounts; "
          + "the plan takes \(site.file): say it with Deploy(…, site:)")
    }
  }

  /// Services that differ in nothing but the colour.
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
    let hasSite = { (pair: Pair) in files.site(for: pair.blue, mustName: true) != nil }
    let isServed = { (pair: Pair) in
      hasSite(pair) || project.services[pair.blue]?.firstPort != nil
    }
    guard
      let chosen = pairs.first(where: hasSite) ?? pairs.first(where: isServed) ?? pairs.first
    else {
      notes.append(
        "no two services of the Compose file differ in blue and green alone; the plan takes "
          + "\(pair.blue) and \(pair.green): say them with Deploy(…, blue:, green:)")
      return
    }
    pair = chosen
    if !chosen.stem.isEmpty { name = chosen.stem }
    isBuilt = project.services[chosen.blue]?.build != nil
    if project.services[chosen.blue]?.firstPort == nil {
      port = files.port(of: chosen.blue)
      if port == nil {
        notes.append(
          "the Compose file says no port of \(chosen.blue): say it with Deploy(…, port:)")
      }
    }
    for other in pairs where other != chosen {
      if isServed(other) {
        notes.append(
          "\(other.blue) and \(other.green) have a port or a site of their own: if they are "
            + "another application, write a plan for them, too")
      } else {
        workers.append(other)
        notes.append(
          "\(other.blue) and \(other.green) have neither a port nor a site: the plan takes them for "
            + "workers that switch with \(chosen.blue) and \(chosen.green)")
      }
    }
  }

  private mutating func chooseProxy(_ services: [String: ComposeProject.Service]) {
    guard services[proxy] == nil else { return }
    let found = services.filter(\.value.isNginx).sorted { $0.key < $1.key }
    // Of several the one that clients can reach.
    if let service = found.first(where: { $0.value.ports?.isEmpty == false }) ?? found.first {
      proxy = service.key
    } else {
      notes.append(
        "no service of the Compose file looks like nginx; the plan takes \(proxy): say it with "
          + "Deploy(…, proxy:)")
    }
  }
}

extension ComposeProject.Service {
  /// Whether its image's name says so, or where its files are mounted.
  fileprivate var isNginx: Bool {
    let name = image?.split(separator: "/").last ?? ""
    return name.contains("nginx") || name.contains("openresty")
      || mounts?.contains { $0.target.contains("/nginx") } == true
  }
}
