import BgrunSystem
package import DeployDSL
import Synchronization

/// A lock that this process holds until ``release()`` or its end.
package final class HeldLock: Sendable {
  private struct State: Sendable {
    /// `nil` once released.
    var file: OpenFile?
    var holder: LockHolder
  }

  private let state: Mutex<State>
  private let folder: PrivateFolder

  init(_ file: OpenFile, folder: PrivateFolder, holder: LockHolder) {
    state = Mutex(State(file: file, holder: holder))
    self.folder = folder
  }

  deinit { release() }

  /// Publishes the current step for other processes; a full disk does not matter here.
  package func update(step: String) {
    state.withLock { state in
      state.holder.step = step
      if state.file != nil { publish(state.holder) }
    }
  }

  /// Makes sure that the lock still excludes others: its folder has not been removed.
  package func check() throws(DeployError) {
    guard folder.isInPlace else { throw DeployLock.gone(folder.path) }
  }

  /// Releases the lock.
  package func release() {
    state.withLock { state in
      guard let file = state.file else { return }
      // The description first, then the lock: the next holder's must not be removed.
      try? folder.remove(DeployLock.holderFile)
      file.unlock()
      state.file = nil
    }
  }

  func publish() { state.withLock { publish($0.holder) } }

  /// Publishes the holder. Failing to, on a full disk for example, prevents nothing.
  private func publish(_ holder: LockHolder) {
    guard let bytes = try? holder.jsonBytes() else { return }
    // Only read while this process lives, so it need not survive a power cut.
    do throws(DeployError) {
      try folder.write(DeployLock.holderFile, bytes, durably: false)
    } catch {
      // Others then see the owner that the kernel reports, or an outdated step.
    }
  }
}
