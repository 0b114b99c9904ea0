import DeployDSL
import DeployRunner

/// Looks for the nginx in front of a project: one of its services, else one that runs elsewhere.
struct ProxySearch {
  let survey: ProjectSurvey
  /// The name that a person gave with `--proxy`.
  let named: String?
  let interview: Interview
  let deployer: Deployer

  /// - Throws: ``ToolError`` or ``DeployError`` if there is none, or an answer is missing.
  func find() async throws -> ProxyReading {
    if let named { return try await proxy(named: named) }
    let services = survey.project.services.keys.sorted()
    let colors = Set(ColorPair.all(in: survey.project) { _ in false }.flatMap(\.services))
    let candidates = services.filter { !colors.contains($0) && survey.project.mayBeNginx($0) }
    var read: [ProxyReading] = []
    for name in candidates {
      let reading = try await reading(ofService: name, isOnly: candidates.count == 1)
      if let reading { read.append(reading) }
    }
    if let leading = try await chosen(among: read) { return leading }
    var elsewhere: [ProxyReading] = []
    for container in survey.others where container.isRunning && container.mayBeNginx {
      if let reading = try? await reading(of: container, at: .container(container.name)) {
        elsewhere.append(reading)
      }
    }
    elsewhere += await onMachine()
    if let found = try await chosen(among: elsewhere) ?? read.first { return found }
    throw noProxy(besides: elsewhere)
  }

  /// The one that sends requests to services of the project; a person chooses among several.
  private func chosen(among found: [ProxyReading]) async throws -> ProxyReading? {
    let leading = found.filter { !ProjectLayout.served(by: $0, in: survey).isEmpty }
    guard leading.count > 1 else { return leading.first }
    let name = try await interview.choose(
      "Which nginx do clients reach?", among: leading.map(\.name), option: "--proxy")
    return leading.first { $0.name == name } ?? leading[0]
  }

  private func proxy(named name: String) async throws -> ProxyReading {
    if survey.project.services[name] != nil {
      if let refusal = survey.project.kind(of: name)?.refusal(
        of: "service \(name)", before: "web")
      {
        throw ToolError(refusal)
      }
      if let reading = try await reading(ofService: name, isOnly: true) {
        return reading
      }
    }
    if let container = survey.others.first(where: { $0.name == name }) {
      guard container.isRunning else {
        throw ToolError(
          "the container \(name) is not running: it \(container.fate)",
          fix: "start it: `docker start \(name)`", code: .environment)
      }
      return try await reading(of: container, at: .container(name))
    }
    if name == ProxyReading.machine, let first = await onMachine().first { return first }
    throw ToolError.unknown(
      "proxy '\(name)'", name,
      among: survey.project.services.keys.sorted()
        + survey.others.filter(\.mayBeNginx).map(\.name) + [ProxyReading.machine])
  }

  /// - Parameter isOnly: whether a proxy whose configuration cannot be read is an error.
  private func reading(
    ofService name: String, isOnly: Bool
  ) async throws -> ProxyReading? {
    guard let service = survey.project.services[name],
      let planned = survey.project.planned(ServiceID(name))
    else { return nil }
    if let container = survey.container(of: ServiceID(name)), container.isRunning {
      do {
        return try await reading(of: container, at: .service(name))
      } catch let failure as DeployError where isOnly && failure.code == .configuration {
        throw failure
      } catch is DeployError {
        // The files may tell what the program does not.
      }
    }
    return ProxyReading(
      place: .service(name), proxy: RunningProxy(planned),
      isRunning: false, configuration: ProxyReading.files(of: service))
  }

  private func reading(of container: Container, at place: Proxy) async throws -> ProxyReading {
    let (proxy, configuration) = try await deployer.proxy(in: container)
    return ProxyReading(
      place: place, proxy: proxy, isRunning: true, configuration: configuration)
  }

  /// Each nginx that runs on the machine itself.
  private func onMachine() async -> [ProxyReading] {
    await deployer.proxiesOnMachine().map { proxy, configuration in
      ProxyReading(place: .host, proxy: proxy, isRunning: true, configuration: configuration)
    }
  }

  /// - Parameter others: nginx that run, but send no requests to the project.
  private func noProxy(besides others: [ProxyReading]) -> ToolError {
    if let other = survey.project.otherProxy,
      let refusal = other.kind.refusal(of: "service \(other.service)", before: "web")
    {
      return ToolError(refusal)
    }
    let app = survey.project.services.keys.sorted().first ?? "web"
    let port = survey.project.services[app]?.firstPort.map(String.init) ?? "PORT"
    return ToolError(
      "there is no nginx in front of this project: nginx is what bgrun switches"
        + others.filter(\.isFront).prefix(3).map { "; \($0.strangeness)" }.joined(),
      fix: "add one, start it (`docker compose up -d nginx`), let clients use its port, and run "
        + "`bgrun init` again; or name it with --proxy",
      code: .environment,
      details: """
          services:
            nginx:
              image: nginx:1.28
              ports: ["80:80"]
              volumes: ["./nginx:/etc/nginx/conf.d:ro"]
              restart: unless-stopped
          nginx/app.conf:
            server { listen 80; location / { proxy_pass http://\(app):\(port); } }

        """)
  }
}

extension ProxyReading {
  /// Whether clients reach it at a usual port, so that it may be meant.
  fileprivate var isFront: Bool {
    place == .host || proxy.publishedAddresses.contains { [80, 443].contains($0.port) }
  }

  /// Why it is not the project's, for people.
  fileprivate var strangeness: String {
    let targets = traffic.hosts.sorted().prefix(3).joined(separator: ", ")
    let what =
      place == .host
      ? "the nginx on this host" : "the nginx in container \(proxy.container?.name ?? name)"
    return what + " sends requests to none of its services"
      + (targets.isEmpty ? "" : ", but to \(targets)")
  }
}

extension Container {
  /// Whether its image, or its mounts, indicate nginx whose files people write.
  fileprivate var mayBeNginx: Bool {
    if let kind = ProxyKind(image: image) { return kind == .nginx }
    return mounts.contains { $0.destination.hasPrefix("/etc/nginx") }
  }
}

extension ComposeProject {
  /// Whether a service's image, or its mounts, indicate nginx whose files people write.
  fileprivate func mayBeNginx(_ name: String) -> Bool {
    if let kind = kind(of: name) { return kind == .nginx }
    return services[name]?.mounts?.contains { $0.target.hasPrefix("/etc/nginx") } == true
  }
}
