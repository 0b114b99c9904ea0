/// Waits until something is so, with a bound: what never happens is to be a failure, not a hang.
///
/// - Parameters:
///   - what: what is waited for, for the failure.
///   - limit: far more than it takes on a slow machine.
///   - isSo: whether it is so now.
package func waitUntil(
  _ what: String, within limit: Duration = .seconds(60), _ isSo: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + limit
  while true {
    let start = ContinuousClock.now
    if try await isSo() { return }
    let now = ContinuousClock.now
    guard now < end else { throw NotInTime(what: what, limit: limit) }
    // A look that starts a program leaves the machine to the others for as long as it took.
    try await Task.sleep(for: max(.milliseconds(20), now - start))
  }
}

private struct NotInTime: Error, CustomStringConvertible {
  var what: String
  var limit: Duration
  var description: String { "not within \(limit): \(what)" }
}
