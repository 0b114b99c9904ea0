package import DeployDSL
public import DeployRunner

/// Changes that a test makes to the host, as users and accidents do.
extension SimulatedState {
  // MARK: Services and images

  /// Changes a service of the Compose file; existing containers do not change.
  ///
  /// An unknown name adds a service.
  public mutating func service(_ name: String, _ change: (inout SimulatedService) -> Void) {
    if let index = services.firstIndex(where: { $0.isNamed(name) }) {
      change(&services[index])
    } else {
      var service = SimulatedService(name, image: "\(name):latest")
      change(&service)
      services.append(service)
      addImage(imageName(of: service, environment: [:]))
    }
  }

  /// Changes the behaviour of a service, both in the Compose file and in its existing container.
  public mutating func behavior(of service: String, _ behavior: SimulatedService.Behavior) {
    self.service(service) { $0.behavior = behavior }
    for index in indices(ofService: service) {
      containers[index].service.behavior = behavior
    }
    note("\(service) behaves differently")
  }

  /// Lets no service take long to boot, nor Docker to look at its health.
  mutating func hurryServices() {
    for index in services.indices { services[index].hurry() }
    for index in containers.indices { containers[index].service.hurry() }
  }

  /// Changes how long a service takes to stop.
  ///
  /// A time longer than the grace period simulates an application that ignores SIGTERM; otherwise
  /// it accepts no connections while it stops.
  package mutating func stopTime(of service: String, _ time: Duration) {
    self.service(service) { $0.stopTime = time }
    for index in indices(ofService: service) {
      containers[index].service.stopTime = time
    }
  }

  /// Adds an image to the host; without a name it is dangling.
  package mutating func addImage(_ name: String?) {
    if name != nil, images.contains(where: { $0.name == name }) { return }
    images.append(SimulatedImage(id: "sha256:" + digits(), name: name))
    if let name { missingImages[name] = nil }
  }

  /// Removes an image from the host and from the registry.
  ///
  /// - Parameters:
  ///   - name: the image's name as in the Compose file.
  ///   - error: the engine's error. Default: `No such image: NAME`.
  package mutating func removeImage(_ name: String, error: String? = nil) {
    images.removeAll { $0.name == name }
    missingImages[name] = error ?? "No such image: \(name)"
  }

  /// Adds a locally built image, which no registry needs to have.
  package mutating func addLocalImage(_ name: String) {
    if images.contains(where: { $0.name == name }) { return }
    images.append(SimulatedImage(id: "sha256:" + digits(), name: name))
  }

  /// Publishes a newer version of an image under the same name in the registry.
  package mutating func publish(_ name: String) { newerImages.insert(name) }

  /// Adds a network; `project` is the Compose project that created it.
  package mutating func addNetwork(_ name: String, project: String? = nil) {
    networks.append(SimulatedNetwork(name: name, project: project))
  }

  // MARK: Containers

  /// Starts a service as `up` would, creating its container if necessary, and makes it ready at
  /// once.
  public mutating func run(_ service: String) {
    guard let described = services.first(where: { $0.isNamed(service) }) else { return }
    let count = max(1, described.replicas ?? 1)
    for number in 1...count
    where !indices(of: described.id).contains(where: { containers[$0].number == number }) {
      let name = imageName(of: described, environment: [:])
      addImage(name)
      if let image = images.first(where: { $0.name == name }) {
        create(described, image: image, number: number)
      }
    }
    let isCrashing = if case .crashing = described.behavior { true } else { false }
    for index in indices(of: described.id)
    where start(index) == nil && containers[index].hasProcess {
      if described.behavior != .deaf, !isCrashing { containers[index].isListening = true }
      if described.healthcheck != nil { containers[index].health = .healthy }
    }
    note("\(described.id) is ready")
  }

  /// Runs a service in several containers, as a user does with `up --scale`.
  ///
  /// A published port allows only one container, so the services of the application lose theirs.
  package mutating func scale(_ service: String, to count: Int) {
    for index in services.indices
    where Color.allCases.flatMap(application.serviceIDs).contains(services[index].id) {
      services[index].withdrawPorts()
    }
    guard let described = services.first(where: { $0.isNamed(service) }) else { return }
    run(service)
    for index in indices(of: described.id) {
      containers[index].service.withdrawPorts()
    }
    guard let first = index(ofService: service), count > 1,
      let image = images.first(where: { $0.id == containers[first].imageID })
    else { return }
    let number = containers[first].number
    for number in (number + 1)..<(max(number, count) + 1) {
      let index = create(described, image: image, number: number)
      _ = start(index)
      containers[index].isListening = true
    }
    note("\(described.id) runs in \(count) containers")
  }

  /// Ends a service's container like a crash; its restart policy applies.
  ///
  /// - Parameters:
  ///   - service: the service.
  ///   - exitCode: its exit code. Default: 1.
  ///   - log: its last lines of output.
  public mutating func crash(
    _ service: String, exitCode: Int = 1, log: [String] = ["panic: out of luck"]
  ) {
    if let index = index(ofService: service) { end(index, exitCode: exitCode, log: log) }
  }

  /// Stops a service, as a user does with `docker stop`; it stays stopped.
  public mutating func stop(_ service: String) {
    for index in indices(ofService: service) { end(index, exitCode: 0, isByPerson: true) }
  }

  /// Starts to stop a service's container, like a `docker stop` whose client is gone: the engine
  /// kills it after the grace period if it still runs.
  package mutating func askToStop(_ service: String, grace: Duration) {
    for index in indices(ofService: service) { _ = stop(index, grace: grace) }
  }

  /// Removes a service's container, running or not.
  package mutating func remove(_ service: String) {
    stop(service)
    for index in indices(ofService: service).reversed() { remove(index) }
  }

  /// Pauses a service: its container keeps its name and address but does not answer.
  public mutating func pause(_ service: String) {
    let running = indices(ofService: service).filter { containers[$0].state == .running }
    guard !running.isEmpty else { return }
    for index in running { containers[index].state = .paused }
    note("\(service) paused")
  }

  /// Restarts a service's container, as a user does with `docker restart`.
  package mutating func restart(_ service: String) {
    stop(service)
    for index in indices(ofService: service) { _ = start(index) }
  }

  /// Makes the engine unavailable for some time, like its restart: commands fail, containers keep
  /// running.
  ///
  /// - Parameters:
  ///   - time: the duration.
  ///   - endingContainers: whether the containers exit with it and restart afterwards according to
  ///     their restart policy, as without `live-restore`. Default: no.
  public mutating func takeEngineAway(for time: Duration, endingContainers: Bool = false) {
    engineReturns = now + time
    note("the engine is away")
    let ended =
      endingContainers
      ? containers.filter { $0.hasProcess && $0.service.origin != .machine } : []
    for container in ended {
      if let index = index(of: container.id) { end(index, exitCode: 0, isByPerson: true) }
    }
    schedule(after: time, isNatural: true) { world in
      world.engineReturns = nil
      world.note("the engine is back")
      for container in ended where [.always, .unlessStopped].contains(container.service.restart) {
        if let index = world.index(of: container.id) { _ = world.start(index) }
      }
    }
  }

  /// Takes a node of the Swarm away, as a power cut does: what ran there is gone. The Swarm notices it
  /// after twelve seconds, and starts it on other nodes.
  ///
  /// - Parameter name: the node: `node2`; `node1` is the manager with the proxy.
  public mutating func loseNode(_ name: String) {
    nodes.removeAll { $0 == name }
    let lost = containers.filter { $0.node == name && $0.hasProcess }
    note("\(name) is lost")
    for container in lost {
      guard let index = index(of: container.id) else { continue }
      end(index, exitCode: 0, isByPerson: true)
      containers[index].isLost = true
    }
    guard !nodes.isEmpty else { return }
    schedule(after: .seconds(12), isNatural: true) { world in
      for container in lost {
        guard let index = world.index(of: container.id), world.containers[index].isLost else {
          continue
        }
        world.replace(index)
      }
    }
  }

  /// Starts the same on another node.
  private mutating func replace(_ index: Int) {
    let old = containers[index]
    guard !old.isBeingStopped, let image = images.first(where: { $0.id == old.imageID }) else {
      return
    }
    remove(index)
    _ = start(create(old.service, image: image, number: old.number))
  }

  /// Adds lines to the log of a service's container.
  package mutating func log(_ lines: String..., of service: String) {
    guard let index = index(ofService: service) else { return }
    containers[index].log += lines.map { OutputLine($0, on: .errors) }
  }

  // MARK: Files and the proxy

  /// Writes a file, as a user does; relative paths start at the project folder.
  ///
  /// - Parameters:
  ///   - text: the new content.
  ///   - path: the file.
  ///   - method: how the new content replaces the old. Default: the inode stays.
  public mutating func write(
    _ text: String, to path: String, by method: FileWrite.Method = .inPlace
  ) {
    let reason = files.write(Array(text.utf8), to: path, method: method, at: now)
    if reason != nil { files.put(Array(text.utf8), at: path, changed: now) }
    note("\(path) was written")
  }

  /// Removes a file or folder.
  public mutating func removeFile(_ path: String) {
    files.remove(path)
    note("\(path) was removed")
  }

  /// Replaces a file by a folder.
  package mutating func makeDirectory(_ path: String) {
    files.remove(path)
    files.makeDirectory(path)
    note("\(path) became a folder")
  }

  /// Creates a symbolic link at a path.
  package mutating func link(_ path: String, to target: String) {
    files.link(path, to: target)
    note("\(path) became a link")
  }

  /// Makes writes to a path fail with a reason, for example `No space left on device`; `nil` makes
  /// them succeed again.
  package mutating func refuseWrites(to path: String, because reason: String?) {
    files.unwritable[files.absolute(path)] = reason
  }

  /// Fills the disk of the project folder, to the last inode: no file can be created and none can
  /// grow. Default: yes; `false` frees space again.
  public mutating func fillDisk(_ isFull: Bool = true) {
    files.isFull = isFull
    note(isFull ? "the disk is full" : "the disk has room again")
  }

  /// Writes a colour's configuration to the site file, in place, without a reload.
  package mutating func pointFile(at color: Color) {
    if let source = file(application.source(color)) { write(source, to: application.site.file) }
  }

  /// Reloads the proxy, as a user does.
  package mutating func reload() { reloadProxy() }

  /// Opens a long request through the proxy, for example a download or a WebSocket.
  ///
  /// - Parameters:
  ///   - name: a description.
  ///   - duration: its duration; `nil` never ends.
  public mutating func openRequest(_ name: String, lasting duration: Duration?) {
    guard let container = servingContainer, let last = nginx.generations.indices.last else {
      return
    }
    let id = number()
    nginx.generations[last].connections.append(
      SimulatedNginx.Connection(id: id, name: name, container: container.id))
    guard let duration else { return }
    schedule(after: duration, isNatural: true) { world in
      for index in world.nginx.generations.indices {
        world.nginx.generations[index].connections.removeAll { $0.id == id }
      }
      world.retireIdleWorkers()
    }
  }
}
