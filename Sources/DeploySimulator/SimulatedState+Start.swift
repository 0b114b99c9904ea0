import DeployDSL
import DeployRunner

extension SimulatedState {
  /// Creates the state that a snapshot describes, in which nothing runs yet.
  ///
  /// - Parameter bootTime: the boot time of the colours.
  init(_ application: Application, _ snapshot: HostSnapshot, bootTime: Duration) {
    self.init(
      application: application, projectName: snapshot.project.name, folder: snapshot.folder)
    nginxFiles = snapshot.proxyFiles
    mainConfiguration = snapshot.proxyMain
    for network in snapshot.networks { addNetwork(network.name, project: network.project) }
    for id in snapshot.services(of: application) {
      guard let model = snapshot.project[id] else { continue }
      var service = SimulatedService(model, of: id, in: snapshot.project)
      service.port = service.port ?? application.port ?? 3000
      let isColored = Color.allCases.contains { application.serviceIDs($0).contains(id) }
      service.bootTime = isColored ? bootTime : .zero
      services.append(service)
    }
    if let proxy = snapshot.proxy {
      var service = SimulatedService(proxy, of: ServiceID(proxyName), in: snapshot.project)
      service.origin = isProxyOnMachine ? .machine : .otherProject("edge")
      service.networks = isProxyOnMachine ? [] : networks.map(\.name)
      services.append(service)
    }
    for index in services.indices where services[index].name == proxyName {
      services[index].bootTime = .zero
      mounts = (services[index].described.mounts ?? []).map {
        Container.Mount(source: $0.source, destination: $0.target)
      }
    }
    for file in snapshot.files { put(file) }
    for index in services.indices {
      guard let written = snapshot.images[services[index].id] else { continue }
      let plain = services[index].image
      services[index].image = written
      // A variable of this machine may decide.
      if imageName(of: services[index], environment: snapshot.variables) != plain {
        services[index].image = plain
      }
    }
    for service in services {
      let name = imageName(of: service, environment: [:])
      if !snapshot.missingImages.contains(name) { addImage(name) }
    }
  }

  private mutating func put(_ file: FileSnapshot) {
    var path = file.path
    if let link = file.link {
      files.link(path, to: link)
      path = files.resolved(path)
    }
    if case .file(let bytes) = file.content { files.put(bytes, at: path, changed: now) }
  }

  /// Starts what runs on the host, as if it had run for a day.
  ///
  /// - Parameter live: the active colour; `nil` if no colour was ever started.
  mutating func start(live: Color?) {
    if let live {
      for service in application.serviceIDs(live) { run("\(service)") }
      for service in companions { run("\(service)") }
      run(proxyName)
    }
    settle()
  }

  /// Makes everything as old as what has run for a day.
  mutating func settle() {
    age(by: .seconds(86_400))
    timeline = []
  }

  /// The services besides the colours and the proxy that an everyday `up -d` leaves running.
  private var companions: [ServiceID] {
    let colored = Color.allCases.flatMap(application.serviceIDs)
    let completed = services.flatMap(\.described.dependencies)
      .filter { $0.value == "service_completed_successfully" }.map(\.key)
    return services.filter { service in
      !colored.contains(service.id) && service.name != proxyName && service.profiles.isEmpty
        && !completed.contains(service.name)
    }.map(\.id)
  }

  /// Backdates everything that exists, and drops its scheduled events.
  private mutating func age(by time: Duration) {
    for index in containers.indices { containers[index].age(by: time) }
    nginx.startedAt -= time
    for index in nginx.generations.indices {
      for worker in nginx.generations[index].workers.indices {
        nginx.generations[index].workers[worker].startedAt -= time
      }
    }
    files.age(by: time)
  }

  /// The image's name, interpolated as by Compose: `${NAME:-default}` and `$NAME`, from the
  /// environment, then from `.env`.
  func imageName(of service: SimulatedService, environment: [String: String]) -> String {
    let file = files.bytes(at: ".env").map { EnvironmentFile(bytes: $0) }
    func value(_ name: some StringProtocol) -> String? {
      environment[String(name)] ?? file?.value(of: String(name))
    }
    var rest = Substring(service.image)
    var result = ""
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.hasPrefix("{"), let end = rest.firstIndex(of: "}") {
        let inside = rest[rest.index(after: rest.startIndex)..<end]
        let name = inside.prefix { $0 != ":" && $0 != "-" }
        let fallback = inside.dropFirst(name.count).drop { $0 == ":" || $0 == "-" }
        result += value(name) ?? String(fallback)
        rest = rest[rest.index(after: end)...]
      } else {
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        result += value(name) ?? ""
        rest = rest.dropFirst(name.count)
      }
    }
    return result + rest
  }
}

extension HostSnapshot {
  /// The services: the colours', the proxy, then all others by name.
  fileprivate func services(of application: Application) -> [ServiceID] {
    let first =
      Color.allCases.flatMap(application.serviceIDs)
      + [application.proxy.service.map { ServiceID($0) }].compactMap(\.self)
    let rest = project.all.filter { !first.contains($0) }
    return first + rest.sorted { "\($0)" < "\($1)" }
  }

  /// The networks of all services.
  fileprivate var networks: [SimulatedNetwork] {
    let projects = [project] + project.others.keys.sorted().compactMap { project.others[$0] }
    let named = projects.flatMap { project in
      project.networks.keys.sorted().map { name in
        // An external one is nobody's to remove.
        SimulatedNetwork(
          name: name, project: name.hasPrefix("\(project.name)_") ? project.name : nil)
      }
    }
    let usual = SimulatedNetwork(name: "\(project.name)_default", project: project.name)
    return named.isEmpty ? [usual] : named
  }
}

extension SimulatedService {
  /// Creates a service from its description by Compose.
  init(_ model: ComposeProject.Service, of id: ServiceID, in project: ComposeProject) {
    self.init(
      id.name, image: model.image ?? "\(id.project ?? project.name)-\(id.name)",
      port: model.firstPort, restart: Restart(compose: model.restart),
      containerName: model.containerName, hasBuild: model.build != nil)
    described = model
    if let project = id.project { origin = .otherProject(project) }
    networks = model.networkMode == nil ? project.networks(of: id)?.sorted() : []
    for port in (model.ports ?? []).reversed() where port.isTCP {
      guard let published = port.publishedAddress?.port else { continue }
      if port.target == self.port {
        publishedPort = published
      } else {
        otherPorts[port.target] = published
      }
    }
    if model.hasHealthCheck {
      let timing = model.healthCheck ?? ComposeProject.HealthTiming()
      healthcheck = Healthcheck(
        interval: timing.interval ?? .seconds(30), retries: timing.retries ?? 3,
        startPeriod: timing.startPeriod ?? .zero)
    }
    (stopGracePeriod, profiles) = (model.stopGracePeriod, model.profiles ?? [])
    (replicas, aliases) = (model.replicas, model.aliases)
  }
}

extension SimulatedService.Restart {
  /// Parses `on-failure:3`, or `any` of a `deploy` section.
  fileprivate init(compose text: String?) {
    switch text {
    case nil, "none": self = .no
    case "any": self = .always
    case let text?: self = Self(rawValue: String(text.prefix { $0 != ":" })) ?? .no
    }
  }
}
