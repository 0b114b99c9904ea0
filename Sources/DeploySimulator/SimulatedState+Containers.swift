package import DeployDSL
import DeployRunner

extension SimulatedState {
  /// The position of the container with this ID, ID prefix or name.
  func index(of container: String) -> Int? {
    containers.firstIndex { $0.id == container || $0.name == container }
      ?? (container.count >= 4 ? containers.firstIndex { $0.id.hasPrefix(container) } : nil)
  }

  /// The newest container of a service.
  func index(ofService name: String) -> Int? {
    containers.lastIndex { $0.service.isNamed(name) && $0.job == nil }
  }

  /// The positions of a service's containers.
  func indices(of service: ServiceID) -> [Int] {
    containers.indices.filter { containers[$0].service.id == service && containers[$0].job == nil }
  }

  /// The positions of the containers of a service that a text names.
  func indices(ofService name: String) -> [Int] {
    containers.indices.filter {
      containers[$0].service.isNamed(name) && containers[$0].job == nil
    }
  }

  func containerName(of service: SimulatedService, number: Int = 1) -> String {
    if let swarm = application.swarm, service.origin != .machine {
      return "\(swarm.service(service.name)).\(number)"
    }
    return service.containerName ?? "\(service.project ?? projectName)-\(service.name)-\(number)"
  }

  func networks(of service: SimulatedService) -> [String] {
    service.networks ?? (service.origin == .machine ? [] : ["\(projectName)_default"])
  }

  /// The position of the running container with a name, service name or address; with `asker` only
  /// one on a shared network.
  func index(resolving host: String, for asker: SimulatedService? = nil) -> Int? {
    indices(resolving: host, for: asker).first
  }

  /// The positions of all running containers with a name.
  func indices(resolving host: String, for asker: SimulatedService? = nil) -> [Int] {
    let near = asker.map { Set(networks(of: $0)) }
    return containers.indices.filter { index in
      let container = containers[index]
      let names = [container.service.name, container.name] + container.service.aliases
      return container.hasProcess && (names.contains(host) || container.ip == host)
        && near?.isDisjoint(with: networks(of: container.service)) != true
    }
  }

  /// The node of the Swarm with the fewest containers; `nil` outside of one.
  private func freeNode() -> String? {
    nodes.min { one, other in
      let counts = [one, other].map { node in
        containers.count { $0.node == node && ($0.hasProcess || $0.state == .created) }
      }
      return counts[0] < counts[1]
    }
  }

  // MARK: Start

  /// Creates a container without starting it.
  @discardableResult
  mutating func create(
    _ service: SimulatedService, image: SimulatedImage, number: Int = 1
  ) -> Int {
    let container = SimulatedContainer(
      id: digits(), name: containerName(of: service, number: number), service: service,
      image: image.name ?? image.id, imageID: image.id, number: number)
    containers.append(container)
    containers[containers.count - 1].node = service.name == proxyName ? nodes.first : freeNode()
    note("\(service.id) created")
    return containers.count - 1
  }

  /// Starts a container; returns the engine's reason if it cannot.
  mutating func start(_ index: Int) -> String? {
    if containers[index].state == .paused {
      return "cannot start a paused container, try unpause instead"
    }
    guard !containers[index].hasProcess else { return nil }
    let service = containers[index].service
    if let reason = obstacle(to: index) {
      containers[index].error = reason
      containers[index].state = containers[index].startedAt == nil ? .created : .exited
      return reason
    }
    containers[index].life += 1
    containers[index].state = .running
    containers[index].error = ""
    containers[index].exitCode = 0
    containers[index].startedAt = now
    containers[index].isListening = false
    containers[index].isBeingStopped = false
    containers[index].failingStreak = 0
    containers[index].health = service.healthcheck.map { _ in .starting }
    containers[index].address = freeAddress()
    containers[index].pid = 1000 + number()
    if service.name == proxyName {
      startProxy(index)
    } else {
      note("\(service.id) started")
      plan(index)
    }
    return nil
  }

  private mutating func obstacle(to index: Int) -> String? {
    let service = containers[index].service
    for network in networks(of: service) where !networks.contains(where: { $0.name == network }) {
      return "network \(network) not found"
    }
    let taken = containers.filter(\.hasProcess).flatMap { $0.service.publishedPorts.map(\.outside) }
    if let port = service.publishedPorts.map(\.outside).first(where: taken.contains) {
      return "driver failed programming external connectivity on endpoint "
        + "\(containers[index].name): Bind for 127.0.0.1:\(port) failed: port is already allocated"
    }
    return service.name == proxyName ? mountObstacle() : nil
  }

  /// The lowest free number, as assigned by the engine.
  private func freeAddress() -> Int {
    let taken = Set(containers.compactMap(\.address))
    return (2...).first { !taken.contains($0) } ?? 2
  }

  /// Schedules the application's own behaviour after its container's start.
  private mutating func plan(_ index: Int) {
    let container = containers[index]
    whileAlive(container, after: container.service.bootTime) { world, index in
      let container = world.containers[index]
      guard !container.isListening, container.service.behavior != .deaf else { return }
      world.containers[index].isListening = true
      world.note("\(world.containers[index].service.id) listens")
    }
    if case .crashing(let time, let code, let log) = container.service.behavior {
      whileAlive(container, after: time) { world, index in
        world.end(index, exitCode: code, log: log)
      }
    }
    checkHealth(container)
  }

  /// Schedules a change of a container, dropped if it exits or restarts before.
  mutating func whileAlive(
    _ container: SimulatedContainer, after delay: Duration, isNatural: Bool = true,
    isHealthCheck: Bool = false,
    _ action: @escaping @Sendable (inout SimulatedState, Int) -> Void
  ) {
    let (id, life) = (container.id, container.life)
    let owner = EventOwner(container: id, life: life, isHealthCheck: isHealthCheck)
    schedule(after: delay, isNatural: isNatural, of: owner) { world in
      guard let index = world.index(of: id), world.containers[index].life == life else { return }
      action(&world, index)
    }
  }

  private mutating func checkHealth(_ container: SimulatedContainer) {
    guard let check = container.service.healthcheck else { return }
    whileAlive(container, after: check.interval, isHealthCheck: true) { world, index in
      let before = world.containers[index].health
      if world.containers[index].isHealthy {
        world.containers[index].failingStreak = 0
        world.containers[index].health = .healthy
      } else if world.now >= (container.startedAt ?? .zero) + check.startPeriod {
        world.containers[index].failingStreak += 1
        if world.containers[index].failingStreak >= check.retries {
          world.containers[index].health = .unhealthy
        }
      }
      let after = world.containers[index].health
      if before != after, let after {
        world.note("\(world.containers[index].service.id) is \(after.rawValue) to Docker")
      }
      world.checkHealth(world.containers[index])
    }
  }

  // MARK: End

  /// Handles the exit of a container's process according to its restart policy.
  mutating func end(_ index: Int, exitCode: Int, log: [String] = [], isByPerson: Bool = false) {
    guard containers[index].hasProcess || containers[index].state == .restarting else { return }
    let container = containers[index]
    containers[index].log += log.map { OutputLine($0, on: .errors) }
    containers[index].life += 1
    containers[index].exitCode = exitCode
    containers[index].isListening = false
    containers[index].isBeingStopped = false
    containers[index].address = nil
    containers[index].pid = 0
    containers[index].programs = []
    let isAgain: Bool
    switch container.service.restart {
    case .no: isAgain = false
    case .onFailure: isAgain = exitCode != 0
    case .always, .unlessStopped: isAgain = true
    }
    containers[index].state = isAgain && !isByPerson ? .restarting : .exited
    if container.service.name == proxyName { nginx = SimulatedNginx() }
    note("\(container.title) ended with exit code \(exitCode)")
    cut(container.id)
    if containers[index].state == .restarting { planRestart(index) }
  }

  private mutating func planRestart(_ index: Int) {
    let container = containers[index]
    if let start = container.startedAt, now - start >= .seconds(10) {
      containers[index].backoff = .milliseconds(100)
    }
    let wait = containers[index].backoff
    containers[index].backoff = min(wait * 2, .seconds(60))
    whileAlive(containers[index], after: wait) { world, index in
      world.containers[index].restartCount += 1
      _ = world.start(index)
    }
  }

  /// Stops a container, and kills it after the grace period; returns how long that takes.
  mutating func stop(_ index: Int, grace: Duration) -> Duration {
    let container = containers[index]
    guard container.hasProcess else {
      containers[index].isLost = false
      if container.state == .restarting {
        end(index, exitCode: container.exitCode, isByPerson: true)
      }
      return .zero
    }
    let isKilled = container.service.stopTime > grace
    let time = isKilled ? grace : container.service.stopTime
    containers[index].isBeingStopped = true
    if !isKilled { containers[index].isListening = false }
    note("\(container.title) was told to stop")
    whileAlive(container, after: time, isNatural: false) { world, index in
      world.end(index, exitCode: isKilled ? 137 : 0, isByPerson: true)
    }
    return time
  }

  mutating func remove(_ index: Int) {
    let container = containers.remove(at: index)
    if container.service.name == proxyName { mountedInodes = [:] }
    note("\(container.title) removed")
  }
}

extension SimulatedContainer {
  /// The address in the project's network, while it runs.
  var ip: String? { address.map { "172.18.0.\($0)" } }
}

// MARK: Programs in containers

extension SimulatedState {
  /// Ends programs in containers, and old workers of the proxy.
  mutating func end(processes pids: [Int]) {
    for index in containers.indices {
      containers[index].programs.removeAll { pids.contains($0.pid) }
    }
    endWorkers(pids)
  }

  /// The `/proc` file of a program or nginx worker in a container, of nginx on the machine itself, or
  /// of bgrun; `nil` for every other path.
  func process(at path: String) -> FileSnapshot? {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count == 3, parts[0] == "proc" else { return nil }
    if parts[1] == "self" { return Self.status(ofUser: user, at: path) }
    guard let pid = Int(parts[1]) else { return nil }
    let isWorker = nginx.generations.contains { $0.workers.contains { $0.pid == pid } }
    if isProxyOnMachine, isWorker || pid == nginx.masterPid {
      let group = nginxUnit.map { "system.slice/\($0)" } ?? "user.slice"
      return parts[2] == "status"
        ? Self.status(ofUser: 0, at: path, isSuspended: isProxySuspended)
        : FileSnapshot(path: path, content: .file(Array("0::/\(group)\n".utf8)))
    }
    let container = containers.first { container in
      container.programs.contains { $0.pid == pid }
        || isWorker && container.service.name == proxyName && container.hasProcess
    }
    guard let container else { return nil }
    let text = parts[2] == "cgroup" ? "0::/docker/\(container.id)\n" : "NSpid:\t\(pid)\t\(pid)\n"
    return FileSnapshot(path: path, content: .file(Array(text.utf8)))
  }

  private var isProxySuspended: Bool {
    index(ofService: proxyName).map { containers[$0].state == .paused } ?? false
  }

  private static func status(
    ofUser user: Int, at path: String, isSuspended: Bool = false
  ) -> FileSnapshot {
    let text =
      "State:\t\(isSuspended ? "T (stopped)" : "S (sleeping)")\nUid:"
      + String(repeating: "\t\(user)", count: 4) + "\n"
    return FileSnapshot(path: path, content: .file(Array(text.utf8)))
  }

  /// Makes the colours answer on the ports that a plan's health checks name.
  private mutating func openPorts(of graph: StepGraph) {
    for case let health as Health in graph.nodes.map(\.step) {
      guard case .http(let port?, _, _, _) = health.check.question else { continue }
      for service in Color.allCases.map(application.service) {
        self.service(service) { $0.managementPorts.insert(port) }
        for index in containers.indices where containers[index].service.name == service {
          containers[index].service.managementPorts.insert(port)
        }
      }
    }
  }

  /// Adds what a plan expects of its project and the usual Compose file lacks: the services of its
  /// jobs, and ports of the colours.
  package mutating func addParts(of graph: StepGraph) {
    openPorts(of: graph)
    for name in graph.jobs where !services.contains(where: { $0.name == name }) {
      service(name) { $0.restart = .no }
    }
  }
}
