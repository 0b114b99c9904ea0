import DeployDSL

extension SimulatedDocker {
  /// `docker ps --all --filter label=… --format …`.
  func list(_ words: [String]) -> SimulatedOperation {
    guard
      let parsed = arguments(
        words, options: ["--filter", "--format"], flags: ["--all", "--no-trunc"]),
      parsed.rest.isEmpty, let format = parsed.options["--format"],
      Self.rowFormats.contains(format)
    else { return unknown }
    var labels: [String: String?] = [:]
    for filter in (parsed.options["--filter"] ?? "").split(separator: "\n") {
      guard filter.hasPrefix(Self.labelFilter) else { return unknown }
      let parts = filter.dropFirst(Self.labelFilter.count).split(separator: "=", maxSplits: 1)
      guard let name = parts.first, ["project", "service"].contains(name) else { return unknown }
      labels[String(name)] = parts.dropFirst().first.map(String.init)
    }
    let (project, service) = (labels["project"] ?? nil, labels["service"] ?? nil)
    let (isAll, isLong) = (parsed.flags.contains("--all"), parsed.flags.contains("--no-trunc"))
    return SimulatedOperation(cost: .milliseconds(16)) { world, transcript in
      // All containers of a simulated host belong to its one project. The newest come first.
      guard project.map({ $0 == world.projectName }) ?? true else { return .exit(0) }
      for container in world.containers.reversed()
      where (isAll || container.hasProcess) && service.map({ $0 == container.service.name }) ?? true
      {
        transcript.print(world.row(container, format: format, isLong: isLong))
      }
      return .exit(0)
    }
  }

  private static var labelFilter: String { "label=com.docker.compose." }
  private static var rowFormats: Set<String> {
    ["{{.ID}}", "{{.Networks}}", "{{.ID}}\\t{{.Label \"com.docker.compose.project\"}}"]
  }

  /// `docker logs --tail N CONTAINER`.
  func logs(_ words: [String]) -> SimulatedOperation {
    guard let parsed = arguments(words, options: ["--tail"]), let name = parsed.rest.first,
      parsed.rest.count == 1
    else { return unknown }
    let count = parsed.options["--tail"].flatMap { Int($0) } ?? .max
    return SimulatedOperation(cost: .milliseconds(20)) { world, transcript in
      guard let index = transcript.find(name, in: world) else { return .exit(1) }
      for line in world.containers[index].log.suffix(count) {
        if line.stream == .output {
          transcript.print(line.text)
        } else {
          transcript.complain(line.text)
        }
      }
      return .exit(0)
    }
  }

  /// `docker top CONTAINER -o pid,etimes,args`.
  func top(_ words: [String]) -> SimulatedOperation {
    if words.count == 4, words[1] == "eww", words[3] == "pid,args" { return environments(words[0]) }
    guard words.count == 3, words[1] == "-o", words[2] == "pid,etimes,args" else { return unknown }
    let name = words[0]
    return SimulatedOperation(cost: .milliseconds(27)) { world, transcript in
      guard let index = transcript.findRunning(name, in: world) else { return .exit(1) }
      for row in [["PID", "ELAPSED", "COMMAND"]] + world.processes(of: index) {
        transcript.print(
          row.dropLast().map { $0 + String(repeating: " ", count: max(1, 20 - $0.count)) }.joined()
            + (row.last ?? ""))
      }
      return .exit(0)
    }
  }

  /// `docker events --since TIME --until 0s --filter container=ID --filter event=… --format …`.
  func events(_ words: [String]) -> SimulatedOperation {
    let parsed = arguments(words, options: ["--since", "--until", "--filter", "--format"])
    let filters = (parsed?.options["--filter"] ?? "").split(separator: "\n").map(String.init)
    guard let parsed, parsed.rest.isEmpty, parsed.options["--until"] == "0s",
      parsed.options["--format"] == DockerCLI.eventFormat, filters.count == 4,
      filters.dropFirst() == ["event=start", "event=kill", "event=die"],
      let id = filters.first.map({ $0.dropFirst("container=".count) })
    else { return unknown }
    return SimulatedOperation(cost: .milliseconds(20)) { world, transcript in
      guard let index = world.index(of: String(id)) else { return .exit(0) }
      transcript.print("start ")
      if world.containers[index].isBeingStopped { transcript.print("kill 15") }
      if !world.containers[index].hasProcess { transcript.print("die ") }
      return .exit(0)
    }
  }

  /// `docker top CONTAINER eww -o pid,args`.
  private func environments(_ name: String) -> SimulatedOperation {
    SimulatedOperation(cost: .milliseconds(27)) { world, transcript in
      guard let index = transcript.findRunning(name, in: world) else { return .exit(1) }
      let container = world.containers[index]
      transcript.print("PID                 COMMAND")
      transcript.print("\(container.pid)                \(container.service.name) HOME=/root")
      for program in container.programs {
        let words = program.argv + ["\(DockerCLI.marker)=\(program.mark)", "HOME=/root"]
        transcript.print("\(program.pid)                \(words.joined(separator: " "))")
      }
      return .exit(0)
    }
  }

  /// `docker start CONTAINER`.
  func start(_ words: [String]) -> SimulatedOperation {
    guard let name = words.first, words.count == 1 else { return unknown }
    return SimulatedOperation(cost: .milliseconds(250)) { world, transcript in
      let reason: String?
      if let index = world.index(of: name) {
        reason = world.start(index)
      } else {
        reason = "No such container: \(name)"
      }
      guard let reason else {
        transcript.print(name)
        return .exit(0)
      }
      _ = transcript.refuse(reason)
      transcript.complain("Error: failed to start containers: \(name)")
      return .exit(1)
    }
  }

  /// `docker stop --time N CONTAINER`: the engine goes on with it if the client ends before.
  func stop(_ words: [String]) -> SimulatedOperation {
    guard let parsed = arguments(words, options: ["-t", "--time", "--timeout"]),
      let name = parsed.rest.first, parsed.rest.count == 1
    else { return unknown }
    let isOld = parsed.options["--time"] != nil
    let grace = parsed.options.values.first.flatMap { Int($0) } ?? 10
    return SimulatedOperation(
      cost: .milliseconds(20),
      { world, transcript in
        if isOld { transcript.print("Flag --time has been deprecated, use --timeout instead") }
        guard let index = transcript.find(name, in: world) else { return .exit(1) }
        return .later(world.stop(index, grace: .seconds(grace)) + .milliseconds(50))
      },
      { _, transcript in
        transcript.print(name)
        return .exit(0)
      })
  }

  /// `docker rm CONTAINER`.
  func remove(_ words: [String]) -> SimulatedOperation {
    guard let name = words.last, words.dropLast().allSatisfy({ $0 == "--volumes" }),
      !name.hasPrefix("-")
    else { return unknown }
    return SimulatedOperation(cost: .milliseconds(30)) { world, transcript in
      guard let index = transcript.find(name, in: world) else { return .exit(1) }
      let container = world.containers[index]
      guard !container.hasProcess, container.state != .restarting else {
        return transcript.refuse(
          "You cannot remove a \(container.state.rawValue) container \(container.id). Stop the "
            + "container before attempting removal or force remove")
      }
      world.remove(index)
      transcript.print(name)
      return .exit(0)
    }
  }
}

extension SimulatedState {
  fileprivate func row(
    _ container: SimulatedContainer, format: String, isLong: Bool
  ) -> String {
    if format == "{{.Networks}}" { return networks(of: container.service).joined(separator: ",") }
    let id = isLong ? container.id : String(container.id.prefix(12))
    return format == "{{.ID}}" ? id : "\(id)\t\(projectName)"
  }

  /// The rows of `docker top`: pid, age in seconds, command line.
  fileprivate func processes(of index: Int) -> [[String]] {
    let container = containers[index]
    func age(_ start: Duration) -> String { "\((now - start).components.seconds)" }
    guard container.service.name == application.proxy else {
      return [["\(container.pid)", age(container.startedAt ?? now), container.service.name]]
    }
    var rows = [
      ["\(nginx.masterPid)", age(nginx.startedAt), "nginx: master process nginx -g daemon off;"]
    ]
    for generation in nginx.generations {
      let title = "nginx: worker process" + (generation.isAccepting ? "" : " is shutting down")
      rows += generation.workers.map { ["\($0.pid)", age($0.startedAt), title] }
    }
    return rows
  }
}
