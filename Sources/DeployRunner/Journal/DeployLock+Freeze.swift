import BgrunSystem

extension DeployLock {
  /// Locks deploys until ``unfreeze()``, across reboots. A deploy that is already running
  /// continues.
  ///
  /// - Throws: ``LockError/frozen(_:)`` if deploys are locked already.
  @discardableResult
  package func freeze(reason: String?, at time: Timestamp = .now) throws -> Freeze {
    if let freeze = try freeze { throw LockError.frozen(freeze) }
    let freeze = Freeze(
      application: application, user: ThisHost.user, host: ThisHost.name, since: time,
      reason: reason)
    try folder.write(Self.freezeFile, freeze.jsonBytes(isPretty: true))
    return freeze
  }

  /// Unlocks deploys; returns who had locked them.
  @discardableResult
  package func unfreeze() throws -> Freeze? {
    let freeze = try freeze
    try folder.remove(Self.freezeFile)
    return freeze
  }

  /// Who has locked deploys; `nil` if they are not locked.
  ///
  /// An unreadable file counts as a lock: that is the safe choice.
  package var freeze: Freeze? {
    get throws {
      guard let bytes = try folder.read(Self.freezeFile) else { return nil }
      if let freeze = try? JSONDecoder().decode(Freeze.self, from: Data(bytes)) { return freeze }
      return Freeze(
        application: application, user: "unknown", host: ThisHost.name,
        since: Timestamp(seconds: 0),
        reason: "\(folder.path)/\(Self.freezeFile) cannot be read")
    }
  }
}
