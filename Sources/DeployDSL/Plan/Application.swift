/// The deployed application: its two services, its proxy and the site files.
public struct Application: Hashable, Sendable {
  /// The name, as in `Deploy("grafana")`.
  public var name: String
  /// The service of the blue colour. Default: `NAME-blue`.
  package var blue: ServiceID
  /// The service of the green colour. Default: `NAME-green`.
  package var green: ServiceID
  /// Further services of the colours, which switch together with these two. Default: none.
  package var workers: [Worker] = []
  /// The Compose files, relative to the project folder, in Compose's order; `nil` lets Compose find
  /// its own default.
  package var composeFiles: [String]?
  /// The other Compose projects of the colours and workers, by name.
  package var projects: [String: ComposeSource] = [:]
  /// The Compose project's name; `nil` lets Compose choose (the file's `name:`, else the folder).
  package var projectName: String?
  /// The Swarm whose stack the project is; `nil` for Compose on one machine.
  package var swarm: Swarm?
  /// Where the nginx proxy runs. Default: the service `nginx-proxy`.
  package var proxy: Proxy
  /// The nginx site file and its two sources.
  package var site: Site
  /// The port inside the colours' containers; `nil` takes the first one in the Compose file.
  package var port: Int?
  /// The HTTP path of the health check. Default: `/`.
  package var health: String
  /// Variables for Compose interpolation in every command of the run, including the plan's own.
  package var environment: [String: EnvironmentValue]

  /// The name of a colour's service that the proxy serves.
  ///
  /// Both colours may have the same one, in different Compose projects.
  public func service(_ color: Color) -> String { serviceID(color).name }

  /// The service of a colour that the proxy serves.
  package func serviceID(_ color: Color) -> ServiceID { color == .blue ? blue : green }

  /// All services of a colour, the one that the proxy serves first.
  package func serviceIDs(_ color: Color) -> [ServiceID] {
    [serviceID(color)] + workers.map { $0.service(color) }
  }

  /// Whether a service is a worker, which the proxy does not know.
  package func isWorker(_ service: ServiceID) -> Bool {
    workers.contains { $0.blue == service || $0.green == service }
  }

  /// The source file that makes the proxy serve a colour.
  package func source(_ color: Color) -> String {
    site.generated != nil ? site.file : color == .blue ? site.blue : site.green
  }

  /// Whether a service of the plan's own Compose project takes part.
  package var usesOwnProject: Bool {
    proxy.service != nil || Color.allCases.flatMap(serviceIDs).contains { $0.project == nil }
  }

  /// The other colour's service that does the same.
  package func counterpart(of service: ServiceID) -> ServiceID? {
    for (one, other) in zip(serviceIDs(.blue), serviceIDs(.green)) {
      if service == one { return other }
      if service == other { return one }
    }
    return nil
  }

  /// The colours' or workers' services with a name.
  package func services(named name: String) -> [ServiceID] {
    Color.allCases.flatMap(serviceIDs).filter { $0.name == name }
  }

  /// All Compose files that the plan names.
  package var allComposeFiles: [String] {
    (composeFiles ?? []) + projects.values.flatMap { $0.files ?? [] }.sorted()
  }
}

extension Application: Codable {
  private enum CodingKeys: CodingKey {
    case name, blue, green, workers, composeFile, projects, projectName, proxy, site, port, health
    case environment, swarm
  }

  /// Encodes what a plan says; a single Compose file is a text.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(blue, forKey: .blue)
    try values.encode(green, forKey: .green)
    try values.encode(workers, forKey: .workers)
    if let files = composeFiles, files.count == 1 {
      try values.encode(files[0], forKey: .composeFile)
    } else {
      try values.encodeIfPresent(composeFiles, forKey: .composeFile)
    }
    if !projects.isEmpty { try values.encode(projects, forKey: .projects) }
    try values.encodeIfPresent(projectName, forKey: .projectName)
    try values.encode(proxy, forKey: .proxy)
    try values.encode(site, forKey: .site)
    try values.encodeIfPresent(port, forKey: .port)
    try values.encode(health, forKey: .health)
    try values.encode(environment, forKey: .environment)
    try values.encodeIfPresent(swarm, forKey: .swarm)
  }

  /// Decodes what ``encode(to:)`` writes.
  ///
  /// - Throws: what the decoder throws.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    blue = try values.decode(ServiceID.self, forKey: .blue)
    green = try values.decode(ServiceID.self, forKey: .green)
    workers = try values.decode([Worker].self, forKey: .workers)
    let file = try? values.decode(String.self, forKey: .composeFile)
    composeFiles =
      try file.map { [$0] } ?? values.decodeIfPresent([String].self, forKey: .composeFile)
    projects = try values.decodeIfPresent([String: ComposeSource].self, forKey: .projects) ?? [:]
    projectName = try values.decodeIfPresent(String.self, forKey: .projectName)
    proxy = try values.decode(Proxy.self, forKey: .proxy)
    site = try values.decode(Site.self, forKey: .site)
    port = try values.decodeIfPresent(Int.self, forKey: .port)
    health = try values.decode(String.self, forKey: .health)
    environment = try values.decode([String: EnvironmentValue].self, forKey: .environment)
    swarm = try values.decodeIfPresent(Swarm.self, forKey: .swarm)
  }
}

/// The nginx site file that the proxy includes, and its two sources.
///
/// If the plan names no sources and neither default exists, bgrun rewrites the site file: it
/// replaces the active colour's service by the other one where requests are sent to it, and keeps
/// every other byte.
///
/// Paths are relative to the project folder.
public struct Site: Hashable, Sendable, Codable {
  /// The file that the proxy loads. Default: `nginx/service.conf`.
  package var file: String
  /// The configuration for blue. Default: `FILE_blue.conf` next to the file, if it exists.
  package var blue: String
  /// The configuration for green. Default: `FILE_green.conf` next to the file, if it exists.
  package var green: String
  /// The application's public URL, for example `https://grafana.example.com`, which Reload, Watch
  /// and `bgrun status` request from the proxy. `nil` takes it from the site file.
  package var url: String?
  /// The values from which bgrun writes the file; `nil` if it does not.
  package var generated: GeneratedSite?

  /// Creates a site from its file and, if they are not next to it, its two sources.
  ///
  /// - Parameters:
  ///   - file: the file that the proxy loads. Default: `nginx/service.conf`.
  ///   - blue: the configuration for blue. Default: `nginx/service_blue.conf` for that file.
  ///   - green: the configuration for green. Default: `nginx/service_green.conf` for that file.
  ///   - url: the application's public URL, for example `https://grafana.example.com`. bgrun
  ///     requests it from the proxy on this machine, regardless of DNS. Default: from `listen` and
  ///     `server_name` of the server that sends requests to the colours.
  public init(
    _ file: String = "nginx/service.conf", blue: String? = nil, green: String? = nil,
    url: String? = nil
  ) {
    self.file = file
    self.url = url
    let stem = file.hasSuffix(".conf") ? String(file.dropLast(5)) : file
    self.blue = blue ?? "\(stem)_blue.conf"
    self.green = green ?? "\(stem)_green.conf"
  }

  /// A site file that bgrun always rewrites, even if there are default sources next to it.
  ///
  /// Use it if those sources also decide about another application, which is deployed on its own.
  ///
  /// - Parameters:
  ///   - file: the file that the proxy loads.
  ///   - url: the application's public URL. Default: from the server that sends requests to the
  ///     colours.
  public static func rewritten(_ file: String, url: String? = nil) -> Site {
    Site(file, blue: file, green: file, url: url)
  }

  /// Whether the file is rewritten even if there are sources.
  package var isOwnSource: Bool { blue == file && green == file }

  /// Whether the plan names no sources: if the default ones do not exist, the file itself is
  /// rewritten.
  package var hasUsualSources: Bool { self == Site(file, url: url) }
}
