import DeployDSL

/// What stands before a run: one deploy at a time, none that is forbidden, none half done.
struct RunGate: Sendable {
  /// A run that may begin.
  struct Opened {
    /// The application's, and its site file's.
    var locks: [HeldLock]
    /// What takes the proxy's, for as long as others must leave that alone.
    var proxy: ProxyTurn
    var journal: JournalWriter
    var store: JournalStore
    /// What is known of the earlier run that is taken up.
    var earlier: JournalState?
  }

  let graph: StepGraph
  let options: RunOptions
  let clock: RunClock
  let folder: String

  /// Takes the lock and opens the journal.
  ///
  /// - Parameter note: told what is waited for.
  func open(note: @escaping @Sendable (String) -> Void) async throws(StepFailure) -> Opened {
    do {
      let state = try StateFolder.prepare(at: folder, application: graph.application.name)
      let run = RunID()
      let holder = LockHolder(
        application: graph.application.name, run: run.text, reason: options.reason)
      let mends = options.resume == .undo || options.isAllowedWhenFrozen
      var locks: [HeldLock] = []
      for lock in [state.lock, try siteLock()] {
        locks.append(
          try await lock.acquire(holder, waiting: lockWait, clock: clock, evenIfFrozen: mends) {
            note("waiting: \($0.failure.message)")
          })
      }
      let proxy = ProxyTurn(
        lock: try lock("proxy", of: graph.application.proxy), holder: holder, clock: clock)
      return try open(state.journal, locks, proxy, run)
    } catch let failure as StepFailure {
      throw failure
    } catch let refusal as DeployRefusal {
      throw failure(of: refusal)
    } catch {
      throw StepFailure(.cancelled, "interrupted while waiting for another deploy")
    }
  }

  /// What keeps plans of other names away that switch by the same site file: whoever comes second
  /// would stop what the first has made serve.
  private func siteLock() throws(StepFailure) -> DeployLock {
    let parts = graph.application.site.file.split(separator: "/").filter { $0 != "." }
    return try lock("site", of: parts.joined(separator: "/"))
  }

  private func lock(_ kind: String, of name: String) throws(StepFailure) -> DeployLock {
    let sum = CRC32.text(CRC32.of(Array(name.utf8)[...]))
    return try StateFolder.shared(at: folder, named: "\(kind)-\(sum)").lock
  }

  /// How long another deploy is waited for: not at all with a person's word on what serves, for
  /// that may be no longer true when it has ended.
  private var lockWait: Duration { options.active == nil ? options.lockWait : .zero }

  private func failure(of refusal: DeployRefusal) -> StepFailure {
    var failure = refusal.failure
    if case .held = refusal, let active = options.active, options.lockWait > .zero {
      failure.fix =
        "when it has ended, see what serves (`bgrun status PLAN`) before you say "
        + "`--active \(active)` again: a wait could make it untrue"
    }
    return failure
  }

  private func open(
    _ journal: JournalStore, _ locks: [HeldLock], _ proxy: ProxyTurn, _ run: RunID
  ) throws -> Opened {
    let earlier = try journal.unfinished()
    guard let resume = options.resume else {
      if let earlier { throw DeployRefusal.unfinished(earlier) }
      let header = JournalHeader(
        run: run, application: graph.application.name, plan: try PlanFingerprint.of(graph),
        reason: options.reason, bgrun: BgrunVersion.text, steps: graph.nodes.map(\.name))
      return Opened(
        locks: locks, proxy: proxy, journal: try journal.begin(header), store: journal, earlier: nil
      )
    }
    guard let earlier else {
      throw StepFailure(
        .nothingToResume, "no run of \(graph.application.name) is half done",
        fix: "run the plan: `bgrun PLAN`")
    }
    let state = try journal.open(earlier.run).state
    if resume == .goOn { try mayGoOn(state, earlier) }
    let writer = try journal.resume(earlier.run, undo: resume == .undo).writer
    return Opened(locks: locks, proxy: proxy, journal: writer, store: journal, earlier: state)
  }

  private func mayGoOn(_ state: JournalState, _ earlier: JournalSummary) throws(StepFailure) {
    let undo = "take it back with `bgrun resume PLAN --undo`"
    if state.isUndoing {
      throw StepFailure(
        .locked, "taking run \(earlier.run) back had begun, so it cannot go on",
        fix: undo)
    }
    if let header = state.header, try header.plan != PlanFingerprint.of(graph) {
      let bgrun = BgrunVersion.text
      let what =
        header.bgrun == bgrun
        ? "the plan has changed"
        : "bgrun (\(header.bgrun) then, \(bgrun) now) or the plan has changed"
      throw StepFailure(
        .locked, "\(what) since run \(earlier.run) began, so it cannot go on",
        fix: undo + ", then run the new plan")
    }
    if let lost = Resumption(state: state, graph: graph).lost.first {
      throw StepFailure(
        .locked,
        "\(lost.reader.name) reads \"\(lost.key)\", which \(lost.writer.name) had set in run "
          + "\(earlier.run) and which was not kept, so it cannot go on",
        fix: undo + ", or let that step say that it isRepeatable")
    }
  }
}

extension StepFailure.Code {
  /// There is no run that could be resumed.
  public static let nothingToResume = Self(rawValue: "nothing-to-resume")
}
