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

/// The lock that lets one deploy of an application run at a time on a host.
///
/// The kernel holds it for the process: it is free the moment the process is dead, however it died.
/// The files beside it only say who that is, and never decide.
package struct DeployLock: Sendable {
  static let file = "lock"
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
  /// - Parameter evenIfFrozen: For what mends instead of deploys: taking back, settling.
  /// - Throws: ``DeployRefusal`` if somebody holds it or deploys are frozen, ``StepFailure`` if the
  ///   state folder cannot be used.
  package func acquire(_ holder: LockHolder, evenIfFrozen: Bool = false) throws -> HeldLock {
    if !evenIfFrozen, let freeze = try freeze { throw DeployRefusal.frozen(freeze) }
    guard let files = try lockFiles() else {
      throw DeployRefusal.held(application: application, by: try holderInfo())
    }
    let lock = HeldLock(files: files, folder: folder, holder: holder)
    try lock.publish()
    return lock
  }

  /// Takes the lock as soon as it is free; a freeze is refused at once, for it may last days.
  ///
  /// - Parameters:
  ///   - wait: How long to wait at most.
  ///   - onWait: Told whenever it is somebody or something else that is waited for.
  package func acquire(
    _ holder: LockHolder, waiting wait: Duration, clock: RunClock, evenIfFrozen: Bool = false,
    onWait: @Sendable (DeployRefusal) -> Void = { _ in }
  ) async throws -> HeldLock {
    let deadline = clock.now() + wait
    var namelessSince: Duration?
    var said: DeployRefusal?
    while true {
      do {
        return try acquire(holder, evenIfFrozen: evenIfFrozen)
      } catch let refusal as DeployRefusal {
        guard case .held(_, let other) = refusal else { throw refusal }
        namelessSince = other == nil ? namelessSince ?? clock.now() : nil
        if let nameless = namelessSince, clock.now() < nameless + Self.naming {
          try await clock.sleep(until: clock.now() + Self.namingPace)
          continue
        }
        guard clock.now() < deadline else { throw refusal }
        if refusal != said { onWait(refusal) }
        said = refusal
      }
      try await clock.sleep(until: min(clock.now() + Self.pace, deadline))
    }
  }

  /// The locked files, or `nil` if another process has them.
  ///
  /// Two are locked, the file and the folder around it: when somebody deletes the file while it is
  /// held, a new one under its name could be locked as well, but the folder cannot.
  private func lockFiles() throws -> [OpenFile]? {
    // A loop, because the file may be deleted between opening and locking.
    while true {
      let file = try folder.open(Self.file, O_RDWR | O_CREAT)
      guard try Self.lock(file) else { return nil }
      guard try isInPlace(file) else { continue }
      let around = try folder.open(".", O_RDONLY | O_DIRECTORY)
      guard try Self.lock(around) else { return nil }
      guard folder.isInPlace else { throw Self.gone(folder.path) }
      return [file, around]
    }
  }

  private static func lock(_ file: OpenFile) throws -> Bool {
    while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      default: throw StateTrouble.cannot("lock", file.path)
      }
    }
    return true
  }

  private func isInPlace(_ file: OpenFile) throws -> Bool {
    var there = stat()
    let here = try file.status()
    return fstatat(folder.file.descriptor, Self.file, &there, AT_SYMLINK_NOFOLLOW) == 0
      && there.st_ino == here.st_ino && there.st_dev == here.st_dev
  }

  static func gone(_ path: String) -> StepFailure {
    StepFailure(
      .interference, "the state folder \(path) was removed or replaced meanwhile",
      fix: "make sure that no other deploy is under way, then run it again")
  }

  // MARK: Looking

  /// Who deploys right now, as far as that can be told without disturbing; `nil` if nobody does.
  package var holder: LockHolder? {
    get throws {
      guard let holder = try holderInfo() else { return nil }
      // On another machine, or without /proc: the lock itself must be asked.
      guard holder.host != ThisHost.name || holder.process.isAlive == nil else { return holder }
      let file = try folder.open(Self.file, O_RDWR | O_CREAT)
      return flock(file.descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : holder
    }
  }

  /// What the holder said about itself; what a dead one left behind is ignored.
  private func holderInfo() throws -> LockHolder? {
    guard let bytes = try folder.read(Self.holderFile),
      let holder = try? JSONDecoder().decode(LockHolder.self, from: Data(bytes)),
      !holder.isStale
    else { return nil }
    return holder
  }
}
