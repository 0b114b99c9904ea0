import DeployDSL
import Synchronization

/// The deadlines of groups: each begins with the first of its nodes.
final class ScopeDeadlines: Sendable {
  private let scopes: [Scope]
  private let deadlines = Mutex<[Int: Duration]>([:])

  init(_ scopes: [Scope]) { self.scopes = scopes }

  func deadline(of node: Node, startingAt now: Duration) -> Duration {
    deadlines.withLock { deadlines in
      node.scopes.reduce(.seconds(Int64.max / 4)) { earliest, scope in
        guard let timeout = scopes[scope].timeout else { return earliest }
        let deadline = deadlines[scope] ?? now + timeout
        deadlines[scope] = deadline
        return min(earliest, deadline)
      }
    }
  }
}
