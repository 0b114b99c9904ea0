import DeployDSL
import Synchronization

/// The deadlines of groups: each starts with the first of its nodes.
final class ScopeDeadlines: Sendable {
  private let scopes: [Scope]
  private let deadlines = Mutex<[Int: Duration]>([:])

  init(_ scopes: [Scope]) { self.scopes = scopes }

  func deadline(of node: Node, startingAt now: Duration) -> Duration {
    deadline(of: node.scopes, startingAt: now)
  }

  /// The earliest deadline of some scopes.
  func deadline(of scopes: [Int], startingAt now: Duration) -> Duration {
    deadlines.withLock { deadlines in
      scopes.reduce(.seconds(Int64.max / 4)) { earliest, scope in
        guard let timeout = self.scopes[scope].timeout else { return earliest }
        let deadline = deadlines[scope] ?? now + timeout
        deadlines[scope] = deadline
        return min(earliest, deadline)
      }
    }
  }

  /// Resets the time of scopes whose steps are repeated.
  func forget(_ scopes: Set<Int>) {
    deadlines.withLock { deadlines in
      for scope in scopes { deadlines[scope] = nil }
    }
  }
}
