import BgrunSystem
import DeployDSL

/// The lock that lets only one run of an application use its state folder at a time.
///
/// It is a kernel lock, released as soon as the process ends, for whatever reason. It is taken on
/// the application's folder itself, which needs no disk space. The file inside only describes the
/// holder; it never decides who holds the lock.
package struct DeployLock: Sendable {
  static let holderFile = "lock.json"
  static let freezeFile = "freeze.json"
  /// How often a waiting deploy tries again.
  package static let pace: Duration = .milliseconds(500)
  /// How long to wait for a holder to write its name: it may have just taken the lock, or be about
  /// to release it.
  static let naming: Duration = .seconds(1)
  static let namingPace: Duration = .milliseconds(20)

  let application: String
  let folder: PrivateFolder

  init(_ state: StateFolder) {
    application = state.application
    folder = state.folder
  }

  // MARK: Acquiring

  /// Takes the lock, or fails at once.
  ///
  /// - Parameter evenIfFrozen: Whether to ignore locked deploys, for rollback and resolve.
  /// - Throws: ``LockError`` if another process holds it or deploys are locked, ``DeployError`` if the
  ///   state folder cannot be used.
  package func acquire(_ holder: LockHolder, evenIfFrozen: Bool = false) throws -> HeldLock {
    if !evenIfFrozen, let freeze = try freeze { throw LockError.frozen(freeze) }
    // A descriptor of its own: the folder's is kept open for other work.
    let file = try folder.open(".", O_RDONLY | O_DIRECTORY)
    guard try file.lock() else {
      throw LockError.held(application: application, by: holderInfo())
    }
    guard folder.isInPlace else { throw Self.gone(folder.path) }
    let lock = HeldLock(file, folder: folder, holder: holder)
    lock.publish()
    return lock
  }

  /// Waits for the lock. Locked deploys fail at once, because that may last for days.
  ///
  /// - Parameters:
  ///   - wait: The maximum time to wait.
  ///   - onWait: Called whenever the holder changes.
  package func acquire(
    _ holder: LockHolder, waiting wait: Duration, clock: RunClock, evenIfFrozen: Bool = false,
    onWait: @Sendable (LockError) -> Void = { _ in }
  ) async throws -> HeldLock {
    try await Self.waiting(wait, clock: clock, onWait: onWait) {
      try acquire(holder, evenIfFrozen: evenIfFrozen)
    }
  }

  /// Tries to take a lock until it is free or the time is up.
  static func waiting<Held>(
    _ wait: Duration, clock: RunClock, onWait: (LockError) -> Void = { _ in },
    for acquire: () throws -> Held
  ) async throws -> Held {
    let deadline = clock.now() + wait
    var namelessSince: Duration?
    var reported: LockError?
    while true {
      do {
        return try acquire()
      } catch let lockError as LockError {
        guard case .held(_, let other) = lockError else { throw lockError }
        namelessSince = other == nil ? namelessSince ?? clock.now() : nil
        if let nameless = namelessSince, clock.now() < nameless + naming {
          try await clock.sleep(until: clock.now() + namingPace)
          continue
        }
        guard clock.now() < deadline else { throw lockError }
        if lockError != reported { onWait(lockError) }
        reported = lockError
      }
      try await clock.sleep(until: min(clock.now() + pace, deadline))
    }
  }

  static func gone(_ path: String) -> DeployError {
    DeployError(
      .interference, "the state folder \(path) was removed or replaced during this run",
      fix: "run the plan again; if `git clean` removed the folder, let it keep it: "
        + "`git clean -fdx -e \(StateFolder.name)`")
  }

  // MARK: Inspecting

  /// The current holder, as far as it can be told without taking the lock; `nil` if the lock is
  /// free.
  package var holder: LockHolder? {
    get throws {
      guard let holder = holderInfo() else {
        return folder.file.lockOwner.map { LockHolder(of: application, process: $0) }
      }
      // On another machine, or without /proc: only the lock itself can tell.
      guard holder.host != ThisHost.name || holder.process.isAlive == nil else { return holder }
      let file = try folder.open(".", O_RDONLY | O_DIRECTORY)
      return flock(file.descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : holder
    }
  }

  /// The path of the holder's description.
  package var path: String { "\(folder.path)/\(Self.holderFile)" }

  /// What a killed process has left of its lock; it locks nothing.
  package var leftover: LockHolder? {
    LockHolder(in: folder).flatMap { $0.isStale ? $0 : nil }
  }

  /// The holder's description of itself; one left by a dead process is ignored.
  private func holderInfo() -> LockHolder? {
    guard let holder = LockHolder(in: folder), !holder.isStale else { return nil }
    return holder
  }
}
