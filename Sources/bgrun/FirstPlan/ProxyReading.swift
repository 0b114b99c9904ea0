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
    let mount = container.mounts.filter { mount in
      !mount.source.isEmpty && !mount.source.contains("/docker/volumes/")
        && (path == mount.destination || path.hasPrefix(mount.destination.asFolder))
    }.max { $0.destination.count < $1.destination.count }
    return mount.map { $0.source + path.dropFirst($0.destination.count) }
  }

  /// The template that a file is rendered from when the proxy starts, if there is one.
  func template(of path: String) -> String? {
    let name = path.split(separator: "/").last.map(String.init) ?? path
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
      paths(below: mount.source, depth: 4).compactMap { path in
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

  /// The files at or below a path, without those of tools.
  static func paths(below path: String, depth: Int) -> [String] {
    if Files.isFile(path) { return Files.status(path)?.isFile == true ? [path] : [] }
    guard depth > 0 else { return [] }
    let names = Files.names(in: path).filter { !$0.hasPrefix(".") && $0 != "node_modules" }
    return names.sorted().flatMap { paths(below: "\(path)/\($0)", depth: depth - 1) }
  }
}

extension Container {
  /// The container that Compose would make of a service.
  init(of name: String, in project: ComposeProject) {
    let service = project.services[name]
    self.init(
      id: "", name: project.containerName(of: ServiceID(name)), service: name, status: "absent",
      exitCode: 0,
      wasKilledForMemory: false, startedAt: "", restartCount: 0, image: service?.image ?? "",
      error: "",
      mounts: (service?.mounts ?? []).map { Mount(source: $0.source, destination: $0.target) },
      ports: (service?.ports ?? []).reduce(into: [:]) { ports, port in
        ports["\(port.target)/\(port.transport ?? "tcp")", default: []].append(
          Binding(hostIP: port.hostIP, hostPort: port.published))
      })
    isInHostNetwork = service?.networkMode == "host"
  }
}

extension String {
  fileprivate var asFolder: String { hasSuffix("/") ? self : self + "/" }
}
