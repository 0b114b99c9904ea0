import DeployDSL
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The lock that lets one run of an application at a time use its state folder.
///
/// The kernel holds it for the process: it is free the moment the process is dead, however it died.
/// What is locked is the application's folder itself, which needs no room on a disk. The file
/// inside only says who has it, and never decides.
package struct DeployLock: Sendable {
  static let holderFile = "lock.json"
  static let freezeFile = "freeze.json"
  /// How often a waiting deploy looks again.
  package static let pace: Duration = .milliseconds(500)
  /// How long a holder that has no name yet is given to write it: it has only just taken the lock,
  /// or is just letting go.
  static let naming: Duration = .seconds(1)
  static let namingPace: Duration = .milliseconds(20)

  let application: String
  let folder: PrivateFolder

  init(_ state: StateFolder) {
    application = state.application
    folder = state.folder
  }

  // MARK: Taking

  /// Takes the lock.
  ///
  /// - Parameter evenIfFrozen: For what repairs instead of deploying: rollback, resolve.
  /// - Throws: ``LockError`` if another process holds it or deploys are locked, ``DeployError`` if the
  ///   state folder cannot be used.
  package func acquire(_ holder: LockHolder, evenIfFrozen: Bool = false) throws -> HeldLock {
    if !evenIfFrozen, let freeze = try freeze { throw LockError.frozen(freeze) }
    // Another descriptor than the one that is kept open for what is done inside.
    let file = try folder.open(".", O_RDONLY | O_DIRECTORY)
    guard try file.lock() else {
      throw LockError.held(application: application, by: holderInfo())
    }
    guard folder.isInPlace else { throw Self.gone(folder.path) }
    let lock = HeldLock(file, folder: folder, holder: holder)
    lock.publish()
    return lock
  }

  /// Takes the lock as soon as it is free; a freeze is refused at once, for it may last days.
  ///
  /// - Parameters:
  ///   - wait: How long to wait at most.
  ///   - onWait: Told whenever what is waited for changes.
  package func acquire(
    _ holder: LockHolder, waiting wait: Duration, clock: RunClock, evenIfFrozen: Bool = false,
    onWait: @Sendable (LockError) -> Void = { _ in }
  ) async throws -> HeldLock {
    try await Self.waiting(wait, clock: clock, onWait: onWait) {
      try acquire(holder, evenIfFrozen: evenIfFrozen)
    }
  }

  /// Tries to take a lock until it is free.
  static func waiting<Held>(
    _ wait: Duration, clock: RunClock, onWait: (LockError) -> Void = { _ in },
    for acquire: () throws -> Held
  ) async throws -> Held {
    let deadline = clock.now() + wait
    var namelessSince: Duration?
    var said: LockError?
    while true {
      do {
        return try acquire()
      } catch let refusal as LockError {
        guard case .held(_, let other) = refusal else { throw refusal }
        namelessSince = other == nil ? namelessSince ?? clock.now() : nil
        if let nameless = namelessSince, clock.now() < nameless + naming {
          try await clock.sleep(until: clock.now() + namingPace)
          continue
        }
        guard clock.now() < deadline else { throw refusal }
        if refusal != said { onWait(refusal) }
        said = refusal
      }
      try await clock.sleep(until: min(clock.now() + pace, deadline))
    }
  }

  static func gone(_ path: String) -> DeployError {
    DeployError(
      .interference, "the state folder \(path) was removed or replaced during this run",
      fix: "run it again; where git tidies up the folder around it, let it keep this one: "
        + "`git clean -fdx -e \(StateFolder.name)`")
  }

  // MARK: Looking

  /// Who deploys right now, as far as that can be told without disturbing; `nil` without a deploy.
  package var holder: LockHolder? {
    get throws {
      guard let holder = holderInfo() else {
        return folder.file.lockOwner.map { LockHolder(of: application, process: $0) }
      }
      // On another machine, or without /proc: the lock itself must be asked.
      guard holder.host != ThisHost.name || holder.process.isAlive == nil else { return holder }
      let file = try folder.open(".", O_RDONLY | O_DIRECTORY)
      return flock(file.descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : holder
    }
  }

  /// What the holder said about itself; what a dead one left behind is ignored.
  private func holderInfo() -> LockHolder? {
    guard let holder = LockHolder(in: folder), !holder.isStale else { return nil }
    return holder
  }
}
