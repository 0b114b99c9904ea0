import DeployDSL
import DeployRunner

/// A proxy that was found, and its configuration.
struct ProxyReading {
  /// Where it runs, as a plan says it.
  var place: Proxy
  /// The proxy; its container is made from the Compose file if there is none.
  var proxy: RunningProxy
  /// Whether the configuration is that of the running proxy, not only of the mounted files.
  var isRunning: Bool
  var configuration: NginxDump

  var traffic: NginxTraffic { NginxTraffic(configuration.configuration) }

  /// The path on the host of a file that the proxy sees; `nil` if no mount leads there.
  func hostPath(of path: String) -> String? {
    // A link in sites-enabled stays a link: its target is what is written.
    guard let container = proxy.container else { return Paths.resolved(path) ?? path }
    // What is in a volume is not the project's.
    var own = container
    own.mounts.removeAll { $0.source.isEmpty || $0.source.contains("/docker/volumes/") }
    return own.hostPath(of: path)
  }

  /// The template that a file is rendered from when the proxy starts, if there is one.
  func template(of path: String) -> String? {
    let name = Paths.name(of: path)
    return (proxy.container?.mounts ?? []).lazy.compactMap { mount -> String? in
      if mount.destination.hasPrefix("/etc/nginx/templates"),
        mount.destination.hasSuffix("\(name).template")
      {
        return mount.source
      }
      let file = "\(mount.source)/\(name).template"
      return mount.destination == "/etc/nginx/templates" && Files.isFile(file) ? file : nil
    }.first
  }

  /// The configuration that the mounts of a service lead to.
  static func files(of service: ComposeProject.Service) -> NginxDump {
    let files = (service.mounts ?? []).flatMap { mount in
      Files.paths(below: mount.source, depth: 4).compactMap { path in
        Files.read(path).map {
          (path: mount.target + path.dropFirst(mount.source.count), content: $0)
        }
      }
    }
    let rendered = files.compactMap { file -> (path: String, content: [UInt8])? in
      let folder = "/etc/nginx/templates/"
      guard file.path.hasPrefix(folder), file.path.hasSuffix(".template") else { return nil }
      return (
        "/etc/nginx/conf.d/" + file.path.dropFirst(folder.count).dropLast(".template".count),
        file.content
      )
    }
    return NginxDump(mounted: files + rendered)
  }
}

extension ProxyReading {
  /// What `--proxy` calls the nginx of the machine itself.
  static let machine = "host"

  /// Its name, for people and for `--proxy`.
  var name: String {
    switch place.place {
    case .service(let name), .container(let name): name
    case .host: Self.machine
    }
  }

  var summary: String {
    let what =
      switch place.place {
      case .service(let name): "nginx: service \(name)"
      case .container(let name):
        "nginx: container \(name) "
          + (proxy.container?.project.map { "of the project \($0)" } ?? "outside of Compose")
      case .host: "nginx on this host"
      }
    return what + (isRunning ? "" : " (not running: its mounted files were read)")
  }
}
