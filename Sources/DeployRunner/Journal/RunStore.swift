import DeployDSL
import Synchronization

/// What a run keeps beyond its own life: the lock that keeps others out, and the journal from which
/// a later process can tell what was begun.
///
/// Without a state folder (embedded in a program, on a simulated host, in a dry run) nothing is kept
/// and every call does nothing. Files are read and written in order, on a thread of their own.
final class RunStore: Sendable {
  struct Kept: Sendable {
    var lock: HeldLock
    /// The site file's, where there is one on this machine.
    var site: SiteLock?
    /// `nil` where a full disk does not prevent the run.
    var journal: JournalWriter?
    var turn: ProxyLock
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

  /// The run's name; `nil` where nothing is kept.
  var run: String? { kept.withLock { $0?.journal?.run.text } }

  /// Where the earlier runs are.
  func remember(_ store: JournalStore) { self.store.withLock { $0 = store } }

  /// Whether one of bgrun's own runs changed something at a time and ended with a colour serving.
  func hasChanged(at time: Timestamp, leaving color: Color) async -> Bool {
    guard let store = store.withLock({ $0 }) else { return false }
    let runs = await queue.run { (try? store.history()) ?? [] }
    return runs.contains { $0.hasChanged(at: time, leaving: color) }
  }

  /// The run that made a container and did not end with it serving; `nil` if there is none that says
  /// so.
  ///
  /// - Throws: a failure if a journal cannot be read.
  func failedMaker(
    of container: Container, in color: Color
  ) async throws(DeployError) -> RunID? {
    guard let store = store.withLock({ $0 }) else { return nil }
    return try await queue.run {
      Result { () throws(DeployError) in
        try Self.failedMaker(of: container, in: color, by: store)
      }
    }.get()
  }

  private static func failedMaker(
    of container: Container, in color: Color, by store: JournalStore
  ) throws(DeployError) -> RunID? {
    for run in try store.runs() {
      let state = try store.open(run).state
      guard state.resolution == nil, state.end?.serving != color else { return nil }
      for declared in state.declared {
        guard case .stopStarted(container.service, let before) = declared.undo else { continue }
        if before?.id != container.id { return run }
        break
      }
    }
    return nil
  }

  /// When a container will be killed that this run or one of the last ones has asked to end; `nil`
  /// if none has, or that has long been over: what still runs then was not ended.
  func end(of container: Container) async -> Timestamp? {
    guard let store = store.withLock({ $0 }) else { return nil }
    let ends = await queue.run {
      ((try? store.runs()) ?? []).prefix(Self.remembered).compactMap { run in
        try? store.open(run).state.stopping.first { container.isSameLife(as: $0.key) }?.value
      }
    }
    guard let last = ends.max(), last.seconds + Self.margin > Timestamp.now.seconds else {
      return nil
    }
    return last
  }

  /// How many of the last runs are asked what they have stopped: more than there can be in a grace.
  private static let remembered = 10
  /// How many seconds later than it said the engine may kill a container: it may be busy, and clocks
  /// are set.
  private static let margin = 60

  /// Does something to the proxy while no other deploy does.
  ///
  /// - Parameter project: the folder of the proxy's project.
  func alone<Value>(
    withProxyOf project: String?, _ body: () async throws -> Value
  ) async throws -> Value {
    guard let turn = kept.withLock({ $0?.turn }) else { return try await body() }
    return try await turn.take(in: project, body)
  }

  /// Records what is about to be done.
  ///
  /// - Parameters:
  ///   - isUndo: whether it undoes something. Neither a journal that cannot be written nor a state
  ///     folder that was removed prevents that: what is not undone is worse than what is undone twice,
  ///     and the site file's lock keeps others out.
  ///   - isSwitched: whether the new version serves: what is left to do is done without the folder, too.
  /// - Returns: what is lost, but keeps it from nothing.
  /// - Throws: a failure if it must not be done: the record may not survive, or the lock is lost.
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

  /// Records what has been done, without waiting. What cannot be written goes before the next record,
  /// so that nothing new is announced without it.
  func record(_ entry: JournalEntry, mustSurvive: Bool = true) {
    guard let journal = kept.withLock({ $0?.journal }) else { return }
    let (entry, time) = (secrets.redacted(entry), clock.now())
    queue.start { journal.record(entry, at: time, mustSurvive: mustSurvive) }
  }

  /// Records the undo of a change, before the change is made; returns its number.
  func declare(_ undo: JournalUndo, node: Int?) async throws(DeployError) -> Int {
    guard let journal = kept.withLock({ $0?.journal }) else { return 0 }
    let time = clock.now()
    return try await queue.run {
      Result { () throws(DeployError) in try journal.declare(undo, node: node, at: time) }
    }.get()
  }

  /// Tells those who wait which step the run is at.
  func isAt(_ step: String) {
    guard let lock = kept.withLock({ $0?.lock }) else { return }
    queue.start { lock.update(step: step) }
  }

  /// Ends the record and lets others deploy.
  ///
  /// An interrupted run stays in the journal as such, so that the next run finds it.
  func close(_ report: RunReport) async {
    let kept = kept.withLock { kept in
      defer { kept = nil }
      return kept
    }
    guard let kept else { return }
    let end = JournalEnd(report)
    let entry: JournalEntry = report.isInterrupted ? .runLeft(end) : .runFinished(end)
    let (redacted, time) = (secrets.redacted(entry), clock.now())
    await queue.run {
      kept.journal?.record(redacted, at: time)
      kept.journal?.close()
      kept.site?.release()
      kept.lock.release()
    }
  }
}
