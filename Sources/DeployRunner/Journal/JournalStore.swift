import BgrunSystem
package import DeployDSL

/// The journals of an application's runs.
package struct JournalStore: Sendable {
  static let folderName = "journal"
  private static let suffix = ".jsonl"
  /// The runs in the order in which they started: their names only reflect the clock.
  private static let orderFile = "order"
  /// The maximum number of runs kept.
  package static let kept = 50

  private let state: StateFolder

  init(_ state: StateFolder) { self.state = state }

  private static func file(_ run: RunID) -> String { run.text + suffix }

  private func folder() throws(DeployError) -> PrivateFolder? {
    try state.folder.existingFolder(Self.folderName)
  }

  /// The path of a run's journal.
  package func path(of run: RunID) -> String {
    "\(state.folder.path)/\(Self.folderName)/\(Self.file(run))"
  }

  // MARK: Reading

  /// All runs, newest first, even if the clock was set back between them.
  package func runs() throws(DeployError) -> [RunID] {
    guard let folder = try folder() else { return [] }
    let runs = try folder.names().compactMap { name in
      name.hasSuffix(Self.suffix) ? RunID(String(name.dropLast(Self.suffix.count))) : nil
    }
    let places = Dictionary(
      try order(in: folder).enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
    // Runs of an older bgrun are not in the list.
    return runs.sorted { (places[$0] ?? -1, $0) > (places[$1] ?? -1, $1) }
  }

  private func order(in folder: PrivateFolder) throws(DeployError) -> [RunID] {
    guard let bytes = try folder.read(Self.orderFile) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap {
      RunID(String($0))
    }
  }

  /// Reads a run's journal.
  package func open(_ run: RunID) throws(DeployError) -> Journal {
    guard let bytes = try folder()?.read(Self.file(run)) else {
      throw DeployError(
        .environment, "found no run \(run) of \(state.application)",
        fix: "list the runs: `bgrun history PLAN`")
    }
    return try Journal(bytes, path: path(of: run))
  }

  /// The run that a word names, or without one the newest; `nil` if there is none.
  ///
  /// - Throws: ``DeployError`` if it names several.
  package func run(named word: String?) throws(DeployError) -> RunID? {
    let runs = try runs()
    guard let word else { return runs.first }
    let found = runs.filter { $0.isNamed(word) }
    if found.count > 1 {
      throw DeployError(
        .plan, "\(word) names \(found.count) runs of \(state.application)",
        fix: "write more of the ID: " + found.prefix(5).map(\.text).joined(separator: ", "))
    }
    return found.first
  }

  /// A summary of each run, newest first; a damaged journal does not hide the others.
  package func history() throws(DeployError) -> [JournalSummary] {
    try runs().map(summary)
  }

  /// A summary of the run that started last.
  package func newest() throws(DeployError) -> JournalSummary? {
    try runs().first.map(summary)
  }

  private func summary(_ run: RunID) -> JournalSummary {
    do {
      // For a finished run the first and last records are enough, however many there are.
      if let bytes = try folder()?.read(Self.file(run)), let end = Self.end(of: bytes),
        let first = bytes.firstIndex(of: UInt8(ascii: "\n")),
        case .runStarted(let header)? = (try? JournalLine.decode(bytes[..<first]))?.entry
      {
        return JournalSummary(run, header, end)
      }
      return JournalSummary(run, try open(run))
    } catch {
      return JournalSummary(run, damage: error)
    }
  }

  /// How long a run of these steps takes: the median of the last runs that succeeded, with their
  /// number; `nil` without any.
  package func estimate(
    of purpose: RunPurpose, steps: [String]
  ) -> (duration: Duration, runs: Int)? {
    guard let runs = try? runs() else { return nil }
    let times = runs.prefix(Self.recent).lazy.map(summary).filter { run in
      run.end?.outcome == .succeeded && run.purpose == purpose && run.header?.steps == steps
    }.prefix(3).map(\.milliseconds).sorted()
    guard !times.isEmpty else { return nil }
    return (.milliseconds(times[times.count / 2]), times.count)
  }

  /// The interrupted, unresolved run, if any; hold the lock while calling this.
  ///
  /// - Throws: ``DeployError`` if the newest journal is damaged: then it is unknown whether that
  ///   run ended.
  package func interrupted() throws(DeployError) -> JournalSummary? {
    try unfinished().map { JournalSummary($0.run, $0.journal) }
  }

  /// The journal of the interrupted, unresolved run, if any; see ``interrupted()``.
  func unfinished() throws(DeployError) -> (run: RunID, journal: Journal)? {
    for run in try runs() {
      guard let bytes = try folder()?.read(Self.file(run)) else { continue }
      if Self.end(of: bytes) != nil { continue }
      let journal = try Journal(bytes, path: path(of: run))
      if journal.state.isInterrupted { return (run, journal) }
    }
    return nil
  }

  /// How many recent runs are read for what they left: more than fit in a grace period.
  static let recent = 10

  /// What recent runs have kept running; it may have ended since.
  package func kept() throws(DeployError) -> [JournalState.Kept] {
    var kept: [JournalState.Kept] = []
    for run in try runs().prefix(Self.recent) {
      // Few runs keep anything.
      guard let bytes = try folder()?.read(Self.file(run)), Self.mentionsKept(bytes) else {
        continue
      }
      // A damaged journal does not hide the others.
      kept += (try? Journal(bytes, path: path(of: run)).state.kept) ?? []
    }
    return kept
  }

  /// Whether a record may be about something kept.
  private static func mentionsKept(_ bytes: [UInt8]) -> Bool {
    let (first, rest) = (UInt8(ascii: "k"), Array("ept\"".utf8))
    return bytes.withUnsafeBufferPointer { bytes in
      bytes.indices.contains { bytes[$0] == first && bytes[($0 + 1)...].starts(with: rest) }
    }
  }

  /// The last record if it ends the run, without reading the whole journal.
  private static func end(of bytes: [UInt8]) -> JournalRecord? {
    let end = UInt8(ascii: "\n")
    guard bytes.last == end else { return nil }
    let lines = bytes.dropLast()
    let start = lines.lastIndex(of: end).map { $0 + 1 } ?? lines.startIndex
    guard let record = try? JournalLine.decode(lines[start...]) else { return nil }
    switch record.entry {
    case .runFinished, .resolved: return record
    default: return nil
    }
  }

  // MARK: Writing

  /// Starts a journal, and removes the oldest ones above the limit. Hold the lock.
  package func begin(_ header: JournalHeader) throws(DeployError) -> JournalWriter {
    let folder = try state.folder.folder(Self.folderName)
    // Before the run is recorded: a failure to remove must not leave an interrupted run. And before
    // its file exists: if the clock was set back, that would be the oldest.
    try prune(keeping: Self.kept - 1)
    let known = try runs().reversed() + [header.run]
    try folder.write(
      Self.orderFile, Array(known.map { "\($0)\n" }.joined().utf8), durably: false)
    let file = try folder.open(Self.file(header.run), O_WRONLY | O_CREAT | O_EXCL)
    try folder.file.sync()
    let writer = JournalWriter(file, run: header.run)
    try writer.reserve()
    try writer.append(.runStarted(header), at: .zero)
    return writer
  }

  /// Continues the journal of an interrupted run; an incomplete last line is cut off. Hold the
  /// lock.
  func resume(
    _ run: RunID, after journal: Journal, undo: Bool, now: Timestamp = .now
  ) throws(DeployError) -> JournalWriter {
    let writer = try writer(run, after: journal, startingAt: journal.age(now: now))
    let beginning = JournalEntry.runResumed(
      by: ThisHost.user, on: ThisHost.name, process: .current, time: .now, undo: undo)
    do throws(DeployError) {
      try writer.reserve()
      try writer.append(beginning, at: .zero)
    } catch {
      guard undo else { throw error }
      // A full disk must not prevent a rollback.
      writer.record(beginning, at: .zero)
    }
    return writer
  }

  /// Marks an interrupted run as resolved, so that others may deploy. Hold the lock.
  ///
  /// - Parameter how: What was done about it, for the history.
  package func resolve(_ run: RunID, how: String) throws(DeployError) {
    let journal = try open(run)
    try writer(run, after: journal, startingAt: journal.lasted).append(
      .resolved(by: ThisHost.user, time: .now, how: how), at: .zero)
  }

  private func writer(
    _ run: RunID, after journal: Journal, startingAt start: Duration
  ) throws(DeployError) -> JournalWriter {
    let folder = try state.folder.folder(Self.folderName)
    let file = try folder.open(Self.file(run), O_WRONLY)
    // Truncating to the same length would release the space that the run had reserved.
    if try file.status().st_size != off_t(journal.length) {
      guard ftruncate(file.descriptor, off_t(journal.length)) == 0 else {
        throw StateErrorClassifier.cannot("write", file.path)
      }
    }
    return JournalWriter(file, run: run, after: journal, startingAt: start)
  }

  /// Removes the oldest journals, except those of interrupted runs.
  package func prune(keeping count: Int = kept) throws(DeployError) {
    guard let folder = try folder() else { return }
    for run in try runs().dropFirst(count) {
      guard let bytes = try folder.read(Self.file(run)) else { continue }
      let journal = try? Journal(bytes, path: path(of: run))
      guard Self.end(of: bytes) != nil || journal?.state.isInterrupted == false else { continue }
      try folder.remove(Self.file(run))
    }
  }
}
