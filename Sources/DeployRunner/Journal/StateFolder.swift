package import DeployDSL

/// What bgrun keeps between runs: for each application its journal, its freeze and who deploys it.
///
/// ```
/// .bgrun/                   0700, or 2770 where a group shares it; git ignores it by the
///   .gitignore inside grafana/                locked by the kernel while a run of this application
///     has it lock.json             who that is
///     freeze.json           who forbade deploys, and why
///     journal/<run>.jsonl   what a run meant to do, and did
/// ```
/// What runs share beyond one such folder is locked where it is: see ``SiteLock`` and
/// ``ProxyLock``.
package struct StateFolder: Sendable {
  /// Its usual name in the compose project.
  package static let name = stateFolderName
  /// What a run may need for its journal.
  private static let room = 256 * 1024

  /// The application whose part of the folder this is.
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

  /// Opens an application's state before a run, and makes what is missing.
  ///
  /// - Parameter needsRoom: whether a disk without room for a journal is refused. Default: yes.
  /// - Throws: a failure with its fix if the folder cannot be trusted, cannot be written, or the
  ///   disk is full; nothing has been deployed then.
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

  /// Opens an application's state to look at it; `nil` if there is none.
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

  /// The runs, newest first, as they are now: one whose process lives is under way, not interrupted.
  ///
  /// - Throws: ``DeployError`` if the folder cannot be read.
  package func history() throws -> [JournalSummary] {
    var runs = try journal.history()
    guard runs.first?.fate == .interrupted(nil) else { return runs }
    // Nobody holds the lock: it may have ended between the two looks.
    guard try lock.holder != nil else { return try journal.history() }
    runs[0].fate = .running
    return runs
  }
}
