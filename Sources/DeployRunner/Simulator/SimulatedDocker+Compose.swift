import DeployDSL

extension SimulatedDocker {
  /// `docker compose [--file F] [--project-name P] COMMAND …`.
  func compose(_ words: [String]) -> SimulatedOperation {
    inProject(words) { rest in
      rest.first.flatMap { composeCommand($0, Array(rest.dropFirst())) }
    }
  }

  /// What Compose does in the project that the options before a command name.
  func inProject(
    _ words: [String], _ make: (ArraySlice<String>) -> SimulatedOperation?
  ) -> SimulatedOperation {
    var rest = words[...]
    var file: String?
    var project: String?
    while let option = rest.first, rest.count >= 2 {
      if ["--file", "-f"].contains(option) {
        file = rest[rest.startIndex + 1]
      } else if ["--project-name", "-p"].contains(option) {
        project = rest[rest.startIndex + 1]
      } else {
        break
      }
      rest = rest.dropFirst(2)
    }
    guard var course = make(rest) else { return unknown }
    let (chosenFile, chosenProject) = (file, project)
    course.moments.insert(
      { world, transcript in
        if let reason = world.composeFileProblem(chosenFile) {
          transcript.complain(reason)
          return .exit(1)
        }
        if let chosenProject, chosenProject != world.projectName {
          transcript.complain("the simulated host has no Compose project \(chosenProject)")
          return .exit(125)
        }
        return .later(.zero)
      }, at: 0)
    return course
  }

  private func composeCommand(_ name: String, _ words: [String]) -> SimulatedOperation? {
    switch name {
    case "up":
      service(words, flags: ["--detach", "-d", "--no-deps", "--wait"], needs: "--no-deps")
        .map { up($0, waits: words.contains("--wait")) }
    case "pull": service(words).map(pull)
    case "build": service(words, options: ["--build-arg"]).map(build)
    case "run": run(words)
    default: nil
    }
  }

  /// The one service that a command names.
  private func service(
    _ words: [String], options: Set<String> = [], flags: Set<String> = [], needs: String? = nil
  ) -> String? {
    guard let parsed = arguments(words, options: options, flags: flags), parsed.rest.count == 1,
      needs.map({ parsed.flags.contains($0) }) ?? true
    else { return nil }
    return parsed.rest.first
  }

  var environment: [String: String] { command.environment.mapValues(\.text) }

  // MARK: up

  /// With `--wait`, Compose calls healthy what runs once and has no health check, even if it never
  /// runs for long.
  private func up(_ name: String, waits: Bool) -> SimulatedOperation {
    let environment = environment
    return SimulatedOperation(
      cost: .milliseconds(80),
      { world, transcript in
        guard let service = world.described(name, &transcript) else { return .exit(1) }
        return world.prepare(service, environment: environment, &transcript)
      },
      { world, transcript in
        guard let index = world.index(ofService: name) else { return .exit(1) }
        let container = world.containers[index].name
        transcript.complain(" Container \(container)  Starting")
        if let reason = world.start(index) { return transcript.refuse(reason) }
        transcript.complain(" Container \(container)  Started")
        guard waits, world.containers[index].service.healthcheck == nil else {
          return .later(.milliseconds(70))
        }
        transcript.complain(" Container \(container)  Waiting")
        transcript.complain(" Container \(container)  Healthy")
        return .later(.milliseconds(570))
      })
  }

  // MARK: run

  /// `run --no-deps -T --interactive=false --name NAME --label bgrun.job=… SERVICE [PROGRAM …]`: the
  /// container goes on if the client ends before.
  private func run(_ words: [String]) -> SimulatedOperation? {
    let options: Set<String> = ["--name", "--label"]
    guard
      let end = words.indices.first(where: { index in
        !words[index].hasPrefix("-") && !(index > 0 && options.contains(words[index - 1]))
      }),
      let parsed = arguments(
        Array(words[..<end]), options: options, flags: ["--no-deps", "-T", "--interactive=false"]),
      let name = parsed.options["--name"], parsed.flags.contains("--no-deps")
    else { return nil }
    let owner = parsed.options["--label"].map { String($0.dropFirst("bgrun.job=".count)) }
    let (service, argv) = (words[end], Array(words[(end + 1)...]))
    let (environment, script) = (environment, script)
    return SimulatedOperation(
      cost: .milliseconds(250),
      { world, transcript in
        guard let described = world.described(service, &transcript) else { return .exit(1) }
        if let other = world.containers.first(where: { $0.name == name }) {
          return transcript.refuse(
            "Conflict. The container name \"/\(name)\" is already in use by container "
              + "\"\(other.id)\". You have to remove (or rename) that container to be able to reuse "
              + "that name.")
        }
        let image = world.imageName(of: described, environment: environment)
        if !world.images.contains(where: { $0.name == image }), let reason = world.fetch(image) {
          return transcript.refuse(reason)
        }
        return .later(
          world.runOnce(described, image, name, owner, script(service, argv)) + .milliseconds(50))
      },
      { world, transcript in
        guard let index = world.index(of: name) else { return .exit(1) }
        for line in world.containers[index].log {
          line.stream == .output ? transcript.print(line.text) : transcript.complain(line.text)
        }
        return .exit(Int32(world.containers[index].exitCode))
      })
  }

  private func pull(_ name: String) -> SimulatedOperation {
    let environment = environment
    return SimulatedOperation(cost: .milliseconds(80)) { world, transcript in
      guard let service = world.described(name, &transcript) else { return .exit(1) }
      let image = world.imageName(of: service, environment: environment)
      transcript.complain(" \(name) Pulling ")
      if let reason = world.fetch(image) {
        transcript.complain(" \(name) Error \(reason)")
        return transcript.refuse(reason)
      }
      transcript.complain(" \(name) Pulled ")
      return .later(.seconds(1))
    }
  }

  private func build(_ name: String) -> SimulatedOperation {
    let environment = environment
    return SimulatedOperation(cost: .milliseconds(80)) { world, transcript in
      guard let service = world.described(name, &transcript) else { return .exit(1) }
      guard service.hasBuild else { return .exit(0) }
      let image = world.imageName(of: service, environment: environment)
      world.renew(image)
      transcript.complain(" \(image)  Built")
      return .later(.seconds(3))
    }
  }
}

extension SimulatedState {
  fileprivate func composeFileProblem(_ file: String?) -> String? {
    if let file {
      let path = files.absolute(file)
      return files.inode(at: path) == nil ? "open \(path): no such file or directory" : nil
    }
    let names = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"]
    return names.contains { files.inode(at: $0) != nil }
      ? nil : "no configuration file provided: not found"
  }

  func described(
    _ name: String, _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedService? {
    if let service = services.first(where: { $0.name == name }) { return service }
    transcript.complain("no such service: \(name)")
    return nil
  }

  /// The first half of `up`: a container that fits is there afterwards, or was running already.
  fileprivate mutating func prepare(
    _ service: SimulatedService, environment: [String: String],
    _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    let name = containerName(of: service)
    let imageName = imageName(of: service, environment: environment)
    let old = index(ofService: service.name)
    if !images.contains(where: { $0.name == imageName }), let reason = fetch(imageName) {
      transcript.complain(" Container \(name)  \(old == nil ? "Creating" : "Recreate")")
      transcript.complain(" Container \(name)  Error response from daemon: \(reason)")
      return transcript.refuse(reason)
    }
    guard let image = images.first(where: { $0.name == imageName }) else { return .exit(1) }
    guard let old else {
      addProjectNetworks(of: service, &transcript)
      transcript.complain(" Container \(name)  Creating")
      create(service, image: image)
      transcript.complain(" Container \(name)  Created")
      return .later(.milliseconds(250))
    }
    if containers[old].imageID == image.id, containers[old].service.isMadeLike(service) {
      guard containers[old].state == .running else { return .later(.milliseconds(150)) }
      transcript.complain(" Container \(name)  Running")
      return .exit(0)
    }
    transcript.complain(" Container \(name)  Recreate")
    end(old, exitCode: 0, isByPerson: true)
    remove(old)
    create(service, image: image)
    transcript.complain(" Container \(name)  Recreated")
    return .later(.milliseconds(250))
  }

  /// Starts a container that ends by itself, as its service behaves; returns how long that takes.
  @discardableResult
  mutating func runOnce(
    _ service: SimulatedService, _ imageName: String, _ name: String, _ owner: String?,
    _ scripted: CommandResult?
  ) -> Duration {
    guard let image = images.first(where: { $0.name == imageName }) else { return .zero }
    var once = service
    once.restart = .no
    once.containerName = name
    once.port = nil
    let index = create(once, image: image)
    containers[index].job = owner ?? ""
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

  /// Does what a person's `docker compose up -d` does.
  ///
  /// Every service that is in no profile runs afterwards, in a container that fits the Compose file
  /// and `.env`.
  public mutating func composeUp() {
    for service in services where service.profiles.isEmpty {
      var transcript = SimulatedOperation.Transcript()
      _ = prepare(service, environment: [:], &transcript)
      if let index = index(ofService: service.name) { _ = start(index) }
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

  /// Gets an image from the registry; returns the reason if that fails.
  fileprivate mutating func fetch(_ name: String) -> String? {
    if let reason = missingImages[name] ?? registryFailure { return reason }
    if newerImages.remove(name) != nil { renew(name) } else { addImage(name) }
    return nil
  }

  /// Gives an image's name to a new image; the old one dangles.
  fileprivate mutating func renew(_ name: String) {
    for index in images.indices where images[index].name == name { images[index].name = nil }
    addImage(name)
  }
}

extension SimulatedService {
  /// Whether Compose would keep a container of this description for the other one.
  func isMadeLike(_ other: SimulatedService) -> Bool {
    var (one, two) = (self, other)
    // The image is compared by its ID, and behaviour is not Compose's business.
    (one.image, two.image) = ("", "")
    (one.behavior, two.behavior) = (.healthy, .healthy)
    (one.bootTime, two.bootTime) = (.zero, .zero)
    (one.stopTime, two.stopTime) = (.zero, .zero)
    (one.tools, two.tools) = ([], [])
    (one.profiles, two.profiles) = ([], [])
    return one == two
  }
}
