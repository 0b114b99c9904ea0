import DeployDSL
import DeployRunner

/// Layouts of other people's hosts, as if they had always been so.
extension SimulatedState {
  /// Puts a service on a network of its own, where the proxy is not; a container that exists keeps
  /// what it has.
  package mutating func separate(_ service: String) {
    let network = "\(projectName)_apart"
    if !networks.contains(where: { $0.name == network }) {
      addNetwork(network, project: projectName)
    }
    self.service(service) { $0.networks = [network] }
  }

  /// Lets another site answer everybody who asks for no name of the application's, with 404.
  package mutating func addDefaultSite() {
    let listen = clientRequest(by: nginx.loaded?.site ?? NginxSite())
    let name = "\(application.name).example.com"
    let server =
      "server { listen \(listen.port)\(listen.isTLS ? " ssl" : "") default_server; return 404; }"
    nginxFiles[Self.mainConfiguration] = mainText.replacing("http { ", with: "http { \(server) ")
    changeSites { text, _ in
      text.contains("server_name")
        ? text
        : text.replacing(
          "listen \(listen.port);",
          with: "listen \(listen.port); server_name \(name);")
    }
  }

  /// Lets the site file have no sources, so that a switch rewrites it.
  public mutating func removeSiteSources() {
    for color in Color.allCases { files.remove(application.source(color)) }
  }

  /// Lets the site file send some requests to one more service, of which there is one for each
  /// colour; the one of the live colour runs.
  package mutating func addService(toSite name: String) {
    for color in Color.allCases { service("\(name)-\(color)") { $0.port = 3000 } }
    if let live = fileColor { run("\(name)-\(live)") }
    changeSites { text, color in
      text.replacing(
        "location / {",
        with: "location /\(name)/ { proxy_pass http://\(name)-\(color):3000; } location / {")
    }
  }

  /// Changes the site file and its sources, and what nginx has loaded of them.
  private mutating func changeSites(_ change: (String, Color) -> String) {
    let live = fileColor ?? .blue
    let paths =
      [(application.site.file, live)] + Color.allCases.map { (application.source($0), $0) }
    for (path, color) in paths {
      guard let text = file(path) else { continue }
      files.put(Array(change(text, color).utf8), at: path, changed: now - .seconds(86_400))
    }
    if mount == .file { mountedInode = files.inode(at: application.site.file) }
    guard let last = nginx.generations.indices.last, let loaded = try? readConfiguration() else {
      return
    }
    (nginx.generations[last].site, nginx.generations[last].bytes) = (loaded.site, loaded.bytes)
  }
}
