import DeployDSL

extension SimulatedDocker {
  /// `docker exec [--user USER] CONTAINER PROGRAM …`: the program runs on if the client ends before.
  func exec(_ words: [String]) -> SimulatedOperation {
    let words = words.starts(with: ["--user"]) ? Array(words.dropFirst(2)) : words
    guard let name = words.first, !name.hasPrefix("-"), words.count > 1 else { return unknown }
    let argv = Array(words.dropFirst())
    let (script, effect, mark) = (script, effect, command.mark)
    var course = SimulatedOperation(
      cost: .milliseconds(85),
      { world, transcript in
        guard let index = transcript.findRunning(name, in: world, isForExec: true) else {
          return .exit(1)
        }
        if let result = script(world.containers[index].service.name, argv) {
          transcript.output = result.output
          transcript.errors = result.errors
          return .exit(result.status)
        }
        return world.execute(argv, in: index, asking: effect == .verify, &transcript)
      },
      { _, transcript in
        // Only a request that nobody answered comes so far: it has run into its time.
        transcript.complain("curl: (28) Operation timed out")
        return .exit(argv.first == "wget" ? 1 : 28)
      })
    course.process = { world in
      guard let mark, let index = world.index(of: name), world.containers[index].hasProcess else {
        return
      }
      world.containers[index].programs.append(
        SimulatedContainer.Program(pid: 1000 + world.number(), mark: mark, argv: argv))
    }
    return course
  }
}

extension SimulatedState {
  /// Runs a program inside a container; one that the simulation does not know does nothing, or tells
  /// as a gate's whether the application is healthy.
  fileprivate mutating func execute(
    _ argv: [String], in index: Int, asking: Bool, _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    let isProxy = containers[index].service.name == application.proxy
    switch argv.first {
    case "nginx" where isProxy: return nginx(Array(argv.dropFirst()), &transcript)
    case "curl", "wget":
      guard let tool = argv.first, containers[index].service.tools.contains(tool) else {
        transcript.print(
          "OCI runtime exec failed: exec failed: unable to start container process: exec: "
            + "\"\(argv.first ?? "")\": executable file not found in $PATH: unknown")
        return .exit(126)
      }
      return fetch(tool, Array(argv.dropFirst()), from: .container(index), &transcript)
    case "cat" where isProxy && argv.last == sitePath:
      if case .file(let bytes) = mountedSite {
        transcript.output = String(decoding: bytes, as: UTF8.self)
        return .exit(0)
      }
      transcript.complain("cat: \(sitePath): No such file or directory")
      return .exit(1)
    case "kill":
      end(processes: argv.dropFirst(2).compactMap { Int($0) })
      return .exit(0)
    default: return .exit(asking && !isProxy && !containers[index].isHealthy ? 1 : 0)
    }
  }

  // MARK: nginx

  private mutating func nginx(
    _ words: [String], _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    let isReload = words == ["-s", "reload"]
    guard isReload || words == ["-t"] || words == ["-T"] else {
      transcript.complain(
        "the simulated nginx does not know: nginx \(words.joined(separator: " "))")
      return .exit(125)
    }
    let main = Self.mainConfiguration
    let loaded: LoadedConfiguration
    do throws(NginxConfiguration.Refusal) {
      loaded = try readConfiguration()
    } catch {
      transcript.complain("nginx: \(error.text)")
      if !isReload { transcript.complain("nginx: configuration file \(main) test failed") }
      return .exit(1)
    }
    if isReload {
      transcript.complain("[notice] signal process started")
      reloadProxy()
      return .exit(0)
    }
    if words == ["-T"] {
      for file in loaded.files {
        transcript.print("# configuration file \(file.path):\n\(file.text)")
      }
    }
    transcript.complain("nginx: the configuration file \(main) syntax is ok")
    transcript.complain("nginx: configuration file \(main) test is successful")
    return .exit(0)
  }

  // MARK: curl and wget

  /// Asks for a URL, as curl or wget does; `--connect-to ::HOST:PORT` says whom.
  mutating func fetch(
    _ tool: String, _ words: [String], from origin: Origin,
    _ transcript: inout SimulatedOperation.Transcript
  ) -> SimulatedOperation.Step {
    guard let url = words.lazy.compactMap({ WebAddress($0) }).first else { return .exit(2) }
    var address = url
    if let place = Self.value(of: ["--connect-to"], in: words),
      let there = WebAddress("http://\(place.dropFirst(2))")
    {
      (address.host, address.port) = (there.host, there.port)
    }
    let outcome = request(address, name: url.host, from: origin)
    let isCurl = tool == "curl"
    switch outcome {
    case .answer(let answer) where isCurl:
      if words.contains("--fail") || words.contains("-f"), answer.status >= 400 {
        transcript.complain("curl: (22) The requested URL returned error: \(answer.status)")
        return .exit(22)
      }
      transcript.output =
        answer.body
        + (Self.value(of: ["--write-out", "-w"], in: words) ?? "")
        .replacing("%{http_code}", with: "\(answer.status)")
        .replacing("%{redirect_url}", with: answer.location ?? "").replacing("\\n", with: "\n")
      return .exit(0)
    case .answer(let answer):
      if answer.status < 400 {
        transcript.output = answer.body
        return .exit(0)
      }
      transcript.complain("wget: server returned error: HTTP/1.1 \(answer.status)")
      return .exit(1)
    case .hangs:
      let limit = Self.value(of: ["--max-time", "-m", "-T"], in: words).flatMap { Int($0) }
      return limit.map { .later(.seconds($0)) } ?? .hangs
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

  private static func value(of names: Set<String>, in words: [String]) -> String? {
    guard let index = words.firstIndex(where: names.contains), index + 1 < words.count else {
      return nil
    }
    return words[index + 1]
  }
}
