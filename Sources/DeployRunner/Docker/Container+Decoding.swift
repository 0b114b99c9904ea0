import BgrunSystem

extension Container: Decodable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    let state = try values.nestedContainer(keyedBy: JSONField.self, forKey: "State")
    let config = try values.object("Config")
    let labels = try config?.object("Labels")
    id = try values.decode(String.self, forKey: "Id")
    let slashed = try values.text("Name") ?? id
    name = slashed.hasPrefix("/") ? String(slashed.dropFirst()) : slashed
    // One-off containers of `docker compose run` do not belong to the service.
    let isOneOff = try labels?.text("com.docker.compose.oneoff") == "True"
    job = try labels?.text(.init(stringLiteral: DockerCLI.jobLabel))
    projectFolder = try labels?.text("com.docker.compose.project.working_dir")
    let stack = try labels?.text("com.docker.stack.namespace")
    project = try labels?.text(.init(stringLiteral: DockerCLI.projectLabel)) ?? stack
    number = try labels?.text("com.docker.compose.container-number").flatMap { Int($0) } ?? 1
    let name = try labels?.text("com.docker.compose.service")
    service = isOneOff ? "" : try name ?? Self.service(of: stack, labels) ?? ""
    status = try state.decode(String.self, forKey: "Status")
    exitCode = try state.number("ExitCode") ?? 0
    wasKilledForMemory = try state.decodeIfPresent(Bool.self, forKey: "OOMKilled") ?? false
    startedAt = try state.text("StartedAt") ?? ""
    error = try state.text("Error") ?? ""
    let health = try state.object("Health")
    self.health = try health?.text("Status").flatMap { $0 == "none" || $0.isEmpty ? nil : $0 }
    // For messages only: undecodable values do not matter.
    lastCheck = (try? health?.decodeIfPresent([Check].self, forKey: "Log"))?.last
    healthCheck = try? HealthCheck(config)
    restartCount = try values.number("RestartCount") ?? 0
    imageID = try values.text("Image")
    versionLabel = try labels?.text("org.opencontainers.image.version").flatMap(Self.known)
    revision = try labels?.text("org.opencontainers.image.revision").flatMap(Self.known)
    image =
      try labels?.text(.init(stringLiteral: DockerCLI.imageLabel)) ?? config?.text("Image")
      ?? imageID ?? ""
    composeFiles =
      try labels?.text("com.docker.compose.project.config_files")?.split(separator: ",")
      .map(String.init).filter { $0 != "-" } ?? []
    environmentFiles =
      try labels?.text("com.docker.compose.project.environment_file")?.split(separator: ",")
      .map(String.init) ?? []
    mounts = try values.decodeIfPresent([Mount].self, forKey: "Mounts") ?? []
    stopTimeout = try config?.number("StopTimeout").map { .seconds($0) }
    stopSignal = (try? config?.text("StopSignal")).flatMap(Self.number(ofSignal:))
    let host = try values.object("HostConfig")
    let networkMode = try host?.text("NetworkMode")
    isInHostNetwork = networkMode == "host"
    ports = [:]
    let settings = try values.object("NetworkSettings")
    if let networks = try settings?.object("Networks") {
      // A container that uses another container's network has none of its own.
      if !isInHostNetwork, networkMode != "none" {
        self.networks = Set(networks.allKeys.map(\.stringValue))
      }
      let addresses = networks.allKeys.lazy.compactMap { name in
        try? networks.object(name)?.text("IPAddress")
      }
      address = addresses.filter { !$0.isEmpty }.min()
    }
    // The engine's `Ports` are empty until the container runs.
    let current = try settings?.object("Ports")
    let isKnown = current?.allKeys.isEmpty == false
    if let published = try isKnown ? current : host?.object("PortBindings") {
      for port in published.allKeys {
        ports[port.stringValue] = try published.decodeIfPresent([Binding].self, forKey: port)
      }
    }
  }

  /// The service of a Swarm's stack, by its name there.
  private static func service(
    of stack: String?, _ labels: KeyedDecodingContainer<JSONField>?
  ) throws -> String? {
    guard let stack, let name = try labels?.text("com.docker.swarm.service.name"),
      name.hasPrefix("\(stack)_")
    else { return nil }
    return String(name.dropFirst(stack.count + 1))
  }

  /// A label's value, unless it is empty.
  private static func known(_ label: String) -> String? { label.isEmpty ? nil : label }

  /// The number of a signal: `SIGWINCH`, `WINCH`, `28`; `nil` if it is unknown.
  private static func number(ofSignal text: String) -> Int? {
    let name = text.uppercased()
    let known = [
      "HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15, "WINCH": 28,
      "PWR": 30, "RTMIN+3": 37,
    ]
    return Int(name) ?? known[name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name]
  }

  /// Parses the JSON of `docker inspect`.
  package static func parse(_ json: String) throws -> [Container] {
    try JSONDecoder().decode([Container].self, from: Data(json.utf8))
  }
}

extension Container.Check: Decodable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    exitCode = try values.number("ExitCode") ?? 0
    output = try values.text("Output") ?? ""
  }
}

extension Container.HealthCheck {
  /// Decodes Docker's health check: times are in nanoseconds, 0 means unspecified.
  init?(_ config: KeyedDecodingContainer<JSONField>?) throws {
    guard let check = try config?.object("Healthcheck"),
      let test = try check.decodeIfPresent([String].self, forKey: "Test"), test.count > 1
    else { return nil }
    switch test[0] {
    case "CMD": argv = Array(test.dropFirst())
    case "CMD-SHELL":
      let shell = try config?.decodeIfPresent([String].self, forKey: "Shell") ?? []
      // Docker runs it so, too: this shell unless the image names another one.
      argv = (shell.isEmpty ? ["/bin/sh", "-c"] : shell) + test.dropFirst().prefix(1)
    default: return nil
    }
    func time(_ field: JSONField) throws -> Duration? {
      try check.number(field).flatMap { $0 > 0 ? .nanoseconds($0) : nil }
    }
    interval = try time("Interval") ?? interval
    timeout = try time("Timeout") ?? timeout
    startPeriod = try time("StartPeriod") ?? startPeriod
    retries = try check.number("Retries").flatMap { $0 > 0 ? $0 : nil } ?? retries
  }
}

extension Container.Mount: Decodable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    source = try values.decode(String.self, forKey: "Source")
    destination = try values.decode(String.self, forKey: "Destination")
  }
}

extension Container.Binding: Decodable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: JSONField.self)
    hostIP = try values.text("HostIp")
    hostPort = try values.text("HostPort")
  }
}
