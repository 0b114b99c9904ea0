import BgrunSystem
import DeployDSL

/// Serialises the deploys that share a proxy: nginx reads all their site files at once, so that one
/// deploy would load, or be blamed for, a file that another is testing.
///
/// The lock is taken on the folder of the Compose project that created the proxy's container, or of
/// its configuration: every user of that nginx finds the same folder, whatever project or state
/// folder bgrun runs with.
package struct ProxyLock: Sendable {
  /// Longer than any test or reload may take.
  private static let patience: Duration = .seconds(60)

  /// The state folder, locked instead if the proxy's folder is unknown or unreadable.
  let root: PrivateFolder
  let clock: RunClock

  /// Runs `body` while no other deploy writes, tests or reloads.
  ///
  /// - Parameter folders: The folders of the proxy, of which the first that can be read is locked.
  /// - Throws: What `body` throws, or ``DeployError`` if another deploy holds the lock for too
  ///   long.
  func take<Value>(in folders: [String], _ body: () async throws -> Value) async throws -> Value {
    let flags = O_RDONLY | O_DIRECTORY
    let file =
      try folders.lazy.compactMap { OpenFile.open($0, flags) }.first ?? root.open(".", flags)
    defer { file.unlock() }
    do {
      try await DeployLock.waiting(Self.patience, clock: clock) {
        guard try !file.lock() else { return }
        let holder = LockHolder(of: file, in: root)
        throw LockError.held(application: file.path, by: holder)
      }
    } catch let lockError as LockError {
      throw DeployError(
        .interference,
        "another deploy has held the proxy for "
          + "\(Self.patience.forPeople): \(lockError.failure.message)",
        fix: "check that deploy, then run the plan again")
    }
    return try await body()
  }
}
