import DeployDSL

extension SimulatedDocker {
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
