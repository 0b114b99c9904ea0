import DeployDSL

extension ProjectFacts {
  /// All rules for projects; their order decides which finding stays if several have one text.
  static let rules = services + site + running + everyday

  /// Rules about what the Compose file says of the services.
  private static let services: [InspectionRule<ProjectFacts>] = [
    InspectionRule(
      "compose-file", .error, "services", "Compose rejects the Compose file",
      at: { $0.compose.paths.first.map { Finding.Place($0) } },
      needs: \.read),
    InspectionRule(
      "service", .error, "services",
      "the plan names a service that the project does not have, or that bgrun cannot deploy",
      find: { facts in
        let inspector = ComposeInspector(context: facts.context)
        return await inspector.issues(in: try facts.project()).map {
          Finding($0, at: facts.planPlace)
        }
      }),
    InspectionRule(
      "build", .warning, "images",
      "the plan builds the target, but a colour has no `build:`",
      find: { facts in
        let builds = facts.graph.nodes.first { node in
          (node.step as? Build)?.role == .target
            || (node.step as? Up).map { $0.role == .target && $0.build } == true
        }
        guard let builds else { return [] }
        return try facts.colored().filter { $0.service.build == nil }.map { _, name, service in
          Finding(
            "the plan builds the target, but \(name) has no `build:`: its image "
              + "\(service.image.map { "\($0) " } ?? "")would be deployed as it is",
            fix: "give \(name) the `build:` of the other colour, or remove the step that builds",
            at: facts.compose.place(of: name) ?? Finding.Place(builds.location))
        }
      }),
    InspectionRule(
      "published-port", .error, "ports",
      "a colour publishes a port of this machine that another service of the project publishes",
      find: { facts in
        let project = try facts.project()
        let mine = try facts.colored().map(\.name)
        var findings: [Finding] = []
        for (index, name) in mine.enumerated() {
          let others =
            mine.dropFirst(index + 1)
            + project.all.sorted().filter { !mine.contains($0) }
          for other in others {
            guard let port = try facts.clash(of: name, with: other) else { continue }
            let free = (port...).first { port in
              !project.services.values.contains { $0.publishes(port) }
            }
            let inside = project[other]?.ports?.first { $0.published == "\(port)" }?.target
            findings.append(
              Finding(
                "\(name) and \(other) both publish port \(port): they cannot run at the same time",
                why: "during a deploy both colours run, and Docker gives a port to one container",
                fix: "publish another port, or none if only the proxy needs to reach it",
                lines: ["ports: [\"127.0.0.1:\(free ?? port):\(inside ?? port)\"]"],
                at: facts.compose.place(of: other, "ports")))
          }
        }
        return findings
      }),
    InspectionRule(
      "host-port", .error, "ports",
      "nginx runs in the host's network, but a colour publishes no port of its own",
      at: \.planPlace,
      check: { facts in
        try facts.reach().coloursHavePorts(for: facts.siteFile.known().bytes)
      }),
    InspectionRule(
      "container-name", .error, "services", "both colours have the same `container_name`",
      find: { facts in
        let names = try facts.colored().compactMap { _, name, service in
          service.containerName.map { (name, $0) }
        }
        return names.enumerated().compactMap { index, one in
          names.prefix(index).first { $0.1 == one.1 }.map { earlier in
            Finding(
              "\(earlier.0) and \(one.0) both have the container_name \"\(one.1)\": they cannot "
                + "run at the same time",
              fix: "remove container_name from both, or make them differ",
              at: facts.compose.place(of: one.0, "container_name"))
          }
        }
      }),
    InspectionRule(
      "network", .error, "networks", "the proxy and a colour do not share a network",
      at: { facts in facts.application.proxy.service.flatMap { facts.compose.place(of: $0) } },
      check: { facts in
        for color in Color.allCases {
          let site = try facts.beforeSwitch(to: color)
          try facts.reach().sharesNetwork(
            with: facts.application.serviceIDs(color),
            named: try site.proxy().siteServices[color]?.byName ?? [])
        }
      }),
    InspectionRule(
      "depends-on", .warning, "dependencies",
      "`depends_on` would start a colour together with another service",
      find: { facts in
        let project = try facts.project()
        let colored = try facts.colored()
        return project.services.sorted { $0.key < $1.key }.compactMap { name, service in
          let own = colored.first { $0.name == ServiceID(name) }?.color
          let started = colored.filter {
            $0.color != own && $0.name.project == nil && service.dependencies[$0.name.name] != nil
          }.map(\.name.name)
          guard let first = started.first else { return nil }
          return Finding(
            "\(name) depends on \(started.joined(separator: ", ")): `docker compose up -d \(name)` "
              + "would start \(first) although another colour may be active",
            why: "a colour that was stopped by a deploy would run again, in its old version",
            fix: "remove \(first) from depends_on of \(name)",
            at: facts.compose.place(of: name, "depends_on"))
        }
      }),
    InspectionRule(
      "fixed-name", .warning, "dependencies",
      "another service reaches a colour by its name, which leads nowhere while that colour is stopped",
      find: { facts in
        let project = try facts.project()
        let colored = Set(try facts.colored().map(\.name))
        let proxy = facts.application.proxy.service
        return project.services.sorted { $0.key < $1.key }.compactMap { name, service in
          guard !colored.contains(ServiceID(name)),
            let peer = colored.filter({ $0.project == nil && service.peers.contains($0.name) })
              .min()
          else { return nil }
          return Finding(
            "the environment of \(name) names \(peer): its requests fail while \(peer) is stopped",
            why: "a deploy stops the previous colour, and only nginx learns which one is active",
            fix: "let \(name) send them to nginx, which knows the active colour"
              + (proxy.map { ": `http://\($0)`" } ?? ""),
            at: facts.compose.place(of: name, "environment"))
        }
      }),
  ]

  /// A port of this machine that two services publish.
  private func clash(of name: ServiceID, with other: ServiceID) throws -> Int? {
    func published(_ name: ServiceID) throws -> [(host: String, port: Int, transport: String)] {
      (try project()[name]?.ports ?? []).compactMap { port in
        ComposeProject.portNumber(port.published).map {
          (port.hostIP ?? "", $0, port.transport ?? "tcp")
        }
      }
    }
    let every: Set = ["", "0.0.0.0", "::"]
    let theirs = try published(other)
    return try published(name).first { mine in
      theirs.contains {
        $0.port == mine.port && $0.transport == mine.transport
          && ($0.host == mine.host || every.contains($0.host) || every.contains(mine.host))
      }
    }?.port
  }
}

extension ComposeProject.Service {
  /// Whether it publishes a port of this machine.
  fileprivate func publishes(_ port: Int) -> Bool {
    ports?.contains { $0.published == "\(port)" } ?? false
  }
}
