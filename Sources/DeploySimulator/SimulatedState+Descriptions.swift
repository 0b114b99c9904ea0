import DeployDSL
import DeployRunner

extension SimulatedState {
  /// A project as in `docker compose config`; `nil` is the plan's own.
  func composeModel(of name: String?, environment: [String: String]) -> ComposeProject {
    let isAll = environment["COMPOSE_PROFILES"] == "*"
    let own = services.filter { $0.project == name && $0.origin != .machine }
    let enabled = own.filter { isAll || $0.profiles.isEmpty }
    var project = ComposeProject(name: name ?? projectName, services: [:])
    for service in enabled {
      project.services[service.name] = composeModel(of: service, environment: environment)
    }
    for name in own.flatMap({ networks(of: $0) }) {
      let prefix = "\(projectName)_"
      project.networks[name] = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }
    guard application.swarm != nil else { return project }
    return project.scaled(for: application) { service in
      containers.count { $0.service.id == service && $0.hasProcess }
    }
  }

  private func composeModel(
    of service: SimulatedService, environment: [String: String]
  ) -> ComposeProject.Service {
    var model = service.described
    model.image = imageName(of: service, environment: environment)
    model.containerName = service.containerName
    model.ports = ports(of: service)
    model.build = service.hasBuild ? ComposeProject.Build() : nil
    model.profiles = service.profiles.isEmpty ? nil : service.profiles
    if service.name == proxyName {
      model.mounts = seenMounts.map {
        ComposeProject.Mount(source: $0.source, target: $0.destination)
      }
    }
    model.hasHealthCheck = service.healthcheck.map { !$0.isInImage } ?? false
    model.healthCheck = service.healthcheck.map { check in
      ComposeProject.HealthTiming(
        interval: check.interval, startPeriod: check.startPeriod, retries: check.retries)
    }
    model.restart = service.restart.rawValue
    for name in service.dependsOn { model.dependencies[name] = "service_started" }
    let names = networks(of: service)
    let prefix = "\(projectName)_"
    model.networks =
      model.networkMode == nil
      ? Set(names.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }) : nil
    model.stopGracePeriod = service.stopGracePeriod
    model.volumes += service.volumes.sorted { $0.key < $1.key }.map {
      ComposeProject.Volume(source: $0.value, target: $0.key)
    }
    (model.replicas, model.aliases) = (service.replicas, service.aliases)
    if service.isExposed { model.expose = service.port.map { ["\($0)"] } }
    return model
  }

  /// The ports that the Compose file publishes, as it says it if nothing has changed them.
  private func ports(of service: SimulatedService) -> [ComposeProject.Port]? {
    let published = service.publishedPorts
    let described = (service.described.ports ?? []).filter(\.isTCP)
    if Set(described.compactMap(\.publishedAddress?.port)) == Set(published.map(\.outside)) {
      return service.described.ports
    }
    let ports = published.map { port in
      ComposeProject.Port(
        target: port.inside, published: "\(port.outside)", hostIP: "127.0.0.1", transport: "tcp")
    }
    return ports.isEmpty ? nil : ports
  }

  /// A container as in `docker inspect`.
  func description(of container: SimulatedContainer) -> Container {
    let service = container.service
    let networks = networks(of: service)
    // Docker reports an exited container as unhealthy.
    let health = container.health.map { container.hasProcess ? $0 : .unhealthy }
    var description = Container(
      id: container.id, name: container.name, service: container.job == nil ? service.name : "",
      status: container.state.rawValue, exitCode: container.exitCode, wasKilledForMemory: false,
      startedAt: timestamp(container.startedAt), restartCount: container.restartCount,
      health: health?.rawValue,
      healthCheck: service.healthcheck.map { check in
        Container.HealthCheck(
          argv: SimulatedService.Healthcheck.argv, interval: check.interval,
          startPeriod: check.startPeriod, retries: check.retries)
      },
      image: container.image, error: container.error,
      mounts: service.name == proxyName
        ? seenMounts
        : (service.described.mounts ?? []).map {
          Container.Mount(source: $0.source, destination: $0.target)
        }, ports: ports(of: container),
      address: networks.isEmpty ? nil : container.ip, networks: Set(networks),
      stopTimeout: service.stopGracePeriod, job: container.job,
      projectFolder: service.origin == .project ? namedFolder ?? folder : "/srv/edge")
    description.imageID = container.imageID
    description.composeFiles = ["\(folder)/compose.yaml"]
    description.environmentFiles = environmentFiles
    description.project = project(of: container)
    description.number = container.number
    description.node = container.node
    if container.isLost { description.status = "lost" }
    description.isInHostNetwork = service.isInHostNetwork
    return description
  }

  /// The proxy's mounts, as far as they exist.
  private var seenMounts: [Container.Mount] {
    mounts.filter { mountsSite || !isLeading($0, to: files.absolute(application.site.file)) }
  }

  private func ports(of container: SimulatedContainer) -> [String: [Container.Binding]] {
    guard container.hasProcess else { return [:] }
    let published = container.service.publishedPorts.map { port in
      ("\(port.inside)/tcp", [Container.Binding(hostIP: "127.0.0.1", hostPort: "\(port.outside)")])
    }
    return Dictionary(published) { first, _ in first }
  }

  /// A container's processes as in `docker top`.
  func processes(of container: SimulatedContainer) -> ProcessTable {
    // `ps` counts in whole seconds.
    func row(_ pid: Int, since start: Duration, _ command: String) -> ProcessTable.Row {
      ProcessTable.Row(
        pid: pid, age: .seconds((now - start).components.seconds), command: command)
    }
    let service = container.service.name
    guard service == proxyName else {
      return ProcessTable([row(container.pid, since: container.startedAt ?? now, service)])
    }
    let command =
      isProxyOnMachine ? "/usr/sbin/nginx -g daemon on; master_process on;" : "nginx -g daemon off;"
    var rows = [row(nginx.masterPid, since: nginx.startedAt, "nginx: master process \(command)")]
    for generation in nginx.generations {
      let title = "nginx: worker process" + (generation.isAccepting ? "" : " is shutting down")
      rows += generation.workers.map { row($0.pid, since: $0.startedAt, title) }
    }
    return ProcessTable(rows)
  }

  /// The project of a container; `nil` for a process of the machine itself.
  func project(of container: SimulatedContainer) -> String? {
    switch container.service.origin {
    case .project: projectName
    case .otherProject(let name): name
    case .machine: nil
    }
  }

  /// The processes of the machine itself, or one of them and its children, as in `ps`.
  func hostProcesses(parent: Int?) -> ProcessTable {
    guard isProxyOnMachine, let index = index(ofService: proxyName), containers[index].hasProcess,
      parent == nil || parent == nginx.masterPid
    else { return ProcessTable() }
    return processes(of: containers[index])
  }

  /// When every simulated host began: 2026-01-15 12:00:00 UTC, in seconds since 1970.
  package static let epoch: Int64 = 1_768_478_400

  /// A time in the engine's format.
  private func timestamp(_ time: Duration?) -> String {
    guard let time else { return "0001-01-01T00:00:00Z" }
    let parts = (time + aheadOfTime).components
    let borrowed = parts.attoseconds < 0
    let seconds = Self.epoch + parts.seconds - (borrowed ? 1 : 0)
    let nanoseconds =
      (parts.attoseconds + (borrowed ? 1_000_000_000_000_000_000 : 0)) / 1_000_000_000
    let digits = "\(nanoseconds)"
    let fraction = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    return Timestamp(seconds: Int(seconds)).iso.dropLast() + ".\(fraction)Z"
  }
}
