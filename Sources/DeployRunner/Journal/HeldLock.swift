package import DeployDSL
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A lock that this process holds until ``release()``, or its death.
package final class HeldLock: Sendable {
  private struct State: Sendable {
    /// `nil` once it was released.
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

  /// Says which step the deploy is at. Others read it; a disk that is full does not matter here.
  package func update(step: String) {
    state.withLock { state in
      state.holder.step = step
      if state.file != nil { publish(state.holder) }
    }
  }

  /// Makes sure that the lock still keeps others out: its folder has not been removed.
  package func check() throws(DeployError) {
    guard folder.isInPlace else { throw DeployLock.gone(folder.path) }
  }

  /// Lets others deploy.
  package func release() {
    state.withLock { state in
      guard let file = state.file else { return }
      // First the name, then the lock: the next holder's name must not be removed.
      try? folder.remove(DeployLock.holderFile)
      file.unlock()
      state.file = nil
    }
  }

  func publish() { state.withLock { publish($0.holder) } }

  /// Tells others. That it cannot be written, on a full disk for example, prevents nothing.
  private func publish(_ holder: LockHolder) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(holder) else { return }
    // Read by the living only, so it need not survive a power cut.
    do throws(DeployError) {
      try folder.write(DeployLock.holderFile, Array(bytes), durably: false)
    } catch {
      // Without its first name, the kernel's is shown; a later one may say an old step.
    }
  }
}
