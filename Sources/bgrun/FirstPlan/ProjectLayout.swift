import DeployDSL
import DeployRunner

/// Which services of a project are the colours of which application.
struct ProjectLayout {
  /// The applications that have two colours.
  private(set) var applications: [PlannedApplication] = []
  /// The services that get requests and have no second colour.
  private(set) var singles: [String] = []
  private(set) var notes: [String] = []
  /// The services that get requests now.
  private(set) var served: Set<String> = []
  private var pairs: [ColorPair] = []

  /// - Throws: ``ToolError`` if an option names what the project does not have.
  init(
    survey: ProjectSurvey, proxy: ProxyReading, options: Options, projects: ColorProjects?
  ) throws(ToolError) {
    let project = survey.project
    let all = Self.served(by: proxy, in: survey)
    if let projects {
      let services = project.others[projects.blue.name]?.services ?? [:]
      try Self.check(
        options, for: projects, services.isEmpty ? project.services : services)
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
    self.served = served
    // Where no service has a site yet, one is written for those that could have one.
    let isNew = served.isEmpty
    pairs = ColorPair.all(in: project) { served.contains($0) }
    let chosen = try Self.pair(namedBy: options, among: pairs, in: project)
    if let chosen {
      pairs.removeAll { !Set($0.services).isDisjoint(with: chosen.services) }
      pairs.insert(chosen, at: 0)
    }
    let colored = Set(pairs.flatMap(\.services))
    singles = (isNew ? Self.applications(of: project) : served)
      .filter { !colored.contains($0) && $0 != proxy.name }.sorted()
    // It gets a second colour, whatever else has one.
    if options.blue != nil, chosen == nil { return }
    let isServed = { (pair: ColorPair) in
      isNew || pair.services.contains(where: served.contains)
    }
    applications = (chosen.map { [$0] } ?? pairs.filter(isServed)).map { pair in
      PlannedApplication(name: pair.stem.isEmpty ? project.name : pair.stem, pair: pair)
    }
    try select(options.applications)
    guard !applications.isEmpty else { return }
    for worker in pairs where !isServed(worker) && worker != chosen {
      let owner = applications.firstIndex { application in
        let images = [worker.blue, application.pair.blue].map { project.services[$0]?.image }
        return images[0] == images[1]
      }
      applications[owner ?? 0].workers.append(worker)
    }
    for name in options.workers { try check(worker: name, in: project, proxy) }
  }

  // MARK: What the options name

  /// The colours that the options name; `nil` if they name none, or a service that has one colour.
  private static func pair(
    namedBy options: Options, among pairs: [ColorPair], in project: ComposeProject
  ) throws(ToolError) -> ColorPair? {
    for name in [options.blue, options.green].compactMap(\.self)
    where project.services[name] == nil {
      throw ToolError.unknown("service '\(name)'", name, among: project.services.keys.sorted())
    }
    guard let name = options.blue ?? options.green else { return nil }
    let known = pairs.first { $0.services.contains(name) }
    if let blue = options.blue, let green = options.green {
      guard blue != green else {
        throw ToolError("--blue and --green name the same service", fix: "name two services")
      }
      let stem = known.flatMap { $0.services.contains(green) ? $0.stem : nil }
      return ColorPair(
        stem: options.applications.first ?? stem ?? blue, blue: blue, green: green)
    }
    guard var known else {
      guard options.blue == nil else { return nil }
      throw ToolError(
        "--green names \(name), and no service looks like its blue one",
        fix: "name that one, too: --blue SERVICE --green \(name)")
    }
    if (options.blue ?? known.blue) != known.blue || (options.green ?? known.green) != known.green {
      (known.blue, known.green) = (known.green, known.blue)
    }
    return known
  }

  /// - Throws: ``ToolError`` if a service that the command line calls a worker cannot be one.
  func check(
    worker name: String, in project: ComposeProject, _ proxy: ProxyReading
  ) throws(ToolError) {
    let workers = applications.flatMap(\.workers)
    if workers.contains(where: { $0.stem == name || $0.services.contains(name) }) { return }
    let stems = pairs.map(\.stem).filter { !$0.isEmpty }
    let known = Set(project.services.keys).union(stems)
    guard known.contains(name) else {
      throw ToolError.unknown("service '\(name)'", name, among: known.sorted())
    }
    let without = "leave out --workers \(name)"
    if proxy.place.service == name {
      throw ToolError("\(name) is the proxy: it cannot be a worker", fix: without)
    }
    let pair = pairs.first { $0.stem == name || $0.services.contains(name) }
    if let owner = applications.first(where: { $0.pair == pair }) {
      throw ToolError(
        "\(name) belongs to the application \(owner.name): it cannot be its worker", fix: without)
    }
    if served.contains(name) || pair?.services.contains(where: served.contains) == true {
      throw ToolError(
        "\(name) gets requests from \(proxy.name), and a worker gets none: it is an application of "
          + "its own", fix: without)
    }
    if let pair {
      throw ToolError(
        "\(pair.blue) and \(pair.green) are two colours already, and init writes only new ones",
        fix: without + "; add the worker to workers: in the plan")
    }
    guard let application = applications.first else { return }
    throw ToolError(
      "\(name) has no second colour, and init writes one only together with the application's: "
        + "\(application.name) has two",
      fix: "add it to the Compose file, `\(SecondColor.green(of: name)): { extends: { service: "
        + "\(name) } }`, and run the command again: it becomes a worker")
  }

  /// - Throws: ``ToolError`` if an option has no meaning where each colour is a Compose project.
  private static func check(
    _ options: Options, for projects: ColorProjects, _ services: [String: ComposeProject.Service]
  ) throws(ToolError) {
    if let name = options.blue, services[name] == nil {
      throw ToolError.unknown("service '\(name)'", name, among: services.keys.sorted())
    }
    let both =
      "the colours are the Compose projects \(projects.blue.name) and \(projects.green.name)"
    if let name = options.green, name != options.blue {
      throw ToolError(
        "\(both): the same service is blue and green",
        fix: "name it with --blue; leave out --green")
    }
    if let name = options.workers.first {
      throw ToolError(
        "\(both): init finds no workers there",
        fix: "leave out --workers \(name), and add it to workers: in the plan")
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
