import DeployDSL
import DeployRunner

extension SimulatedState {
  /// Creates the initial state of most tests: two colours, one of them active, and the proxy.
  mutating func layOut(live: Color?, bootTime: Duration) {
    addNetwork("\(projectName)_default", project: projectName)
    for color in Color.allCases {
      for id in application.serviceIDs(color) {
        let isWorker = application.isWorker(id)
        var service = SimulatedService(
          id.name, image: "\(application.name):${VERSION:-1.0}",
          port: isWorker ? 3000 : application.port ?? 3000,
          publishedPort: isWorker ? nil : color == .blue ? 3003 : 3004, bootTime: bootTime)
        if let project = id.project { service.origin = .otherProject(project) }
        services.append(service)
      }
    }
    layOutProxy(port: siteURL?.port ?? application.site.generated?.listen ?? 80)
    for service in services { addImage(imageName(of: service, environment: [:])) }
    layOutFiles(live: live ?? .blue)
    if let live {
      for service in application.serviceIDs(live) { run("\(service)") }
      run(proxyName)
    }
    age(by: .seconds(86_400))
    timeline = []
  }

  private mutating func layOutProxy(port: Int) {
    var proxy = SimulatedService(
      proxyName, image: "nginx:1.27", port: port, publishedPort: port, bootTime: .zero)
    switch application.proxy.place {
    case .service: break
    case .container(let name):
      proxy.containerName = name
      proxy.origin = .otherProject("edge")
    case .host:
      proxy.origin = .machine
      proxy.restart = .no
      mount = .folder
    }
    services.append(proxy)
  }

  private mutating func layOutFiles(live: Color) {
    if application.site.generated == nil {
      for color in Color.allCases {
        files.put(Array(siteText(color).utf8), at: application.source(color), changed: now)
      }
    }
    files.put(Array(siteText(live).utf8), at: application.site.file, changed: now)
    let files = application.allComposeFiles
    for file in application.composeFiles == nil ? files + ["compose.yaml"] : files {
      self.files.put(Array("name: \(projectName)\n".utf8), at: file, changed: now)
    }
  }

  /// A typical configuration of a colour.
  private func siteText(_ color: Color) -> String {
    let listen = siteURL.map { url in
      "listen \(url.port)\(url.isTLS ? " ssl" : ""); server_name \(url.host);"
    }
    let service = application.serviceID(color)
    let host = service.project.map { "\($0)-\(service.name)-1" } ?? service.name
    let published = services.first { $0.id == service }?.publishedPort
    let backend =
      isProxyOnMachine ? "127.0.0.1:\(published ?? 0)" : "\(host):\(application.port ?? 3000)"
    if let site = application.site.generated {
      return site.text(for: application.name, port: application.port ?? 3000) { _ in backend }
    }
    // Services are named by their own names only.
    let isService = Color.allCases.contains { application.service($0) == application.name }
    let upstream = isService ? "\(application.name)-upstream" : application.name
    return """
      upstream \(upstream) { server \(backend); }
      server { \(listen ?? "listen 80;") location / { proxy_pass http://\(upstream); } }

      """
  }

  private var siteURL: WebAddress? { application.site.url.flatMap(WebAddress.init) }

  /// Backdates everything that exists, and drops its scheduled events.
  private mutating func age(by time: Duration) {
    for index in containers.indices { containers[index].age(by: time) }
    nginx.startedAt -= time
    for index in nginx.generations.indices {
      for worker in nginx.generations[index].workers.indices {
        nginx.generations[index].workers[worker].startedAt -= time
      }
    }
    files.age(by: time)
  }

  /// The image's name, interpolated as by Compose: `${NAME:-default}` and `$NAME`, from the
  /// environment, then from `.env`.
  func imageName(of service: SimulatedService, environment: [String: String]) -> String {
    let file = files.bytes(at: ".env").map { EnvironmentFile(bytes: $0) }
    func value(_ name: some StringProtocol) -> String? {
      environment[String(name)] ?? file?.value(of: String(name))
    }
    var rest = Substring(service.image)
    var result = ""
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.hasPrefix("{"), let end = rest.firstIndex(of: "}") {
        let inside = rest[rest.index(after: rest.startIndex)..<end]
        let name = inside.prefix { $0 != ":" && $0 != "-" }
        let fallback = inside.dropFirst(name.count).drop { $0 == ":" || $0 == "-" }
        result += value(name) ?? String(fallback)
        rest = rest[rest.index(after: end)...]
      } else {
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        result += value(name) ?? ""
        rest = rest.dropFirst(name.count)
      }
    }
    return result + rest
  }
}
