package import DeployDSL

/// What a simulated host starts from: Compose projects, the files of a machine, its nginx, and what
/// runs there.
package struct HostSnapshot: Sendable {
  /// The plan's projects, with every profile.
  package var project: ComposeProject
  /// The services' images, with variables as the Compose files write them.
  package var images: [ServiceID: String] = [:]
  /// The images that are not on the machine.
  package var missingImages: Set<String> = []
  /// The plan's own variables, with which the project was read.
  package var variables: [String: String] = [:]
  /// The project folder.
  package var folder: String
  /// The files of the machine.
  package var files: [FileSnapshot] = []
  /// nginx as a service, if it is none of the project's.
  package var proxy: ComposeProject.Service?
  /// nginx's main file, by its path there.
  package var proxyMain = NginxConfiguration.main
  /// The files that no mount leads to, by their paths in nginx's container.
  package var proxyFiles: [String: String] = [:]
  /// What runs or has run; `nil` if nginx does not run: then only the project is known.
  package var found: Found?
  /// How long a colour took to become healthy in the last deploys; `nil` if there were none.
  package var bootTime: Duration?
  /// How long a colour took to stop in the last deploys; `nil` if there were none.
  package var stopTime: Duration?

  /// The containers of a running host.
  package struct Found: Sendable {
    /// The containers of the projects.
    package var containers: [Container]
    package var proxy: RunningProxy
    /// The IDs of the colours' containers that run and have been asked to stop.
    package var stopping: Set<String> = []

    /// Describes what runs.
    package init(containers: [Container], proxy: RunningProxy) {
      (self.containers, self.proxy) = (containers, proxy)
    }
  }

  /// Describes a host.
  package init(project: ComposeProject, folder: String) {
    (self.project, self.folder) = (project, folder)
  }

  /// The absolute path of a file of the project.
  package func path(_ file: String) -> String {
    Paths.tidy(Paths.path(file, in: folder))
  }

  /// Identifies what a rehearsal on a copy depends on: the Compose files and nginx's with what they
  /// mean here, and which containers run with which images; not when they were started.
  package var fingerprint: String {
    var hash = SHA256()
    func add(_ texts: [String: String]) {
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
        hash.update(field: name)
        hash.update(field: text)
      }
    }
    for file in files.sorted(by: { $0.path < $1.path }) {
      hash.update(field: file.path)
      if case .file(let bytes) = file.content { hash.update(bytes) }
      hash.update(field: file.link ?? "")
    }
    add(Dictionary(images.map { ("\($0)", $1) }) { $1 })
    add(variables)
    add(proxyFiles)
    add(
      project.services.mapValues {
        "\($0.image ?? "") \($0.containerName ?? "") \($0.ports ?? []) \($0.replicas ?? 1)"
      })
    let containers = found?.containers ?? []
    add(
      Dictionary(
        containers.map { ($0.name, "\($0.status) \($0.image) \($0.imageID ?? "")") }
      ) { $1 })
    hash.update(field: missingImages.sorted().joined(separator: " "))
    return hash.shortHex()
  }

  /// A hash of each file that there is, also of those that only nginx's container has, by its path;
  /// those of the project by their path in it.
  package var fileHashes: [String: String] {
    var hashes = proxyFiles.mapValues { SHA256($0.utf8).shortHex() }
    for file in files {
      guard case .file(let bytes) = file.content else { continue }
      hashes[Paths.relative(file.path, to: folder)] = SHA256(bytes).shortHex()
    }
    return hashes
  }

  /// Adds a file.
  package mutating func add(_ bytes: [UInt8], at file: String) {
    files.append(FileSnapshot(path: path(file), content: .file(bytes)))
  }
}

extension Deployer {
  /// Reads the host of a plan: the Compose project and its files, and, where an engine runs nginx,
  /// the containers and nginx's loaded files; changes nothing.
  ///
  /// - Throws: ``DeployError`` if Compose is not there, or rejects the project.
  package func snapshot(of graph: StepGraph) async throws -> HostSnapshot {
    let reader = HostReader(context: graph.looking(by: executor))
    var snapshot = try await reader.project()
    let written = try? await definitions(in: reader.application)
    for (name, service) in written?.services ?? [:] {
      snapshot.images[ServiceID(name)] = service.image
    }
    if let found = await reader.running(snapshot) {
      try await reader.add(found.0, found.1, to: &snapshot)
    } else {
      try await reader.addMounts(to: &snapshot)
    }
    let journal = (options.stateFolder ?? executor.stateFolder).flatMap { folder in
      try? StateFolder.existing(at: folder, application: reader.application.name)?.journal
    }
    if let journal {
      reader.addTimes(of: journal, to: &snapshot)
      reader.context.runStore.remember(journal)
    }
    let colored = Color.allCases.flatMap(reader.application.serviceIDs)
    for container in snapshot.found?.containers ?? []
    where colored.contains(reader.context.serviceID(of: container)) {
      if await reader.context.isBeingStopped(container) {
        snapshot.found?.stopping.insert(container.id)
      }
    }
    return snapshot
  }
}
