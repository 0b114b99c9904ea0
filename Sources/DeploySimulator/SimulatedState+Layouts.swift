import DeployDSL
import DeployRunner

/// Layouts of other hosts, applied as if they had existed from the start.
extension SimulatedState {
  /// Moves a service to a separate network without the proxy; existing containers do not change.
  package mutating func separate(_ service: String) {
    let network = "\(projectName)_apart"
    if !networks.contains(where: { $0.name == network }) {
      addNetwork(network, project: projectName)
    }
    self.service(service) { $0.networks = [network] }
  }

  /// Adds a default server that answers 404 to requests without one of the application's names.
  package mutating func addDefaultSite() {
    let listen = clientRequest(by: nginx.loaded?.site ?? NginxSite())
    let name = "\(application.name).example.com"
    let server =
      "server { listen \(listen.port)\(listen.isTLS ? " ssl" : "") default_server; return 404; }"
    let text = mainText.replacing("http {", with: "http { \(server)", maxReplacements: 1)
    if let mount = mounts.first(where: { isLeading(mainConfiguration, from: $0) }) {
      let path = mount.source + mainConfiguration.dropFirst(mount.destination.count)
      files.put(Array(text.utf8), at: path, changed: now - .seconds(86_400))
    } else {
      nginxFiles[mainConfiguration] = text
    }
    changeSites { text, _ in
      text.contains("server_name")
        ? text
        : text.replacing(/listen\s+(?:\S*:)?(\d+)[^;]*;/) { match in
          match.output.0 + (match.output.1 == "\(listen.port)" ? " server_name \(name);" : "")
        }
    }
  }

  /// Whether a path inside the proxy is mounted.
  private func isLeading(_ path: String, from mount: Container.Mount) -> Bool {
    Paths.isInside(path, mount.destination)
  }

  /// Removes the sources of the site file, so that a switch rewrites it.
  package mutating func removeSiteSources() {
    for color in Color.allCases { files.remove(application.source(color)) }
  }

  /// Gives each of the colours' services several containers, without published ports.
  package mutating func replicate(_ count: Int) {
    for color in Color.allCases {
      for id in application.serviceIDs(color) {
        service("\(id)") { service in
          service.replicas = count
          service.withdrawPorts()
        }
        guard color == fileColor else { continue }
        for index in indices(of: id) {
          containers[index].service.replicas = count
          containers[index].service.withdrawPorts()
        }
        run("\(id)")
        for index in indices(of: id) where containers[index].startedAt == now {
          containers[index].age(by: .seconds(86_400))
        }
      }
    }
    changeSites { text, _ in text }
  }

  /// Makes the site file send some requests to a further service with one container per colour; the
  /// one of the active colour runs.
  package mutating func addService(toSite name: String) {
    for color in Color.allCases { service("\(name)-\(color)") { $0.port = 3000 } }
    if let live = fileColor { run("\(name)-\(live)") }
    changeSites { text, color in
      text.replacing(
        "location / {",
        with: "location /\(name)/ { proxy_pass http://\(name)-\(color):3000; } location / {")
    }
  }

  /// Changes the site file, its sources and nginx's loaded configuration.
  private mutating func changeSites(_ change: (String, Color) -> String) {
    let live = fileColor ?? .blue
    let paths =
      [(application.site.file, live)] + Color.allCases.map { (application.source($0), $0) }
    for (path, color) in paths {
      guard let text = file(path) else { continue }
      files.put(Array(change(text, color).utf8), at: path, changed: now - .seconds(86_400))
    }
    bindFiles()
    guard let last = nginx.generations.indices.last, let loaded = try? readConfiguration() else {
      return
    }
    (nginx.generations[last].site, nginx.generations[last].bytes) = (loaded.site, loaded.bytes)
  }
}
