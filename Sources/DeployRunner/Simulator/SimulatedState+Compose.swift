import DeployDSL

extension SimulatedState {
  /// What `docker compose config` says of the project.
  func composeModel(environment: [String: String]) -> JSONText {
    let isAll = environment["COMPOSE_PROFILES"] == "*"
    let enabled = services.filter { isAll || $0.profiles.isEmpty }
    let described = enabled.map { service in
      (service.name, composeModel(of: service, environment: environment))
    }
    return [
      "name": .string(projectName),
      "networks": .map(
        Dictionary(
          services.flatMap { networks(of: $0) }.map { name in
            (networkKey(name), ["name": .string(name), "ipam": [:]])
          }
        ) { first, _ in first }),
      "services": .map(Dictionary(described) { $1 }),
    ]
  }

  private func composeModel(
    of service: SimulatedService, environment: [String: String]
  ) -> JSONText {
    var pairs: [(String, JSONText)] = [("command", .null), ("entrypoint", .null)]
    if service.hasBuild {
      pairs.append(("build", ["context": .string(folder), "dockerfile": "Dockerfile"]))
    }
    if let name = service.containerName { pairs.append(("container_name", .string(name))) }
    if let check = service.healthcheck, !check.isInImage {
      let interval = "\(check.interval.components.seconds)s"
      pairs.append(
        (
          "healthcheck",
          [
            "test": SimulatedService.Healthcheck.test, "interval": .string(interval),
            "retries": .number(check.retries),
            "start_period": .string("\(check.startPeriod.components.seconds)s"),
          ]
        ))
    }
    pairs.append(("image", .string(imageName(of: service, environment: environment))))
    pairs.append(("networks", .object(networks(of: service).map { (networkKey($0), .null) })))
    if !service.profiles.isEmpty {
      pairs.append(("profiles", .array(service.profiles.map { .string($0) })))
    }
    let ports = service.publishedPorts.map { port -> JSONText in
      [
        "mode": "ingress", "host_ip": "127.0.0.1", "target": .number(port.inside),
        "published": .string("\(port.outside)"), "protocol": "tcp",
      ]
    }
    if !ports.isEmpty { pairs.append(("ports", .array(ports))) }
    if service.restart != .no { pairs.append(("restart", .string(service.restart.rawValue))) }
    if service.name == application.proxy { pairs.append(("volumes", .array([siteVolume]))) }
    return .object(pairs)
  }

  /// A network's name in the Compose file.
  private func networkKey(_ name: String) -> String {
    let prefix = "\(projectName)_"
    return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
  }

  private var siteVolume: JSONText {
    let source = files.absolute(application.site.file)
    let isFile = mount == .file
    return [
      "type": "bind", "source": .string(isFile ? source : SimulatedFiles.parent(of: source)),
      "target": .string(isFile ? sitePath : SimulatedFiles.parent(of: sitePath)),
      "bind": ["create_host_path": true],
    ]
  }
}
