import DeployDSL

/// The turn of one deploy among several that share a proxy: nginx reads the site files of all of them
/// at once, so that a file which is being tested by one would be loaded, or blamed, by another.
package struct ProxyTurn: Sendable {
  /// Longer than any test or reload may take.
  private static let patience: Duration = .seconds(60)

  let lock: DeployLock
  let holder: LockHolder
  let clock: RunClock

  /// Does something while no other deploy of this project writes, tests or reloads.
  ///
  /// - Throws: what `body` throws, or a failure if it is another's turn for too long.
  func take<Value>(_ body: () async throws -> Value) async throws -> Value {
    let held: HeldLock
    do {
      held = try await lock.acquire(
        holder, waiting: Self.patience, clock: clock, evenIfFrozen: true)
    } catch let refusal as DeployRefusal {
      throw StepFailure(
        .interference,
        "another deploy has been busy with the proxy for "
          + "\(Self.patience.forPeople): \(refusal.failure.message)",
        fix: "see what it waits for, then run the plan again")
    }
    defer { held.release() }
    return try await body()
  }
}
