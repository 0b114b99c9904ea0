import DeployDSL
import DeployRunner

/// The second colour of a project's only service: an overlay that extends the service.
struct SecondColor {
  /// Whether both colours write to the same volumes.
  enum Volumes: String, CaseIterable, Sendable { case shared, own }

  let project: ComposeProject
  /// The existing service, which becomes blue, then its workers.
  let services: [String]
  /// The Compose files that define each of them, in Compose's order.
  let definitions: [String: [String]]
  let volumes: Volumes
  /// The ports that containers of this machine publish.
  var taken: Set<Int> = []

  /// The name of a service's second colour.
  static func green(of service: String) -> String { "\(service)-green" }

  /// The project with the second colour.
  var result: ComposeProject {
    var result = project
    for name in services {
      guard var service = project.services[name] else { continue }
      service.containerName = service.containerName.map(Self.green)
      service.ports = ports(of: name).map { port in
        ComposeProject.Port(
          target: port.target, published: "\(port.published)", hostIP: "127.0.0.1", transport: nil)
      }
      for (other, condition) in copied(service) {
        service.dependencies[other] = nil
        service.dependencies[Self.green(of: other)] = condition
      }
      result.services[Self.green(of: name)] = service
    }
    return result
  }

  // MARK: The overlay

  private var everyday: EverydayProfile { EverydayProfile(project: project, services: services) }

  /// The text of the overlay.
  ///
  /// - Parameter start: the command that starts what does not run.
  func text(for plans: [String], start: String) -> String {
    let copies = services.flatMap { name in
      (definitions[name] ?? []).enumerated().map {
        (number: $0.offset, file: $0.element, name: name)
      }
    }
    // What a later file adds is added to the copy by another document of this file.
    let documents = (0...(copies.map(\.number).max() ?? 0)).map { number in
      copies.filter { $0.number == number }.map { copy in
        """
          \(Self.green(of: copy.name)):
            extends: { file: \(copy.file.asYAML), service: \(copy.name) }

        """
      }.joined()
    }
    return """
      # Written by `bgrun init`: the second colour of \(services.joined(separator: " and of ")).
      # `bgrun \(plans.joined(separator: "`, `bgrun "))` starts the colours by name; `docker compose up -d` leaves both alone.
      # Where neither runs, on a new machine for example: `\(start)`.
      services:
      \(documents.joined(separator: "---\nservices:\n"))---
      services:
      \(services.map(settings).joined())\(everyday.dependants)\(volumeNames)
      """
  }

  /// What both colours have in addition, and what the second one has instead.
  private func settings(of name: String) -> String {
    let service = project.services[name] ?? .init()
    let profile = everyday.profile(of: name)
    var lines = ["  \(name):", profile, "  \(Self.green(of: name)):", profile]
    let needed = copied(service)
    if !needed.isEmpty {
      // The copy must not start the other colour.
      lines.append("    depends_on:")
      lines += needed.flatMap { other, condition in
        [
          "      \(other): !reset null",
          "      \(Self.green(of: other)): { condition: \(condition) }",
        ]
      }
    }
    if let container = service.containerName {
      lines.append("    container_name: \(Self.green(of: container).asYAML)")
    }
    if service.ports?.isEmpty == false {
      let ports = ports(of: name).map { "127.0.0.1:\($0.published):\($0.target)".asYAML }
      lines.append("    ports: !override [\(ports.joined(separator: ", "))]")
    }
    if service.hasFixedNetworks {
      // An alias or an address belongs to one container.
      let networks = (service.networks ?? []).sorted().map(\.asYAML)
      lines.append("    networks: !override [\(networks.joined(separator: ", "))]")
    }
    let own = volumes == .own ? Self.writable(service) : []
    if !own.isEmpty {
      lines.append("    volumes:")
      lines += own.map { volume in "      - \("\(Self.ownSource(volume)):\(volume.target)".asYAML)"
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The dependencies of a service that get a second colour as well, with their conditions.
  private func copied(_ service: ComposeProject.Service) -> [(name: String, condition: String)] {
    service.dependencies.filter { services.contains($0.key) }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  private var volumeNames: String {
    guard volumes == .own else { return "" }
    let names = services.flatMap { Self.writable(project.services[$0] ?? .init()) }
      .filter { !$0.isBind }.map(Self.ownSource)
    return names.isEmpty
      ? "" : "volumes:\n" + Set(names).sorted().map { "  \($0): {}\n" }.joined()
  }

  // MARK: Volumes and ports

  /// What a service may write to.
  static func writable(_ service: ComposeProject.Service) -> [ComposeProject.Volume] {
    service.volumes.filter { !$0.isReadOnly && $0.target != "/var/run/docker.sock" }
  }

  private static func ownSource(_ volume: ComposeProject.Volume) -> String {
    "\(volume.source)-green"
  }

  /// The ports that the second colour publishes on this machine.
  private func ports(of name: String) -> [(published: Int, target: Int)] {
    var used = taken.union(
      project.services.values.flatMap { $0.ports ?? [] }
        .compactMap { ComposeProject.portNumber($0.published) })
    return (project.services[name]?.ports ?? []).filter(\.isTCP).compactMap { port in
      guard let published = ComposeProject.portNumber(port.published) else { return nil }
      guard let free = Self.freePort(after: published, besides: used) else { return nil }
      used.insert(free)
      return (free, port.target)
    }
  }

  /// The next port on which nothing listens.
  static func freePort(after port: Int, besides used: Set<Int>) -> Int? {
    (port + 1...max(port + 1, min(65535, port + 200))).first {
      !used.contains($0) && isFree($0)
    }
  }

  /// Whether nothing listens on a port of this machine.
  private static func isFree(_ port: Int) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    var reuse: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}

extension String {
  /// The text as YAML, in quotation marks unless it is plain.
  fileprivate var asYAML: String {
    let isPlain = utf8.allSatisfy { $0.isLetterOrDigit || "_./-".utf8.contains($0) }
    return isPlain && first?.isNumber == false && first != "-" ? self : debugDescription
  }
}
