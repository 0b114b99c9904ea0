import DeployDSL
import DeployRunner

extension SimulatedOperation {
  /// The same in a project, the plan's own if `nil`, failing without its Compose files.
  func inProject(_ project: String?) -> Self {
    var copy = self
    copy.moments.insert(
      { world, transcript in
        guard let problem = world.composeFileProblem(of: project) else { return .later(.zero) }
        transcript.complain(problem)
        return .exit(1)
      }, at: 0)
    return copy
  }

  static func pull(_ name: ServiceID, _ variables: [String: String]) -> Self {
    Self(cost: .milliseconds(80)) { world, transcript in
      guard let service = world.described(name, &transcript) else { return .exit(1) }
      transcript.complain(" \(name.name) Pulling ")
      if let reason = world.fetch(world.imageName(of: service, environment: variables)) {
        transcript.complain(" \(name.name) Error \(reason)")
        return transcript.refuse(reason)
      }
      transcript.complain(" \(name.name) Pulled ")
      return .later(.seconds(1))
    }
  }

  static func build(_ name: ServiceID, _ variables: [String: String]) -> Self {
    Self(cost: .milliseconds(80)) { world, transcript in
      guard let service = world.described(name, &transcript) else { return .exit(1) }
      guard service.hasBuild else { return .exit(0) }
      let image = world.imageName(of: service, environment: variables)
      world.renew(image)
      transcript.complain(" \(image)  Built")
      return .later(.seconds(3))
    }
  }

  static func up(
    _ name: ServiceID, scale: Int?, _ image: PinnedImage?, _ variables: [String: String]
  ) -> Self {
    Self(
      cost: .milliseconds(80),
      { world, transcript in
        guard var service = world.described(name, &transcript) else { return .exit(1) }
        if let image {
          guard let own = world.images.first(where: { $0.id == image.id })?.name else {
            return transcript.refuse("No such image: \(image.id)")
          }
          service.image = own
        }
        return world.prepare(service, scale: scale, environment: variables, &transcript)
      },
      { world, transcript in
        let created = world.indices(of: name)
        guard !created.isEmpty else { return .exit(1) }
        for index in created where created.count == 1 || !world.containers[index].hasProcess {
          let container = world.containers[index].name
          transcript.complain(" Container \(container)  Starting")
          if let reason = world.start(index) { return transcript.refuse(reason) }
          transcript.complain(" Container \(container)  Started")
        }
        let boots = world.waitingTasks(of: name).map {
          $0.service.bootTime + ($0.service.healthcheck?.interval ?? .zero)
        }
        return .later(.milliseconds(70) + (boots.max() ?? .zero))
      },
      { world, transcript in
        guard let task = world.waitingTasks(of: name).first(where: { !$0.isLost }) else {
          return .reply(.answer(HostAnswer(.flag(true))))
        }
        let reason =
          task.hasProcess
          ? "its health check did not pass in time" : "exit code \(task.exitCode)"
        transcript.complain("\(task.name) did not get to run: \(reason)")
        return .exit(1)
      })
  }

  /// Runs a service once, in a container that continues even if the client exits first.
  static func job(
    _ service: ServiceID, _ name: String, _ owner: String, _ variables: [String: String],
    _ scripted: CommandResult?
  ) -> Self {
    Self(
      cost: .milliseconds(250),
      { world, transcript in
        guard let described = world.described(service, &transcript) else { return .exit(1) }
        if let other = world.containers.first(where: { $0.name == name }) {
          return transcript.refuse(
            "Conflict. The container name \"/\(name)\" is already in use by container "
              + "\"\(other.id)\". You have to remove (or rename) that container to be able to reuse "
              + "that name.")
        }
        let image = world.imageName(of: described, environment: variables)
        if !world.images.contains(where: { $0.name == image }), let reason = world.fetch(image) {
          return transcript.refuse(reason)
        }
        return .later(
          world.runOnce(described, image, name, owner, scripted) + .milliseconds(50))
      },
      { world, transcript in
        guard let index = world.index(of: name) else { return .exit(1) }
        transcript.add(world.containers[index].log)
        return .exit(Int32(world.containers[index].exitCode))
      })
  }
}

extension SimulatedState {
  /// The tasks of a service that a Swarm does not call running: their health check has not passed. None
  /// outside of a Swarm.
  fileprivate func waitingTasks(of name: ServiceID) -> [SimulatedContainer] {
    guard application.swarm != nil else { return [] }
    return indices(of: name).map { containers[$0] }.filter {
      $0.service.healthcheck != nil && !$0.isHealthy
    }
  }

  fileprivate func composeFileProblem(of project: String?) -> String? {
    if let named = project.flatMap({ application.projects[$0]?.files }) ?? application.composeFiles
    {
      let missing = named.first { files.inode(at: $0) == nil }
      return missing.map { "open \(files.absolute($0)): no such file or directory" }
    }
    return ComposeProject.usualFiles.contains { files.inode(at: $0) != nil }
      ? nil : "no configuration file provided: not found"
  }

  fileprivate func described(
    _ id: ServiceID, _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedService? {
    if let service = services.first(where: { $0.id == id && $0.origin != .machine }) {
      return service
    }
    transcript.complain("no such service: \(id.name)")
    return nil
  }

  /// Whether `up` would recreate a service's container.
  func isReplaced(
    _ name: ServiceID, _ variables: [String: String],
    _ transcript: inout SimulatedOperation.Transcript
  ) -> Bool? {
    guard let service = described(name, &transcript) else { return nil }
    let imageName = imageName(of: service, environment: variables)
    guard let image = images.first(where: { $0.name == imageName }) else {
      _ = transcript.refuse("No such image: \(imageName)")
      return nil
    }
    return indices(of: name).contains { !isKept($0, by: service, image) }
  }

  /// Whether Compose keeps a container as it is.
  private func isKept(_ index: Int, by service: SimulatedService, _ image: SimulatedImage) -> Bool {
    containers[index].imageID == image.id && containers[index].service.isMadeLike(service)
  }

  /// The first half of `up`: creates as many matching containers as are wanted and removes the
  /// rest; with nothing to do, it is the whole of it.
  fileprivate mutating func prepare(
    _ service: SimulatedService, scale: Int? = nil, environment: [String: String],
    _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    let imageName = imageName(of: service, environment: environment)
    let hasNone = indices(of: service.id).isEmpty
    if !images.contains(where: { $0.name == imageName }), let reason = fetch(imageName) {
      let name = containerName(of: service)
      transcript.complain(" Container \(name)  \(hasNone ? "Creating" : "Recreate")")
      transcript.complain(" Container \(name)  Error response from daemon: \(reason)")
      return transcript.refuse(reason)
    }
    guard let image = images.first(where: { $0.name == imageName }) else { return .exit(1) }
    if hasNone { addProjectNetworks(of: service, &transcript) }
    let count = scale ?? service.replicas ?? 1
    for index in indices(of: service.id).reversed() where containers[index].number > count {
      end(index, exitCode: 0, isByPerson: true)
      remove(index)
    }
    var wait: Duration?
    for number in 1...max(1, count) {
      let name = containerName(of: service, number: number)
      let old = indices(of: service.id).first { containers[$0].number == number }
      if let old, isKept(old, by: service, image) {
        if containers[old].state == .running {
          transcript.complain(" Container \(name)  Running")
        } else {
          wait = max(wait ?? .zero, .milliseconds(150))
        }
        continue
      }
      transcript.complain(" Container \(name)  \(old == nil ? "Creating" : "Recreate")")
      if let old {
        end(old, exitCode: 0, isByPerson: true)
        remove(old)
      }
      create(service, image: image, number: number)
      transcript.complain(" Container \(name)  \(old == nil ? "Created" : "Recreated")")
      wait = .milliseconds(250)
    }
    return wait.map { .later($0) } ?? .reply(.answer(HostAnswer(.flag(false))))
  }

  /// Starts a container that exits on its own, as its service behaves; returns how long that takes.
  @discardableResult
  mutating func runOnce(
    _ service: SimulatedService, _ imageName: String, _ name: String, _ owner: String,
    _ scripted: CommandResult?
  ) -> Duration {
    guard let image = images.first(where: { $0.name == imageName }) else { return .zero }
    var once = service
    once.restart = .no
    once.containerName = name
    once.port = nil
    let index = create(once, image: image)
    containers[index].job = owner
    let (time, code, log): (Duration, Int, [OutputLine])
    switch service.behavior {
    case .crashing(let after, let exitCode, let lines):
      (time, code, log) = (after, exitCode, lines.map { OutputLine($0, on: .errors) })
    case .healthy, .unhealthy, .deaf: (time, code, log) = (service.bootTime, 0, [])
    }
    containers[index].service.behavior = .deaf
    guard start(index) == nil else { return .zero }
    let said = scripted.map { result in
      result.output.split(separator: "\n").map { OutputLine(String($0), on: .output) }
        + result.errors.split(separator: "\n").map {
          OutputLine(String($0), on: .errors)
        }
    }
    whileAlive(containers[index], after: time, isNatural: false) { world, index in
      world.containers[index].log += said ?? log
      world.end(index, exitCode: scripted.map { Int($0.status) } ?? code)
    }
    return time
  }

  /// Performs a user's `docker compose up -d`.
  ///
  /// Afterwards every service without a profile runs in a container that matches the Compose file
  /// and `.env`.
  package mutating func composeUp() {
    for service in services where service.profiles.isEmpty {
      var transcript = SimulatedOperation.Transcript()
      _ = prepare(service, environment: [:], &transcript)
      for index in indices(of: service.id) { _ = start(index) }
    }
  }

  private mutating func addProjectNetworks(
    of service: SimulatedService, _ transcript: inout SimulatedOperation.Transcript
  ) {
    for network in networks(of: service)
    where network.hasPrefix("\(projectName)_") && !networks.contains(where: { $0.name == network })
    {
      addNetwork(network, project: projectName)
      transcript.complain(" Network \(network)  Creating")
      transcript.complain(" Network \(network)  Created")
    }
  }

  /// Pulls an image from the registry; returns the reason if that fails.
  fileprivate mutating func fetch(_ name: String) -> String? {
    if let reason = missingImages[name] ?? registryFailure { return reason }
    if newerImages.remove(name) != nil { renew(name) } else { addImage(name) }
    return nil
  }

  /// Tags a new image with an image's name; the old one becomes dangling.
  fileprivate mutating func renew(_ name: String) {
    for index in images.indices where images[index].name == name { images[index].name = nil }
    addImage(name)
  }
}

extension SimulatedService {
  /// Whether Compose would keep a container of this service for the other description.
  func isMadeLike(_ other: SimulatedService) -> Bool {
    var (one, two) = (self, other)
    // Compose compares the image by its ID and does not know the behaviour.
    (one.image, two.image) = ("", "")
    (one.behavior, two.behavior) = (.healthy, .healthy)
    (one.bootTime, two.bootTime) = (.zero, .zero)
    (one.stopTime, two.stopTime) = (.zero, .zero)
    (one.tools, two.tools) = ([], [])
    (one.profiles, two.profiles) = ([], [])
    return one == two
  }
}
