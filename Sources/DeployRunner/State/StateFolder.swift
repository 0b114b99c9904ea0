/// What bgrun keeps between runs: for each application its lock, its freeze and its journal.
///
/// ```
/// .bgrun/                   0700; git ignores it by the .gitignore inside
///   grafana/
///     lock                  locked by the kernel while a deploy runs; never deleted
///     lock.json             who that is
///     freeze.json           who forbade deploys, and why
///     journal/<run>.jsonl   what a run meant to do, and did
///   site-5c1f20b7/          of a site file, by its path's checksum: the same lock once more, for plans
///                           of several names that switch by the same file
///   proxy-0b7e33a1/         of a proxy, likewise: held while it is tested or reloaded
/// ```
package struct StateFolder: Sendable {
  /// Its usual name in the compose project.
  package static let name = ".bgrun"
  /// What a run may need for its journal.
  private static let room = 256 * 1024

  /// The application whose part of the folder this is.
  package let application: String
  /// The application's own folder.
  package let folder: PrivateFolder

  private init(_ folder: PrivateFolder, _ application: String) {
    self.folder = folder
    self.application = application
  }

  /// Opens an application's state before a run, and makes what is missing.
  ///
  /// - Throws: a failure with its fix if the folder cannot be trusted, cannot be written, or the
  ///   disk is full; nothing has been deployed then.
  package static func prepare(
    at path: String, application: String
  ) throws(StepFailure) -> StateFolder {
    let root = try PrivateFolder.making(path: path)
    if try root.read(".gitignore") == nil {
      try root.write(".gitignore", Array("*\n".utf8))
    }
    let folder = try root.folder(application)
    try folder.checkRoom(for: room)
    return StateFolder(folder, application)
  }

  /// Opens what several applications share, in a folder that one of them has prepared: a lock, and no
  /// journal that needed room.
  static func shared(at path: String, named name: String) throws(StepFailure) -> StateFolder {
    StateFolder(try PrivateFolder.making(path: path).folder(name), name)
  }

  /// Opens an application's state to look at it; `nil` if there is none.
  package static func existing(
    at path: String, application: String
  ) throws(StepFailure) -> StateFolder? {
    guard PrivateFolder.isThere(path) else { return nil }
    guard let folder = try PrivateFolder(path: path).existingFolder(application) else {
      return nil
    }
    return StateFolder(folder, application)
  }

  /// The application's lock.
  package var lock: DeployLock { DeployLock(self) }

  /// The application's runs.
  package var journal: JournalStore { JournalStore(self) }

  /// The runs, newest first, as they are now: one whose process lives is under way, not cut off.
  ///
  /// - Throws: ``StepFailure`` if the folder cannot be read.
  package func history() throws -> [JournalSummary] {
    var runs = try journal.history()
    guard runs.first?.fate == .unfinished else { return runs }
    // Nobody holds the lock: it may have ended between the two looks.
    guard try lock.holder != nil else { return try journal.history() }
    runs[0].fate = .running
    return runs
  }
}
