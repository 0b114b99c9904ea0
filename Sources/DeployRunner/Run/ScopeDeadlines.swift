import DeployDSL

/// The deadlines of groups: each starts with the first of its nodes.
struct ScopeDeadlines {
  private let scopes: [Scope]
  private var deadlines: [Int: Duration] = [:]

  init(_ scopes: [Scope]) { self.scopes = scopes }

  /// The earliest deadline of some scopes.
  mutating func deadline(of scopes: [Int], startingAt now: Duration) -> Duration {
    var earliest = Duration.seconds(Int64.max / 4)
    for scope in scopes {
      guard let timeout = self.scopes[scope].timeout else { continue }
      let deadline = deadlines[scope] ?? now + timeout
      deadlines[scope] = deadline
      earliest = min(earliest, deadline)
    }
    return earliest
  }

  /// Resets the time of scopes whose steps are repeated.
  mutating func forget(_ scopes: Set<Int>) {
    for scope in scopes { deadlines[scope] = nil }
  }
}
