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
    /// Closing them releases the lock.
    var files: [OpenFile]
    var holder: LockHolder
  }

  private let state: Mutex<State>
  private let folder: PrivateFolder

  init(files: [OpenFile], folder: PrivateFolder, holder: LockHolder) {
    state = Mutex(State(files: files, holder: holder))
    self.folder = folder
  }

  deinit { release() }

  /// Says which step the deploy is at. Others read it; a disk that is full does not matter here.
  package func update(step: String) {
    state.withLock { state in
      state.holder.step = step
      if !state.files.isEmpty { try? publish(state.holder) }
    }
  }

  /// Makes sure that the lock still keeps others out: nobody has removed the folder it lies in.
  package func check() throws(StepFailure) {
    guard folder.isInPlace else { throw DeployLock.gone(folder.path) }
  }

  /// Lets others deploy.
  package func release() {
    state.withLock { state in
      guard !state.files.isEmpty else { return }
      // First the name, then the lock: the next holder's name must not be removed.
      try? folder.remove(DeployLock.holderFile)
      // Closing alone does not do: a child that is being started has the file open until its exec.
      for file in state.files { flock(file.descriptor, LOCK_UN) }
      state.files = []
    }
  }

  func publish() throws { try state.withLock { try publish($0.holder) } }

  private func publish(_ holder: LockHolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Read by the living only, so it need not survive a power cut.
    try folder.write(DeployLock.holderFile, Array(encoder.encode(holder)), durably: false)
  }
}
