import DeployDSL
import Synchronization

/// What a run keeps on disk: the lock that excludes other deploys, and the journal that tells a
/// later process what was started.
///
/// Without a state folder (embedded in a program, on a simulated host, in a dry run) nothing is
/// kept and every call does nothing. Files are read and written in order, on a separate thread.
final class RunStore: Sendable {
  struct Kept: Sendable {
    var lock: HeldLock
    /// The site file's lock, if the file is on this machine.
    var site: SiteLock?
    /// `nil` if the run continues despite a full disk.
    var journal: JournalWriter?
    var turn: ProxyLock
    /// Lets other managers of a Swarm deploy; `nil` outside of one.
    var release: (@Sendable () async -> Void)?
  }

  private let kept = Mutex<Kept?>(nil)
  private let store = Mutex<JournalStore?>(nil)
  private let clock: RunClock
  private let secrets: Secrets
  private let queue = BlockingQueue()

  init(clock: RunClock, secrets: Secrets) {
    self.clock = clock
    self.secrets = secrets
  }

  func keep(_ kept: Kept) { self.kept.withLock { $0 = kept } }

  /// The run's ID; `nil` if nothing is kept.
  var run: String? { kept.withLock { $0?.journal?.run.text } }

  /// Sets the journals of earlier runs.
  func remember(_ store: JournalStore) { self.store.withLock { $0 = store } }

  /// Whether a bgrun run was changing things at this time and ended with this colour active.
  func hasChanged(at time: Timestamp, leaving color: Color) async -> Bool {
    guard let store = store.withLock({ $0 }) else { return false }
    let runs = await queue.run { (try? store.history()) ?? [] }
    return runs.contains { $0.hasChanged(at: time, leaving: color) }
  }

  /// The run that created a container without making it active; `nil` if no journal says so.
  ///
  /// - Throws: ``DeployError`` if a journal cannot be read.
  func failedMaker(
    of container: Container, _ service: ServiceID, in color: Color
  ) async throws(DeployError) -> RunID? {
    guard let store = store.withLock({ $0 }) else { return nil }
    return try await queue.run {
      Result { () throws(DeployError) in
        try Self.failedMaker(of: container, service, in: color, by: store)
      }
    }.get()
  }

  private static func failedMaker(
    of container: Container, _ service: ServiceID, in color: Color, by store: JournalStore
  ) throws(DeployError) -> RunID? {
    for run in try store.runs() {
      let state = try store.open(run).state
      guard state.resolution == nil, state.end?.serving != color else { return nil }
      for declared in state.declared {
        guard case .stopStarted(service, let before) = declared.undo else { continue }
        if before?[container] == nil { return run }
        break
      }
    }
    return nil
  }

  /// When a container that this run or a recent one asked to stop will be killed; `nil` if there
  /// was no request, or it is long past: a container that still runs then was not stopped.
  func end(of container: Container) async -> Timestamp? {
    guard let store = store.withLock({ $0 }) else { return nil }
    let ends = await queue.run {
      ((try? store.runs()) ?? []).prefix(JournalStore.recent).compactMap { run in
        try? store.open(run).state.stopping.first { container.isSameLife(as: $0.key) }?.value
      }
    }
    guard let last = ends.max(), last.seconds + Self.margin > Timestamp.now.seconds else {
      return nil
    }
    return last
  }

  /// How many seconds late the engine may kill a container: it may be busy, and clocks change.
  private static let margin = 60

  /// What recent runs have kept running for requests from before their switch.
  func kept() async -> [JournalState.Kept] {
    guard let store = store.withLock({ $0 }) else { return [] }
    return await queue.run { (try? store.kept()) ?? [] }
  }

  /// What each run that left a version live wrote into a file for Compose, newest first.
  func changes(in file: String) async -> [(run: RunID, changes: [TextChange])] {
    guard let store = store.withLock({ $0 }) else { return [] }
    return await queue.run {
      ((try? store.runs()) ?? []).compactMap { run in
        guard let state = try? store.open(run).state,
          [.succeeded, .cleanupIncomplete].contains(state.end?.outcome)
        else { return nil }
        return (run, state.toUndo.reversed().compactMap { $0.undo.text(in: file) })
      }
    }
  }

  /// Runs `body` while no other deploy uses the proxy.
  ///
  /// - Parameter folders: The folders of the proxy, of which the first that can be read is locked.
  func alone<Value>(
    withProxyOf folders: [String], _ body: () async throws -> Value
  ) async throws -> Value {
    guard let turn = kept.withLock({ $0?.turn }) else { return try await body() }
    return try await turn.take(in: folders, body)
  }

  /// Records what is about to be done.
  ///
  /// - Parameters:
  ///   - isUndo: Whether it undoes something. Then neither an unwritable journal nor a removed
  ///     state folder prevents it: a missing undo is worse than a repeated one, and the site file's
  ///     lock still excludes others.
  ///   - isSwitched: Whether the new version is live: then the remaining steps run even without the
  ///     folder.
  /// - Returns: An error that does not prevent the operation.
  /// - Throws: ``DeployError`` if it must not be done: the record may not survive, or the lock is
  ///   lost.
  func announce(
    _ entry: JournalEntry, isUndo: Bool, isSwitched: Bool
  ) async throws(DeployError) -> DeployError? {
    guard let kept = kept.withLock({ $0 }) else { return nil }
    let (entry, time) = (secrets.redacted(entry), clock.now())
    return try await queue.run {
      Result { () throws(DeployError) -> DeployError? in
        guard !isUndo else {
          kept.journal?.record(entry, at: time)
          return nil
        }
        var lost: DeployError?
        do throws(DeployError) {
          try kept.lock.check()
        } catch {
          guard isSwitched else { throw error }
          lost = error
        }
        try kept.site?.check()
        try kept.journal?.append(entry, at: time)
        return lost
      }
    }.get()
  }

  /// Records what has been done, without waiting. A record that cannot be written is written before
  /// the next one, so that nothing new is announced without it.
  func record(_ entry: JournalEntry, mustSurvive: Bool = true) {
    guard let journal = kept.withLock({ $0?.journal }) else { return }
    let (entry, time) = (secrets.redacted(entry), clock.now())
    queue.start { journal.record(entry, at: time, mustSurvive: mustSurvive) }
  }

  /// Declares the undo of a change before the change is made; returns its ID.
  func declare(_ undo: JournalUndo, node: Int?) async throws(DeployError) -> Int {
    guard let journal = kept.withLock({ $0?.journal }) else { return 0 }
    let time = clock.now()
    return try await queue.run {
      Result { () throws(DeployError) in try journal.declare(undo, node: node, at: time) }
    }.get()
  }

  /// Publishes the current step for waiting deploys.
  func isAt(_ step: String) {
    guard let lock = kept.withLock({ $0?.lock }) else { return }
    queue.start { lock.update(step: step) }
  }

  /// Records the end of the run and releases its locks.
  ///
  /// An interrupted run stays so in the journal, for the next run to find.
  func close(_ report: RunReport, _ purpose: RunPurpose) async {
    let kept = kept.withLock { kept in
      defer { kept = nil }
      return kept
    }
    guard let kept else { return }
    let end = JournalEnd(report, purpose)
    let entry: JournalEntry = report.isInterrupted ? .runLeft(end) : .runFinished(end)
    let (redacted, time) = (secrets.redacted(entry), clock.now())
    await queue.run {
      kept.journal?.record(redacted, at: time)
      kept.journal?.close()
      kept.site?.release()
      kept.lock.release()
    }
    // Until an interrupted run is resolved, no other manager may deploy.
    if !report.isInterrupted { await kept.release?() }
  }
}
