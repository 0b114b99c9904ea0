package import DeployDSL

/// What bgrun keeps between runs: for each application its journal, its lock and its lock's holder.
///
/// ```
/// .bgrun/                   mode 0700, or 2770 if a group shares it
///   .gitignore              makes git ignore the folder
///   grafana/                locked by the kernel while a run of this application holds it
///     lock.json             the holder
///     freeze.json           who locked deploys, and why
///     journal/<run>.jsonl   what a run announced and did
/// ```
/// What is shared beyond one such folder has locks of its own: ``SiteLock`` and ``ProxyLock``.
package struct StateFolder: Sendable {
  /// Its usual name in the Compose project.
  package static let name = stateFolderName
  /// Where a project's state is kept: in its folder, or beside `current` if that is a link to one of
  /// several releases, so that each of them finds it.
  package static func path(ofProject folder: String) -> String {
    "\(Paths.releasesFolder(of: folder) ?? folder)/\(name)"
  }

  /// The space that a run may need for its journal.
  private static let room = 256 * 1024

  /// The application that this part of the folder belongs to.
  package let application: String
  /// The application's own folder.
  package let folder: PrivateFolder
  /// The folder of all applications.
  let root: PrivateFolder

  private init(_ root: PrivateFolder, _ folder: PrivateFolder, _ application: String) {
    self.root = root
    self.folder = folder
    self.application = application
  }

  /// Opens an application's state for a run, and creates what is missing.
  ///
  /// - Parameter needsRoom: Whether to fail if the disk has no room for a journal. Default: yes.
  /// - Throws: ``DeployError`` if the folder cannot be trusted or written, or the disk is full;
  ///   nothing has been deployed then.
  package static func prepare(
    at path: String, application: String, needsRoom: Bool = true
  ) throws(DeployError) -> StateFolder {
    let root = try PrivateFolder.making(path: path)
    do throws(DeployError) {
      if try root.read(".gitignore") == nil {
        try root.write(".gitignore", Array("*\n".utf8))
      }
    } catch {
      if needsRoom { throw error }
    }
    let folder = try root.folder(application)
    if needsRoom { try folder.checkRoom(for: room) }
    return StateFolder(root, folder, application)
  }

  /// Opens an application's existing state, read-only; `nil` if there is none.
  package static func existing(
    at path: String, application: String
  ) throws(DeployError) -> StateFolder? {
    guard Files.exists(path) else { return nil }
    let root = try PrivateFolder(path: path)
    guard let folder = try root.existingFolder(application) else { return nil }
    return StateFolder(root, folder, application)
  }

  /// The application's lock.
  package var lock: DeployLock { DeployLock(self) }

  /// The application's runs.
  package var journal: JournalStore { JournalStore(self) }

  /// The runs, newest first. A run whose process is alive counts as running, not interrupted.
  ///
  /// - Throws: ``DeployError`` if the folder cannot be read.
  package func history() throws -> [JournalSummary] {
    var runs = try journal.history()
    guard runs.first?.fate == .interrupted(nil) else { return runs }
    // No process holds the lock: the run may have ended between the two reads.
    guard try lock.holder != nil else { return try journal.history() }
    runs[0].fate = .running
    return runs
  }
}
