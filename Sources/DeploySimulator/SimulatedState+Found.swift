import DeployDSL
import DeployRunner

/// Copies of hosts.
extension SimulatedState {
  /// Starts what runs on a copied host: what was found there, else what its site file says.
  mutating func start(_ snapshot: HostSnapshot) {
    knowsOtherHosts = true
    openPortsOfSite()
    for color in Color.allCases {
      for service in application.serviceIDs(color) {
        if let time = snapshot.stopTime { stopTime(of: "\(service)", time) }
      }
    }
    guard let found = snapshot.found else { return start(live: fileColor ?? .blue) }
    copyHealthChecks(of: found.containers)
    let proxy = found.proxy.container
    let names = Set(found.containers.map(\.image))
    images.removeAll { $0.name.map(names.contains) ?? false }
    // nginx must find the others. Of several images with one name, that of what runs has it.
    let others = found.containers.filter { $0.id != proxy?.id }
    for container in others.filter(\.hasProcess) + others.filter({ !$0.hasProcess }) {
      copy(container)
    }
    if let proxy {
      copy(proxy)
    } else {
      nginxUnit = found.proxy.nginx.unit
      run(proxyName)
    }
    settle()
    // It runs although it was asked to stop: whether the engine still stops it is not known.
    for index in containers.indices where found.stopping.contains(containers[index].id) {
      containers[index].isBeingStopped = true
    }
  }

  /// Health checks that an image defines are not in the Compose file: those of both colours are alike.
  private mutating func copyHealthChecks(of containers: [Container]) {
    for index in services.indices where services[index].healthcheck == nil {
      let service = services[index].id
      let alike = [service, application.counterpart(of: service) ?? service]
      let own = containers.filter { container in
        alike.contains { id in
          container.service == id.name
            && (container.project ?? projectName) == (id.project ?? projectName)
        }
      }
      let check = own.compactMap(\.healthCheck).first
      guard let check else { continue }
      services[index].healthcheck = SimulatedService.Healthcheck(
        interval: check.interval, retries: check.retries, startPeriod: check.startPeriod,
        isInImage: true)
    }
  }

  /// Adds a container as it was found.
  private mutating func copy(_ found: Container) {
    let isProxy = application.proxy.place == .container(found.name)
    let id = ServiceID(
      found.service, in: found.project.flatMap { application.projects[$0] == nil ? nil : $0 })
    guard let service = services.first(where: { isProxy ? $0.name == proxyName : $0.id == id })
    else { return }
    let imageID = found.imageID ?? found.image
    if !images.contains(where: { $0.id == imageID }) {
      let isTaken = images.contains { $0.name == found.image }
      images.append(SimulatedImage(id: imageID, name: isTaken ? nil : found.image))
    }
    containers.append(
      SimulatedContainer(
        id: found.id, name: found.name, service: service, image: found.image,
        imageID: imageID, number: found.number))
    let index = containers.count - 1
    guard found.hasProcess else {
      containers[index].state = found.hasEnded ? .exited : .created
      containers[index].exitCode = found.exitCode
      containers[index].startedAt = found.hasEnded ? now : nil
      return
    }
    guard start(index) == nil, containers[index].hasProcess else { return }
    containers[index].isListening = true
    containers[index].health = found.health.flatMap(SimulatedContainer.Health.init)
    if found.health == "unhealthy" { containers[index].service.behavior = .unhealthy }
    if found.status == "paused" { containers[index].state = .paused }
  }

  /// Why clients get no answer from a copied host; `nil` if they do, or if the simulation is not to
  /// blame.
  package var obstacle: String? {
    // What the project lacks, the run says.
    let needed = Color.allCases.flatMap(application.serviceIDs) + [ServiceID(proxyName)]
    let isWhole = needed.allSatisfy { id in services.contains { $0.id == id || $0.name == "\(id)" }
    }
    guard serving == nil, isWhole else { return nil }
    do throws(NginxConfiguration.Refusal) {
      let isLoaded = try readConfiguration().files.contains { $0.path == sitePath }
      return isLoaded ? "no colour answers through the simulated nginx" : nil
    } catch {
      return "the simulated nginx rejects its files: \(error.text)"
    }
  }

  /// What a copy does not do as the host does.
  package var omissions: [String] {
    let hosts = Set((nginx.loaded?.site.backends ?? []).map(\.host)).filter { host in
      host.contains(".") && !isMachine(host) && indices(resolving: host).isEmpty
    }
    var omissions = hosts.sorted().map { "requests to \($0) are answered with 502" }
    let whole = (try? configuration(of: proxyTexts))?.whole.directives.flatMap(\.allInside) ?? []
    let other: Set = ["fastcgi_pass", "grpc_pass", "scgi_pass", "uwsgi_pass"]
    let passes = Set(whole.map(\.name)).intersection(other).sorted()
    if !passes.isEmpty {
      omissions.append("\(passes.joined(separator: ", ")) of nginx is answered with 404")
    }
    let modes = services.filter { $0.described.networkMode.map { $0 != "host" } ?? false }
    omissions += modes.map { "network_mode of \($0.id)" }
    let checked = services.filter { $0.healthcheck != nil }.map { "\($0.id)" }
    if !checked.isEmpty {
      omissions.append(
        "the health check of \(checked.joined(separator: ", ")) succeeds when HTTP answers")
    }
    return omissions
  }
}
