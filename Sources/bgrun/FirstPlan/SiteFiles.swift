import DeployDSL
import DeployRunner

/// The files of a project that may be the proxy's site file, or a source of it.
struct SiteFiles {
  /// How deep folders are searched.
  private static let depth = 3

  /// The files that the proxy sees, by the paths that a plan would use.
  private let mounted: [String]
  /// Those in folders that nginx usually includes.
  private let included: Set<String>
  /// Those, and all others of the project.
  private let all: [String]
  private let folder: String

  /// Looks for them.
  ///
  /// - Parameters:
  ///   - mounts: what the proxy sees of the host.
  ///   - folder: the project's folder.
  init(mounts: [ComposeProject.Mount], folder: String) {
    // Compose reports paths without links.
    let root = Paths.resolved(folder) ?? Paths.tidy(Paths.absolute(folder))
    let visible = mounts.flatMap { mount in
      Self.files(at: mount.source, depth: Self.depth).map { file in
        (path: Self.path(file, in: root), place: mount.target + file.dropFirst(mount.source.count))
      }
    }
    let seen = visible.map(\.path)
    included = Set(visible.filter { Self.isIncluded($0.place) }.map(\.path))
    let own = Self.files(at: root, depth: Self.depth).map { Self.path($0, in: root) }
    self.folder = root
    mounted = seen
    all = seen + own.filter { !seen.contains($0) }
  }

  /// A file's path in a plan: relative to the project folder, if it is below it.
  private static func path(_ file: String, in folder: String) -> String {
    file.hasPrefix(folder + "/") ? String(file.dropFirst(folder.count + 1)) : file
  }

  /// The site file that the proxy sees, and what it is made from.
  ///
  /// - Parameters:
  ///   - service: the blue service. Sources that name it are preferred.
  ///   - mustName: whether other sources are ignored.
  func site(for service: String, mustName: Bool = false) -> Site? {
    let sources = all.filter(isSource)
    let naming = sources.filter { hosts(in: $0).contains(service) }
    return (mustName ? naming : naming + sources).lazy.compactMap(site(from:)).first
  }

  /// A site file without sources that names one of some services.
  func site(naming services: [String]) -> Site? {
    mounted.first { !Set(hosts(in: $0)).isDisjoint(with: services) }.map { Site($0) }
  }

  /// The port that a site file or a source names for a service.
  func port(of service: String) -> Int? {
    (all.filter(isSource) + mounted).lazy.flatMap(hosts).compactMap { host in
      host.hasPrefix(service + ":") ? Int(host.dropFirst(service.count + 1)) : nil
    }.first
  }

  /// Whether nginx may load a source directly.
  func isIncluded(_ source: String) -> Bool { included.contains(source) }

  /// Whether the usual images include every file of its folder.
  private static func isIncluded(_ place: String) -> Bool {
    let folder = place.split(separator: "/").dropLast().last ?? ""
    return ["conf.d", "sites-enabled", "http.d"].contains(folder)
  }

  /// Everything in a file that could be a host, with its port and without.
  private func hosts(in file: String) -> [String] {
    SiteText.hosts(in: read(file)[...])
  }

  /// Whether the file's name is blue, and there is one that is green.
  private func isSource(_ file: String) -> Bool { file.isBlue && all.contains(file.inGreen) }

  private func site(from blue: String) -> Site? {
    let green = blue.inGreen
    let beside = Site(blue.withoutColor)
    if beside.blue == blue, beside.green == green, mounted.contains(beside.file) { return beside }
    let texts = [read(blue), read(green)]
    let copy = mounted.first { $0 != blue && $0 != green && texts.contains(read($0)) }
    return copy.map { Site($0, blue: blue, green: green) }
  }

  private func read(_ file: String) -> String {
    let path = file.hasPrefix("/") ? file : "\(folder)/\(file)"
    return String(decoding: Files.read(path) ?? [], as: UTF8.self)
  }

  /// By its name: `app.conf`, `service-url.inc`, `sites-enabled/app`.
  private static func isConfiguration(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    return name.hasSuffix(".conf") || name.hasSuffix(".inc")
      || path.contains("/nginx/") && !name.contains(".")
  }

  /// The configuration files in a folder and those below it, or the file itself.
  private static func files(at path: String, depth: Int) -> [String] {
    guard Files.isFolder(path) else { return isConfiguration(path) ? [path] : [] }
    guard depth > 0 else { return [] }
    let names = Files.names(in: path).filter { !$0.hasPrefix(".") }.sorted()
    return names.flatMap { files(at: "\(path)/\($0)", depth: depth - 1) }
  }
}

extension String {
  private var fileName: Substring { split(separator: "/").last ?? "" }

  /// Whether the file name contains "blue".
  fileprivate var isBlue: Bool { fileName.contains("blue") }

  /// The file of the other colour beside this one.
  fileprivate var inGreen: String {
    dropLast(fileName.count) + String(fileName).replacing("blue", with: "green", maxReplacements: 1)
  }

  /// `nginx/service.conf` for `nginx/service_blue.conf`.
  fileprivate var withoutColor: String {
    dropLast(fileName.count) + String(fileName).replacing("_blue", with: "", maxReplacements: 1)
  }
}
