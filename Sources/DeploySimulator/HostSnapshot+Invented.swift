package import DeployDSL
package import DeployRunner

extension HostSnapshot {
  /// Invents a host for an application: the services of both colours on ports 3003 and 3004 of
  /// 127.0.0.1, a proxy, and a typical site file.
  ///
  /// - Parameters:
  ///   - color: the colour of the site file.
  ///   - mount: how the proxy sees the site file.
  package init(
    inventedFor application: Application, with color: Color, mount: SimulatedState.SiteMount
  ) {
    self.init(
      project: ComposeProject(name: application.projectName ?? application.name, services: [:]),
      folder: "/srv/\(application.name)")
    addServices(of: application)
    addProxy(of: application, mount)
    if application.site.generated == nil {
      for color in Color.allCases {
        add(Array(site(of: application, for: color).utf8), at: application.source(color))
      }
    }
    add(Array(site(of: application, for: color).utf8), at: application.site.file)
    let files = application.allComposeFiles
    for file in application.composeFiles == nil ? files + ["compose.yaml"] : files {
      add(Array("name: \(project.name)\n".utf8), at: file)
    }
  }

  private mutating func addServices(of application: Application) {
    let port = application.port ?? 3000
    for color in Color.allCases {
      for id in application.serviceIDs(color) {
        var service = ComposeProject.Service(image: "\(application.name):1.0")
        service.restart = SimulatedService.Restart.unlessStopped.rawValue
        if !application.isWorker(id), application.swarm == nil {
          service.ports = [.onLoopback(color == .blue ? 3003 : 3004, to: port)]
        }
        images[id] = "\(application.name):${VERSION:-1.0}"
        guard let name = id.project else {
          project.services[id.name] = service
          continue
        }
        project.others[name, default: ComposeProject(name: name, services: [:])]
          .services[id.name] = service
      }
    }
  }

  /// Adds nginx, as a service of the project or not.
  mutating func addProxy(of application: Application, _ mount: SimulatedState.SiteMount) {
    let port = application.siteAddress?.port ?? application.site.generated?.listen ?? 80
    var proxy = ComposeProject.Service(image: "nginx:1.27", ports: [.onLoopback(port, to: port)])
    proxy.restart = SimulatedService.Restart.unlessStopped.rawValue
    switch application.proxy.place {
    case .service(let name):
      proxy.mounts = [mount.ofSite(at: path(application.site.file))]
      project.services[name] = proxy
    case .container(let name):
      proxy.mounts = [mount.ofSite(at: path(application.site.file))]
      proxy.containerName = name
      self.proxy = proxy
    case .host:
      proxy.restart = SimulatedService.Restart.no.rawValue
      self.proxy = proxy
    }
  }

  /// A typical configuration of a colour.
  private func site(of application: Application, for color: Color) -> String {
    let listen = application.siteAddress.map { url in
      "listen \(url.port)\(url.isTLS ? " ssl" : ""); server_name \(url.host);"
    }
    let service = application.serviceID(color)
    let host = service.project == nil ? service.name : project.containerName(of: service)
    let port = application.port ?? 3000
    let published = project.publishedAddress(of: service, port: port)
    let isOnMachine = application.proxy.place == .host
    let backend = isOnMachine ? "127.0.0.1:\(published?.port ?? 0)" : "\(host):\(port)"
    if let site = application.site.generated {
      return site.text(for: application.name, port: port) { _ in backend }
    }
    // Services are named by their own names only.
    let isService = Color.allCases.contains { application.service($0) == application.name }
    let upstream = isService ? "\(application.name)-upstream" : application.name
    return """
      upstream \(upstream) { server \(backend); }
      server { \(listen ?? "listen 80;") location / { proxy_pass http://\(upstream); } }

      """
  }
}

extension Application {
  /// The address in the site's URL.
  fileprivate var siteAddress: WebAddress? { site.url.flatMap(WebAddress.init) }
}

extension ComposeProject.Port {
  fileprivate static func onLoopback(_ published: Int, to target: Int) -> Self {
    Self(target: target, published: "\(published)", hostIP: "127.0.0.1", transport: "tcp")
  }
}

extension SimulatedState.SiteMount {
  /// The mount of a site file into a folder that nginx includes.
  func ofSite(at path: String) -> ComposeProject.Mount {
    let folder = "/etc/nginx/conf.d"
    guard let slash = path.lastIndex(of: "/"), self == .file else {
      return ComposeProject.Mount(source: SimulatedFiles.parent(of: path), target: folder)
    }
    return ComposeProject.Mount(source: path, target: folder + path[slash...])
  }
}
