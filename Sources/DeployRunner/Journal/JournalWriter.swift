import BgrunSystem
package import DeployDSL
import CBgrun
import Synchronization

/// Writes the journal of a run. When ``append(_:at:)`` returns, the record survives a power cut,
/// unless it need not (``JournalEntry/mustSurvive``).
package final class JournalWriter: Sendable {
  private struct State: Sendable {
    var length: Int
    var number: Int
    var undos: Int
    /// Records of past events that could not be written yet.
    var owed: [(entry: JournalEntry, time: Duration)] = []
    /// Why nothing more can be written.
    var failure: DeployError?
  }

  /// Enough for a few hundred records and the site files of undos.
  private static let reserved = 128 * 1024

  package let run: RunID
  private let file: OpenFile
  /// The time from the start of the run to the start of this process's part.
  private let start: Duration
  private let state: Mutex<State>

  init(
    _ file: OpenFile, run: RunID, after journal: Journal? = nil, startingAt start: Duration = .zero
  ) {
    self.file = file
    self.run = run
    self.start = start
    state = Mutex(
      State(
        length: journal?.length ?? 0, number: journal?.records.count ?? 0,
        undos: journal?.state.declared.last?.id ?? 0))
  }

  /// Reserves disk space, so that a disk that fills up meanwhile does not end the journal.
  func reserve() throws(DeployError) {
    let length = state.withLock { $0.length }
    let errorCode = cbgrun_reserve(file.descriptor, off_t(length + Self.reserved))
    guard errorCode == 0 else { throw StateErrorClassifier.cannot("write", file.path, errorCode) }
  }

  /// Releases unused reserved space; nothing is written after this.
  package func close() {
    state.withLock { _ = ftruncate(file.descriptor, off_t($0.length)) }
  }

  /// Writes a record.
  ///
  /// - Parameter at: The time since this process started or resumed the run.
  /// - Throws: ``DeployError`` if the record may not survive; then the announced change must not be
  ///   made.
  package func append(_ entry: JournalEntry, at time: Duration) throws(DeployError) {
    try state.withLock { state throws(DeployError) in
      try append(entry, at: time, &state)
    }
  }

  /// Records what has already happened; if it cannot be written now, it is written before the next
  /// record.
  ///
  /// - Parameters:
  ///   - at: The time since this process started or resumed the run.
  ///   - mustSurvive: Whether the record must survive a power cut.
  package func record(_ entry: JournalEntry, at time: Duration, mustSurvive: Bool = true) {
    state.withLock { state in
      do throws(DeployError) {
        try append(entry, at: time, mustSurvive: mustSurvive, &state)
      } catch {
        state.owed.append((entry, time))
      }
    }
  }

  /// Declares the undo of a change before the change is made; returns its ID.
  package func declare(
    _ undo: JournalUndo, node: Int?, at time: Duration
  ) throws(DeployError) -> Int {
    try state.withLock { state throws(DeployError) in
      let id = state.undos + 1
      try append(.undoDeclared(id: id, node: node, undo: undo), at: time, &state)
      state.undos = id
      return id
    }
  }

  private func append(
    _ entry: JournalEntry, at time: Duration, mustSurvive: Bool = true, _ state: inout State
  ) throws(DeployError) {
    while let owed = state.owed.first {
      try write(owed.entry, at: owed.time, &state)
      state.owed.removeFirst()
    }
    try write(entry, at: time, mustSurvive: mustSurvive, &state)
  }

  private func write(
    _ entry: JournalEntry, at time: Duration, mustSurvive: Bool = true, _ state: inout State
  ) throws(DeployError) {
    if let failure = state.failure { throw failure }
    let milliseconds = Int(clamping: Int64(((start + time) / .milliseconds(1)).rounded()))
    let line: [UInt8]
    do {
      line = try JournalLine.encode(
        JournalRecord(number: state.number + 1, at: milliseconds, entry: entry))
    } catch {
      throw DeployError(.code, "a journal record cannot be encoded: \(error)")
    }
    do throws(DeployError) {
      try PrivateFolder.fill(file, with: line, at: state.length)
    } catch {
      // A partial line must not end up in the middle of the journal.
      if ftruncate(file.descriptor, off_t(state.length)) != 0 { state.failure = error }
      throw error
    }
    guard !mustSurvive || !entry.mustSurvive || syncData(file.descriptor) == 0 else {
      // After a failed sync it is unknown what the kernel dropped: do not retry.
      let failure = StateErrorClassifier.cannot("write", file.path)
      state.failure = failure
      throw failure
    }
    state.length += line.count
    state.number += 1
  }

  private func syncData(_ descriptor: Int32) -> Int32 {
    #if canImport(Glibc)
      fdatasync(descriptor)
    #else
      // fsync alone leaves the bytes in the drive's cache.
      fcntl(descriptor, F_FULLFSYNC) == 0 ? 0 : fsync(descriptor)
    #endif
  }
}
