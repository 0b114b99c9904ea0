import DeployDSL

/// The values of variables in a file for Compose, as they were for an earlier version.
///
/// The journals tell what the file said before; Compose itself tells with which of these values it
/// would leave a container as it is.
struct EarlierValues {
  /// Values, and the run after which the file had them; `nil` if none is known.
  typealias State = (run: RunID?, values: [String: String])

  /// How many values are tried: each takes Compose a quarter of a second.
  private static let limit = 12

  let context: ActionContext
  let names: [String]
  /// The file's path, links resolved.
  let file: String

  /// A colour's containers, as they are now.
  func containers(of color: Color) async throws -> [Container] {
    var found: [Container] = []
    for service in context.application.serviceIDs(color) {
      found += try await ComposeInspector(context: context).containers(of: service)
    }
    return found
  }

  /// The values with which an everyday `docker compose up -d` leaves a colour's containers as they
  /// are, or at least their image; `nil` if none are found.
  func find(
    of containers: [Container], in color: Color, _ present: EnvironmentFile
  ) async -> [String: String]? {
    guard let main = containers.main else { return nil }
    let services = context.application.serviceIDs(color)
    let states = await states(from: present).map(\.values) + guesses(from: Version(main))
    var similar: [String: String]?
    for values in distinct(states) {
      let change = values.mapValues { EnvironmentValue.text($0) }
      if await leaves(services, as: change) { return values }
      if similar == nil, await image(of: services[0], with: change) == main.image {
        similar = values
      }
    }
    return similar
  }

  /// The values that the Compose file needs to name a version's image: those of one of the runs
  /// that made it live, if possible; `nil` if none do.
  func find(
    of version: Version, after runs: [RunID], in service: ServiceID, _ present: EnvironmentFile
  ) async -> [String: String]? {
    let states = await states(from: present)
    let own = states.filter { state in state.run.map(runs.contains) ?? false }
    let all = (own + states).map(\.values) + guesses(from: version)
    for values in distinct(all) {
      let change = values.mapValues { EnvironmentValue.text($0) }
      if await image(of: service, with: change) == version.image { return values }
    }
    return nil
  }

  /// What the file says now and has said, newest first.
  private func states(from present: EnvironmentFile) async -> [State] {
    var now: [String: String] = [:]
    for name in names { now[name] = present.value(of: name) }
    var states: [State] = [(nil, now)]
    for (run, changes) in await context.runStore.changes(in: file) {
      var (after, before) = (now, now)
      for change in changes.reversed() where names.contains(change.name) {
        after[change.name] = change.values.new
        before[change.name] = change.values.old
      }
      states += [(run, after), (nil, before)]
      now = before
    }
    return states
  }

  /// The tag or the whole name of an image, as the value of each variable alone.
  private func guesses(from version: Version) -> [[String: String]] {
    names.count == 1 ? [version.name, version.image].map { [names[0]: $0] } : []
  }

  private func distinct(_ states: [[String: String]]) -> ArraySlice<[String: String]> {
    let complete = states.filter { $0.count == names.count }
    return complete.reduce(into: []) { known, values in
      if !known.contains(values) { known.append(values) }
    }.prefix(Self.limit)
  }

  private func leaves(
    _ services: [ServiceID], as values: [String: EnvironmentValue]
  ) async -> Bool {
    let inspector = ComposeInspector(context: context)
    for service in services where await inspector.replaces(service, with: values) != false {
      return false
    }
    return true
  }

  /// The image that the Compose file gives a service with these values.
  private func image(
    of service: ServiceID, with values: [String: EnvironmentValue]
  ) async -> String? {
    let call = context.docker.config(of: service.project, with: values)
    guard case .project(let project)? = try? await context.ask(call, doing: "") else { return nil }
    return project.services[service.name]?.image
  }
}
