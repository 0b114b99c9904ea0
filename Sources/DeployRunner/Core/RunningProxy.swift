/// The proxy as it is: a running nginx, in a container or on the machine itself.
package struct RunningProxy: Sendable {
  /// Its container; `nil` if it runs on the machine itself.
  package var container: Container?
  /// Its master process.
  package var nginx: NginxMaster

  /// An nginx in a container.
  package init(_ container: Container) {
    self.container = container
    nginx = NginxMaster(container: container.name)
  }

  /// An nginx on the machine itself.
  package init(_ nginx: NginxMaster) { self.nginx = nginx }

  /// Whether 127.0.0.1 is this machine for it, not its own container.
  package var isInHostNetwork: Bool { container?.isInHostNetwork ?? true }

  /// The Docker networks that it is attached to.
  package var networks: Set<String> { container?.networks ?? [] }

  /// Where a port that it listens on can be reached from this machine.
  package func publishedAddress(of port: Int) -> PublishedAddress? {
    guard let container else { return PublishedAddress("127.0.0.1", port) }
    return container.publishedAddress(of: port)
  }

  /// The published addresses, ordered by container port.
  package var publishedAddresses: [PublishedAddress] { container?.publishedAddresses ?? [] }

  /// The folders on the machine by which every user of this nginx can exclude the others: of its
  /// Compose project, else of its configuration.
  package var folders: [String] {
    if let folder = container?.projectFolder { return [folder] }
    if let container { return container.mounts.map(\.source).sorted() }
    let file = zip(nginx.options, nginx.options.dropFirst()).first { $0.0 == "-c" }?.1
    let slash = file?.lastIndex(of: "/")
    return [slash.flatMap { slash in file.map { String($0[..<slash]) } } ?? "", "/etc/nginx"]
      .filter { $0.hasPrefix("/") }
  }
}
