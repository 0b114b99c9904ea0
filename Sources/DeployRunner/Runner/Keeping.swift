import DeployDSL
import Synchronization

/// What a run keeps beyond its own life: the lock that keeps others out, and the journal from which
/// a later process can tell what was begun.
///
/// Without a state folder (embedded in a program, on a simulated host, in a dry run) nothing is kept
/// and every call does nothing.
final class Keeping: Sendable {
  private struct Kept: Sendable {
    var locks: [HeldLock]
    var journal: JournalWriter
    var proxy: ProxyTurn
  }

  private let kept = Mutex<Kept?>(nil)
  private let store = Mutex<JournalStore?>(nil)
  private let clock: RunClock

  init(clock: RunClock) { self.clock = clock }

  func keep(_ locks: [HeldLock], _ journal: JournalWriter, _ proxy: ProxyTurn) {
    kept.withLock { $0 = Kept(locks: locks, journal: journal, proxy: proxy) }
  }

  /// Where the earlier runs are.
  func remember(_ store: JournalStore) { self.store.withLock { $0 = store } }

  /// Whether one of bgrun's own runs changed something at a time and ended with a colour serving.
  func hasChanged(at time: WallTime, leaving color: Color) -> Bool {
    guard let runs = try? store.withLock({ $0 })?.history() else { return false }
    return runs.contains { $0.hasChanged(at: time, leaving: color) }
  }

  /// The run that made a container and did not end with it serving; `nil` if there is none that says
  /// so.
  func failedMaker(of container: Container, in color: Color) -> RunID? {
    guard let store = store.withLock({ $0 }), let runs = try? store.runs() else { return nil }
    for run in runs {
      guard let state = try? store.open(run).state, state.resolution == nil,
        state.end?.serving != color
      else { return nil }
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
  func end(of container: Container) -> WallTime? {
    guard let store = store.withLock({ $0 }), let runs = try? store.runs() else { return nil }
    let ends = runs.prefix(Self.remembered).compactMap { run in
      try? store.open(run).state.stopping.first { container.isSameLife(as: $0.key) }?.value
    }
    guard let last = ends.max(), last.seconds + Self.margin > WallTime.now.seconds else {
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
  func alone<Value>(_ body: () async throws -> Value) async throws -> Value {
    guard let proxy = kept.withLock({ $0?.proxy }) else { return try await body() }
    return try await proxy.take(body)
  }

  /// Records what is about to be done.
  ///
  /// - Parameter takesBack: whether it takes something back. A journal that cannot be written does
  ///   not keep that from being done: what is left standing is worse than what is done twice.
  /// - Throws: a failure if it must not be done: the record may not survive, or the lock is lost.
  func announce(_ entry: JournalEntry, takesBack: Bool) throws(StepFailure) {
    guard let kept = kept.withLock({ $0 }) else { return }
    for lock in kept.locks { try lock.check() }
    if takesBack { return kept.journal.record(entry, at: clock.now()) }
    try kept.journal.append(entry, at: clock.now())
  }

  /// Records what has been done. What cannot be written now goes before the next record, so that
  /// nothing new is announced without it.
  func record(_ entry: JournalEntry, mustSurvive: Bool = true) {
    kept.withLock({ $0?.journal })?.record(entry, at: clock.now(), mustSurvive: mustSurvive)
  }

  /// Records what takes a change back, before the change is made; returns its number.
  func declare(_ undo: JournalUndo, node: Int?) throws(StepFailure) -> Int {
    guard let journal = kept.withLock({ $0?.journal }) else { return 0 }
    return try journal.declare(undo, node: node, at: clock.now())
  }

  /// Tells those who wait which step the run is at.
  func isAt(_ step: String) {
    for lock in kept.withLock({ $0?.locks }) ?? [] { lock.update(step: step) }
  }

  /// Ends the record and lets others deploy.
  ///
  /// What is half done stays in the journal as such, so that the next run finds it.
  func close(_ report: RunReport) {
    let kept = kept.withLock { kept in
      defer { kept = nil }
      return kept
    }
    guard let kept else { return }
    let end = JournalEnd(report)
    kept.journal.record(report.isUnfinished ? .runLeft(end) : .runFinished(end), at: clock.now())
    kept.journal.close()
    for lock in kept.locks.reversed() { lock.release() }
  }
}
