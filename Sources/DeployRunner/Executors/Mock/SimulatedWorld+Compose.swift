import DeployDSL

extension SimulatedWorld {
  /// What `docker compose config` says of the project.
  func composeModel(environment: [String: String]) -> JSONText {
    let described = services.map { service in
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
    if let check = service.healthcheck {
      let interval = "\(check.interval.components.seconds)s"
      pairs.append(
        (
          "healthcheck",
          [
            "test": ["CMD", "true"], "interval": .string(interval),
            "retries": .number(check.retries),
          ]
        ))
    }
    pairs.append(("image", .string(imageName(of: service, environment: environment))))
    pairs.append(("networks", .object(networks(of: service).map { (networkKey($0), .null) })))
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
