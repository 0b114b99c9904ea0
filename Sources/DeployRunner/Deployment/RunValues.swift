import DeployDSL
import Synchronization

/// The values that steps set for later ones; they end with the run.
final class RunValues: Sendable {
  private let values = Mutex<[Keys.ID: any Sendable]>([:])

  subscript(key: Keys.ID) -> (any Sendable)? {
    get { values.withLock { $0[key] } }
    set { values.withLock { $0[key] = newValue } }
  }
}
