import DeployDSL
import DeployRunner

/// Which services of a project are the colours of which application.
struct ProjectLayout {
  /// The applications that have two colours.
  private(set) var applications: [PlannedApplication] = []
  /// The services that get requests and have no second colour.
  private(set) var singles: [String] = []
  private(set) var notes: [String] = []

  /// - Throws: ``ToolError`` if an option names what the project does not have.
  init(
    survey: ProjectSurvey, proxy: ProxyReading, options: Options, projects: ColorProjects?
  ) throws(ToolError) {
    let project = survey.project
    let all = Self.served(by: proxy, in: survey)
    if let projects {
      let services = project.others[projects.blue.name]?.services ?? [:]
      let service =
        options.blue ?? all.filter { $0.project != nil }.map(\.name).min()
        ?? services.keys.sorted().first { services[$0]?.firstPort != nil }
        ?? services.keys.min() ?? ""
      var application = PlannedApplication(
        name: options.applications.first ?? service,
        pair: ColorPair(stem: service, blue: service, green: service))
      application.projects = projects
      application.compose = projects.files
      applications = [application]
      return
    }
    let served = Set(all.map(\.name))
    // Where no service has a site yet, one is written for those that could have one.
    let isNew = served.isEmpty
    var pairs = ColorPair.all(in: project) { served.contains($0) }
    if let blue = options.blue, let green = options.green, project.services[green] != nil {
      let known = pairs.first { Set($0.services) == [blue, green] }
      let stem = options.applications.first ?? known?.stem ?? blue
      pairs = pairs.filter { Set($0.services).isDisjoint(with: [blue, green]) }
      pairs.insert(ColorPair(stem: stem, blue: blue, green: green), at: 0)
    }
    let colored = Set(pairs.flatMap(\.services))
    singles = (isNew ? Self.applications(of: project) : served)
      .filter { !colored.contains($0) && $0 != proxy.name }.sorted()
    let isServed = { (pair: ColorPair) in
      isNew || pair.services.contains(where: served.contains)
    }
    applications = pairs.filter(isServed).map { pair in
      PlannedApplication(name: pair.stem.isEmpty ? project.name : pair.stem, pair: pair)
    }
    if options.blue != nil, options.green != nil, applications.count > 1 {
      applications = [applications[0]]
    }
    try select(options.applications)
    guard !applications.isEmpty else { return }
    for worker in pairs.filter({ !isServed($0) }) {
      let owner = applications.firstIndex { application in
        let images = [worker.blue, application.pair.blue].map { project.services[$0]?.image }
        return images[0] == images[1]
      }
      applications[owner ?? 0].workers.append(worker)
    }
  }

  /// Keeps the applications that the command line names.
  private mutating func select(_ names: [String]) throws(ToolError) {
    guard !names.isEmpty else { return }
    if applications.count == 1, names.count == 1, singles.firstIndex(of: names[0]) == nil {
      applications[0].name = names[0]
      return
    }
    let known = applications.map(\.name) + singles
    for name in names where !known.contains(name) {
      throw ToolError.unknown("application '\(name)'", name, among: known)
    }
    applications = applications.filter { names.contains($0.name) }
    singles = applications.isEmpty ? singles.filter(names.contains) : []
  }

  /// The services that may be applications: they have a port, and are not a known database.
  private static func applications(of project: ComposeProject) -> Set<String> {
    let stores = [
      "postgres", "mysql", "mariadb", "mongo", "redis", "valkey", "memcached", "rabbitmq", "kafka",
      "elasticsearch", "opensearch", "minio", "clickhouse", "adminer", "mailhog",
    ]
    return Set(
      project.services.filter { name, service in
        let image = service.image ?? ""
        return service.firstPort != nil && project.kind(of: name) == nil
          && !stores.contains { image.contains($0) }
      }.keys)
  }

  /// The services that nginx sends requests to.
  static func served(by proxy: ProxyReading, in survey: ProjectSurvey) -> Set<ServiceID> {
    let project = survey.project
    let targets = Set(proxy.traffic.hosts.flatMap { SiteText.hosts(in: $0[...]) })
    let networks = ([project] + project.others.values).flatMap(\.networks.keys)
    // Outside of the project's networks, a service's name is another one's.
    let knowsNames =
      proxy.place.service != nil
      || proxy.proxy.container?.networks.isDisjoint(with: networks) == false
    return Set(
      project.all.filter { service in
        let names = ColorHosts.names(of: service, project, isHere: proxy.proxy.isInHostNetwork)
        return names.contains { kind, name in
          // Two projects have services with the same name.
          (service.project == nil || kind != "service") && targets.contains(name)
            && (knowsNames || name.contains(":"))
        }
      })
  }
}
