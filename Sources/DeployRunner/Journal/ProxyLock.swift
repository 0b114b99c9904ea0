import DeployDSL

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The turn of one deploy among several that share a proxy: nginx reads the site files of all of
/// them at once, so that a file which is being tested by one would be loaded, or blamed, by
/// another.
///
/// What is locked is the folder of the Compose project that the proxy's container was made from:
/// whoever uses that container finds the same one, whatever folder or state folder he runs bgrun
/// with.
package struct ProxyLock: Sendable {
  /// Longer than any test or reload may take.
  private static let patience: Duration = .seconds(60)

  /// The state folder, locked instead where the proxy's is not known or may not be read.
  let root: PrivateFolder
  let clock: RunClock

  /// Does something while no other deploy writes, tests or reloads.
  ///
  /// - Parameter project: the folder of the proxy's project.
  /// - Throws: what `body` throws, or a failure if it is another's turn for too long.
  func take<Value>(in project: String?, _ body: () async throws -> Value) async throws -> Value {
    let flags = O_RDONLY | O_DIRECTORY
    let file = try project.flatMap { OpenFile.open($0, flags) } ?? root.open(".", flags)
    defer { file.unlock() }
    do {
      try await DeployLock.waiting(Self.patience, clock: clock) {
        guard try !file.lock() else { return }
        let holder = LockHolder(of: file, in: root)
        throw LockError.held(application: file.path, by: holder)
      }
    } catch let refusal as LockError {
      throw DeployError(
        .interference,
        "another deploy has held the proxy for "
          + "\(Self.patience.forPeople): \(refusal.failure.message)",
        fix: "check that deploy, then run the plan again")
    }
    return try await body()
  }
}
