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
  init(survey: ProjectSurvey, proxy: ProxyReading, options: Options) throws(ToolError) {
    let project = survey.project
    let served = Self.served(by: proxy, in: survey)
    var pairs = ColorPair.all(in: project) { served.contains($0) }
    if let blue = options.blue, let green = options.green, project.services[green] != nil {
      let known = pairs.first { Set($0.services) == [blue, green] }
      let stem = options.applications.first ?? known?.stem ?? blue
      pairs = pairs.filter { Set($0.services).isDisjoint(with: [blue, green]) }
      pairs.insert(ColorPair(stem: stem, blue: blue, green: green), at: 0)
    }
    let colored = Set(pairs.flatMap(\.services))
    singles = served.filter { !colored.contains($0) && $0 != proxy.name }.sorted()
    let isServed = { (pair: ColorPair) in pair.services.contains(where: served.contains) }
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

  /// The services that nginx sends requests to.
  static func served(by proxy: ProxyReading, in survey: ProjectSurvey) -> Set<String> {
    let project = survey.project
    let targets = Set(proxy.traffic.hosts.flatMap { SiteText.hosts(in: $0[...]) })
    // Outside of the project's networks, a service's name is another one's.
    let knowsNames =
      proxy.place.service != nil
      || proxy.proxy.container?.networks.isDisjoint(with: project.networks.keys) == false
    return Set(
      project.services.keys.filter { service in
        let names = ColorHosts.names(
          of: ServiceID(service), project, isHere: proxy.proxy.isInHostNetwork)
        return names.values.contains { name in
          targets.contains(name) && (knowsNames || name.contains(":"))
        }
      })
  }
}
