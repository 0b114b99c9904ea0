package import DeployDSL

/// A change that `bgrun doctor --fix` can make without interrupting traffic.
package enum Repair: Hashable, Sendable {
  /// Reloads a proxy whose site file is for the active colour.
  case reload(HostCall)
  /// Adds a line to a file of the project.
  case append(String, to: String)
  /// Writes a source's content to the site file, which is missing or an empty folder.
  case copy([UInt8], from: String, to: String, insteadOfFolder: Bool)
  /// Removes the lock file that a killed run has left.
  case removeLockFile(String)

  /// The commands that do the same, for people to read before they agree.
  package var preview: [String] {
    switch self {
    case .reload(let call): [call.command.description]
    case .append(let line, let file): ["\(file): + \(line)"]
    case .copy(_, let source, let file, let isFolder):
      (isFolder ? ["rmdir \(file)"] : []) + ["cp \(source) \(file)"]
    case .removeLockFile(let path): ["rm \(path)"]
    }
  }
}

extension Deployer {
  /// Makes a repair, unless a deploy is running.
  ///
  /// - Throws: ``/DeployDSL/DeployError`` if it fails, ``LockError`` if a deploy is running.
  package func perform(_ repair: Repair, for graph: StepGraph) async throws {
    let context = graph.looking(by: executor)
    let folder = options.stateFolder ?? executor.stateFolder
    let state = try folder.flatMap {
      try StateFolder.existing(at: $0, application: graph.application.name)
    }
    let lock = try state?.lock.acquire(
      LockHolder(application: graph.application.name, run: "", reason: "bgrun doctor --fix"),
      evenIfFrozen: true)
    defer { lock?.release() }
    switch repair {
    case .reload(let call):
      _ = try await context.change(call, doing: "reload the proxy")
    case .append(let line, let file):
      var bytes: [UInt8] = []
      if case .file(let old) = try await context.read(file).content { bytes = old }
      if let last = bytes.last, last != 10 { bytes.append(10) }
      try await context.write(
        FileWrite(
          path: file, bytes: bytes + Array("\(line)\n".utf8), method: .rename, source: "bgrun"))
    case .copy(let bytes, let source, let file, let isFolder):
      if isFolder { _ = try await context.run(Command(["rmdir", file])) }
      try await context.write(
        FileWrite(path: file, bytes: bytes, method: .rename, source: source))
    // Releasing the lock removes the file.
    case .removeLockFile: break
    }
  }
}
