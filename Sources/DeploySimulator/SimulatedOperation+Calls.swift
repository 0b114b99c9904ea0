import DeployDSL
import DeployRunner

extension SimulatedOperation {
  /// The course of a call; failures use the engine's own messages.
  init(_ call: HostCall, _ effect: HostOperation.Effect, _ script: SimulatedHost.Script) {
    let variables = call.command.environment.mapValues(\.text)
    func inside(
      _ name: String,
      _ body: @escaping @Sendable (inout SimulatedState, Int, inout Transcript) -> Step
    ) -> Self {
      let argv = call.command.argv
      let program = Array(argv[((argv.firstIndex(of: name) ?? -1) + 1)...])
      return Self(cost: .milliseconds(85)) { world, transcript in
        guard let index = transcript.findRunning(name, in: world, isForExec: true) else {
          return .exit(1)
        }
        let service = world.containers[index].service.name
        if let result = script.answer(in: service, program) {
          return .reply(call.answer(from: result))
        }
        return body(&world, index, &transcript)
      }
    }
    switch call.kind {
    case .project(let name):
      self =
        Self.look(80) { world, _ in
          .project(world.composeModel(of: name, environment: variables))
        }
        .inProject(name)
    case .replacement(let service):
      self = Self.look(250) { $0.isReplaced(service, variables, &$1).map { .flag($0) } }
        .inProject(service.project)
    case .containers(let project, let service):
      // Newest first.
      self = Self.look(16) { world, _ in
        .list(
          world.containers.reversed().compactMap { container in
            guard let own = world.project(of: container), (project ?? own) == own,
              (service ?? container.service.name) == container.service.name
            else { return nil }
            return .init(container.id, project: own)
          })
      }
    case .inspect(let names):
      self = Self.look(17) { world, _ in
        .containers(
          names.compactMap { world.index(of: $0) }
            .map { world.description(of: world.containers[$0]) })
      }
    case .processes(let name):
      self = Self.look(27) { world, transcript in
        transcript.findRunning(name, in: world)
          .map { .processes(world.processes(of: world.containers[$0])) }
      }
    case .hostProcesses(let parent):
      self = Self.look(27) { world, _ in .processes(world.hostProcesses(parent: parent)) }
    case .mayWrite(let path):
      self.init(cost: .milliseconds(1)) { world, _ in
        world.forbiddenPaths.contains(path) ? .exit(1) : .reply(.answer(HostAnswer(.flag(true))))
      }
    case .marked(let name, let mark):
      self = Self.look(27) { world, transcript in
        transcript.findRunning(name, in: world).map {
          .pids(world.containers[$0].programs.filter { $0.mark == mark }.map(\.pid))
        }
      }
    case .isStopping(let id, _):
      self = Self.look(20) { world, _ in
        let container = world.index(of: id).map { world.containers[$0] }
        return .flag(container.map { $0.isBeingStopped && $0.hasProcess } ?? false)
      }
    case .logs(let name, let lines):
      self.init(cost: .milliseconds(20)) { world, transcript in
        guard let index = transcript.find(name, in: world) else { return .exit(1) }
        transcript.add(world.containers[index].log.suffix(lines))
        return .exit(0)
      }
    case .image(let name):
      self = Self.look(20) { world, transcript in
        if let image = world.images.first(where: { $0.name == name || $0.id == name }) {
          return .names([image.id])
        }
        transcript.complain("Error: No such image: \(name)")
        return nil
      }
    case .isPulled: self = Self.look(20) { _, _ in .flag(true) }
    case .networks:
      self = Self.look(16) { world, _ in
        .list(
          world.networks.sorted { $0.name < $1.name }.map { .init($0.name, project: $0.project) })
      }
    case .networksInUse:
      self = Self.look(16) { world, _ in
        .names(world.containers.flatMap { world.networks(of: $0.service) })
      }
    case .endpoint, .machine: self.init(cost: .zero) { _, _ in .exit(1) }
    case .version(let program):
      self = Self.look(20) { world, _ in world.versions[program].map { .names([$0]) } }
    case .engineFolder: self = Self.look(20) { _, _ in .names(["/var/lib/docker"]) }
    case .room:
      self = Self.look(1) { world, _ in .bytes(world.files.isFull ? 0 : world.freeSpace) }
    case .pull(let service): self = Self.pull(service, variables).inProject(service.project)
    case .build(let service): self = Self.build(service, variables).inProject(service.project)
    case .up(let service, let scale, let image):
      self = Self.up(service, scale: scale, image, variables).inProject(service.project)
    case .job(let service, let argv, let container, let owner):
      let scripted = script.answer(in: service.name, argv)
      self = Self.job(service, container, owner, variables, scripted).inProject(service.project)
    case .start(let name):
      self.init(cost: .milliseconds(250)) { $0.startByName(name, &$1) }
    case .stop(let name, let grace):
      // The engine continues even if the client exits first.
      self.init(
        cost: .milliseconds(20),
        { world, transcript in
          guard let index = transcript.find(name, in: world) else { return .exit(1) }
          return .later(world.stop(index, grace: grace) + .milliseconds(50))
        },
        { _, transcript in
          transcript.print(name)
          return .exit(0)
        })
    case .remove(let name):
      self.init(cost: .milliseconds(30)) { $0.removeByName(name, &$1) }
    case .exec(let name, let argv):
      self = inside(name) { $0.execute(argv, in: $1, isQuestion: effect == .verify, &$2) }
      guard let mark = call.command.mark else { break }
      // The program continues even if the client exits first.
      process = { world in
        guard let index = world.index(of: name), world.containers[index].hasProcess else { return }
        world.containers[index].programs.append(
          SimulatedContainer.Program(pid: 1000 + world.number(), mark: mark, argv: argv))
      }
    case .signal(let pids, nil):
      self.init(cost: .milliseconds(1)) { world, _ in
        world.end(processes: pids)
        return .exit(0)
      }
    case .signal(let pids, let name?):
      self = inside(name) { world, _, _ in
        world.end(processes: pids)
        return .exit(0)
      }
    case .pruneImages: self.init(cost: .milliseconds(40)) { $0.pruneImages(&$1) }
    case .removeNetworks(let names):
      self.init(cost: .milliseconds(60)) { world, transcript in
        let refusals = names.filter { !world.removeNetwork($0, &transcript) }
        if !refusals.isEmpty { transcript.complain("exit status 1") }
        return .exit(refusals.isEmpty ? 0 : 1)
      }
    case .testProxy(let nginx):
      guard let name = nginx.container else {
        self.init(cost: .milliseconds(30)) { world, transcript in world.testProxy(&transcript) }
        break
      }
      self = inside(name) { world, _, transcript in world.testProxy(&transcript) }
    case .reloadProxy(let nginx):
      guard let name = nginx.container else {
        self.init(cost: .milliseconds(30)) { world, transcript in
          world.reloadOnMachine(nginx, &transcript)
        }
        break
      }
      self = inside(name) { world, _, transcript in world.reloadProxy(&transcript) }
    case .claim(let name, let text):
      self.init(cost: .milliseconds(40)) { world, transcript in
        guard world.claims[name] == nil else {
          return transcript.refuse(
            "rpc error: code = AlreadyExists desc = config \(name) already exists")
        }
        world.claims[name] = text
        return .exit(0)
      }
    case .claimant(let name):
      self = Self.look(30) { world, _ in world.claims[name].map { .names([$0]) } }
    case .release(let name):
      self.init(cost: .milliseconds(40)) { world, _ in
        world.claims[name] = nil
        return .exit(0)
      }
    case .request:
      self.init(cost: .milliseconds(1)) { _, _ in
        let scripted = script.answer(in: nil, call.command.argv)
        return .reply(call.answer(from: scripted ?? script.answer(to: call.command)))
      }
    // MockExecutor answers it, outside of time.
    case .probes: self.init(cost: .zero)
    case .fetch(let url, let address, let within):
      self.init(
        cost: .milliseconds(15),
        { world, transcript in
          if let scripted = script.answer(in: nil, call.command.argv) {
            return .reply(call.answer(from: scripted))
          }
          return world.fetch(url, at: address, from: .host, by: "curl", within, &transcript)
        }, Self.timeUp(of: "curl"))
    case .fetchInside(let name, let tool, let url, let host, let within):
      self = inside(name) { world, index, transcript in
        guard world.containers[index].service.tools.contains(tool) else {
          return transcript.lacks(tool)
        }
        return world.fetch(
          url, as: host, from: .container(index), by: tool, within, &transcript)
      }
      moments.append(Self.timeUp(of: tool))
    }
  }

  /// A read that takes some milliseconds; without an answer, it has printed an error.
  private static func look(
    _ milliseconds: Int,
    _ look: @escaping @Sendable (SimulatedState, inout Transcript) -> HostAnswer.Value?
  ) -> Self {
    Self(cost: .milliseconds(milliseconds)) { world, transcript in
      look(world, &transcript).map { .reply(.answer(HostAnswer($0))) } ?? .exit(1)
    }
  }

  /// Reached only by a request without an answer: it has timed out.
  private static func timeUp(of tool: String) -> Moment {
    { _, transcript in
      transcript.complain("curl: (28) Operation timed out")
      return .exit(tool == "curl" ? 28 : 1)
    }
  }
}

extension SimulatedOperation.Transcript {
  mutating func add(_ lines: some Sequence<OutputLine>) {
    for line in lines {
      if line.stream == .output { print(line.text) } else { complain(line.text) }
    }
  }

  /// The position of a container, or the engine's error.
  mutating func find(_ name: String, in world: SimulatedState) -> Int? {
    if let index = world.index(of: name) { return index }
    complain("Error response from daemon: No such container: \(name)")
    return nil
  }

  /// The position of a container that allows `top` and `exec`, or the engine's error.
  mutating func findRunning(
    _ name: String, in world: SimulatedState, isForExec: Bool = false
  ) -> Int? {
    guard let index = find(name, in: world) else { return nil }
    let container = world.containers[index]
    switch container.state {
    case .running: return index
    case .paused where !isForExec: return index
    case .paused:
      _ = refuse("Container \(name) is paused, unpause the container before exec")
    case .restarting:
      _ = refuse("Container \(container.id) is restarting, wait until the container is running")
    case .created, .exited: _ = refuse("Container \(container.id) is not running")
    }
    return nil
  }

  fileprivate mutating func lacks(_ program: String) -> SimulatedOperation.Step {
    print(
      "OCI runtime exec failed: exec failed: unable to start container process: exec: "
        + "\"\(program)\": executable file not found in $PATH: unknown")
    return .exit(126)
  }
}

extension SimulatedState {
  fileprivate mutating func startByName(
    _ name: String, _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    let found = index(of: name)
    guard let reason = found.map({ start($0) }) ?? "No such container: \(name)" else {
      transcript.print(name)
      return .exit(0)
    }
    _ = transcript.refuse(reason)
    transcript.complain("Error: failed to start containers: \(name)")
    return .exit(1)
  }

  fileprivate mutating func removeByName(
    _ name: String, _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    guard let index = transcript.find(name, in: self) else { return .exit(1) }
    let container = containers[index]
    guard !container.hasProcess, container.state != .restarting else {
      return transcript.refuse(
        "You cannot remove a \(container.state.rawValue) container \(container.id). Stop the "
          + "container before attempting removal or force remove")
    }
    remove(index)
    transcript.print(name)
    return .exit(0)
  }

  // MARK: Inside containers

  /// Runs a program of the plan: it does nothing, or, as a health check, reports whether the
  /// application is healthy. Only nginx in the proxy is simulated.
  fileprivate mutating func execute(
    _ argv: [String], in index: Int, isQuestion: Bool,
    _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    guard containers[index].service.name == proxyName else {
      return .exit(isQuestion && !containers[index].isHealthy ? 1 : 0)
    }
    switch argv {
    case ["nginx", "-t"], ["nginx", "-T"]: return testProxy(&transcript)
    case ["nginx", "-s", "reload"]: return reloadProxy(&transcript)
    default: return .exit(0)
    }
  }

  /// `nginx -T`, in nginx's own words.
  fileprivate func testProxy(
    _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    let main = mainConfiguration
    do throws(NginxConfiguration.Refusal) {
      for file in try readConfiguration().files {
        transcript.print("# configuration file \(file.path):\n\(file.text)")
      }
    } catch {
      transcript.complain("nginx: \(error.text)")
      transcript.complain("nginx: configuration file \(main) test failed")
      return .exit(1)
    }
    transcript.complain("nginx: the configuration file \(main) syntax is ok")
    transcript.complain("nginx: configuration file \(main) test is successful")
    return .exit(0)
  }

  fileprivate mutating func reloadProxy(
    _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    do throws(NginxConfiguration.Refusal) {
      _ = try readConfiguration()
    } catch {
      transcript.complain("nginx: \(error.text)")
      return .exit(1)
    }
    transcript.complain("[notice] signal process started")
    reloadProxy()
    return .exit(0)
  }

  /// `systemctl reload` or `nginx -s reload` on the machine itself.
  fileprivate mutating func reloadOnMachine(
    _ nginx: NginxMaster, _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    guard let index = index(ofService: proxyName), containers[index].hasProcess else {
      transcript.complain(
        nginx.unit.map { "\($0) is not active, cannot reload." }
          ?? "nginx: [error] open() \"/run/nginx.pid\" failed (2: No such file or directory)")
      return .exit(1)
    }
    // A stopped process gets the signal when it continues.
    return containers[index].state == .paused ? .exit(0) : reloadProxy(&transcript)
  }

  /// Requests a URL as curl or wget does.
  ///
  /// - Parameters:
  ///   - place: the server to ask, if not the URL's own host.
  ///   - host: the Host header, if not the URL's own host.
  fileprivate mutating func fetch(
    _ text: String, at place: PublishedAddress? = nil, as host: String? = nil, from origin: Origin,
    by tool: String,
    _ within: Duration, _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    guard let url = WebAddress(text) else { return .exit(2) }
    var address = url
    if let place { (address.host, address.port) = (place.host, place.port) }
    let isCurl = tool == "curl"
    switch request(address, name: host ?? url.host, from: origin) {
    case .answer(var answer):
      // wget reports the status only for errors, and then without the body.
      if !isCurl {
        answer =
          answer.status < 400
          ? HTTPAnswer(status: 200, body: answer.body) : HTTPAnswer(status: answer.status, body: "")
      }
      return .reply(.answer(HostAnswer(.http(answer))))
    case .hangs: return .later(within)
    case .unknownHost:
      transcript.complain(
        isCurl
          ? "curl: (6) Could not resolve host: \(url.host)" : "wget: bad address '\(url.host)'")
      return .exit(isCurl ? 6 : 1)
    case .refused, .reset:
      transcript.complain(
        isCurl
          ? "curl: (7) Failed to connect to \(url.host) port \(url.port) after 0 ms: Couldn't "
            + "connect to server"
          : "wget: can't connect to remote host (\(url.host)): Connection refused")
      return .exit(isCurl ? 7 : 1)
    }
  }

  // MARK: Leftovers

  fileprivate mutating func pruneImages(
    _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    let used = Set(containers.map(\.imageID))
    let gone = images.filter { $0.name == nil && !used.contains($0.id) }
    images.removeAll { gone.contains($0) }
    if !gone.isEmpty {
      transcript.print("Deleted Images:")
      for image in gone { transcript.print("deleted: \(image.id)") }
      transcript.print("")
      note("\(gone.count) dangling images removed")
    }
    transcript.print("Total reclaimed space: 0B")
    return .reply(.answer(HostAnswer(.freed("0B"))))
  }

  /// Removes a network unless a *running* container is attached: stopped ones don't count.
  fileprivate mutating func removeNetwork(
    _ name: String, _ transcript: inout SimulatedOperation.Transcript
  ) -> Bool {
    guard let position = networks.firstIndex(where: { $0.name == name }) else {
      _ = transcript.refuse("network \(name) not found")
      return false
    }
    if containers.contains(where: { $0.hasProcess && networks(of: $0.service).contains(name) }) {
      _ = transcript.refuse(
        "error while removing network: network \(name) id \(name) has active endpoints")
      return false
    }
    networks.remove(at: position)
    transcript.print(name)
    note("network \(name) removed")
    return true
  }
}
