package import DeployDSL

/// What a simulated host starts from: Compose projects, the files of a machine, and its nginx.
package struct HostSnapshot: Sendable {
  /// The plan's projects, with every profile.
  package var project: ComposeProject
  /// The services' images, with variables as the Compose files write them.
  package var images: [ServiceID: String] = [:]
  /// The plan's own variables, with which the project was read.
  package var variables: [String: String] = [:]
  /// The project folder.
  package var folder: String
  /// The files of the machine.
  package var files: [FileSnapshot] = []
  /// nginx as a service, if it is none of the project's.
  package var proxy: ComposeProject.Service?
  /// The files that nginx has from its image, by their paths there.
  package var proxyFiles: [String: String] = [:]

  /// Describes a host.
  package init(project: ComposeProject, folder: String) {
    (self.project, self.folder) = (project, folder)
  }

  /// The absolute path of a file of the project.
  package func path(_ file: String) -> String {
    Paths.tidy(file.hasPrefix("/") ? file : "\(folder)/\(file)")
  }

  /// Adds a file.
  package mutating func add(_ bytes: [UInt8], at file: String) {
    files.append(FileSnapshot(path: path(file), content: .file(bytes)))
  }
}

extension Deployer {
  /// Reads the Compose project of a plan and its files, on this machine; changes nothing and needs no
  /// engine.
  ///
  /// - Throws: ``DeployError`` if Compose is not there, or rejects the project.
  package func snapshot(of graph: StepGraph) async throws -> HostSnapshot {
    let context = graph.looking(by: executor)
    let application = context.application
    let project = try await ComposeInspector(context: context).read()
    let environment = try await context.read(".env")
    var snapshot = HostSnapshot(
      project: project, folder: Paths.parent(of: environment.path) ?? "/")
    snapshot.variables = context.docker.config().command.environment.mapValues(\.text)
    let written = try? await definitions(in: application)
    for (name, service) in written?.services ?? [:] {
      snapshot.images[ServiceID(name)] = service.image
    }
    snapshot.files.append(environment)
    let named = [application.site.file] + Color.allCases.map(application.source)
    for path in Set(named + application.allComposeFiles + ComposeProject.usualFiles) {
      snapshot.files.append(try await context.read(path))
    }
    if let bytes = try await missingSite(in: context, project) {
      let path = snapshot.path(application.site.file)
      snapshot.files.removeAll { $0.path == path }
      snapshot.add(bytes, at: application.site.file)
    }
    guard let service = application.proxy.service, var proxy = project.services[service] else {
      return snapshot
    }
    for index in proxy.mounts?.indices ?? 0..<0 {
      guard let mount = proxy.mounts?[index] else { continue }
      // A release's folder may be reached by a link.
      let source = Paths.resolved(mount.source) ?? mount.source
      proxy.mounts?[index].source = source
      for path in Files.paths(below: source, depth: 4)
      where !snapshot.files.contains(where: { $0.path == path }) {
        guard let file = try? await context.read(path), file.isText else { continue }
        snapshot.files.append(file)
      }
    }
    snapshot.project.services[service] = proxy
    let mounts = proxy.mounts ?? []
    snapshot.proxyFiles = NginxDump.filesOfImage.filter { path, _ in
      !mounts.contains { path.hasPrefix($0.target + "/") }
    }
    return snapshot
  }

  /// What the site file says before the first deploy has written it.
  private func missingSite(
    in context: ActionContext, _ project: ComposeProject
  ) async throws -> [UInt8]? {
    let application = context.application
    let file = try await context.read(application.site.file)
    guard file.content == .missing, file.link == nil else { return nil }
    if application.site.generated != nil {
      let proxy = try project.plannedProxy(of: application)
      return try GeneratedContent(application, in: project, for: proxy)?.byColor[.blue]
    }
    return try? await ProxyInspector(context: context).sources()?.0
  }
}

extension FileSnapshot {
  /// Whether it may be a configuration.
  fileprivate var isText: Bool {
    if case .file(let bytes) = content {
      bytes.count <= 256 << 10 && !bytes.contains(0)
    } else {
      false
    }
  }
}
