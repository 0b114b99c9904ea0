import DeployDSL

/// What must hold before a run starts: no other deploy, no lock, no interrupted run.
struct Preflight: Sendable {
  /// A run that may start.
  struct Opened {
    var kept: RunStore.Kept
    var store: JournalStore
    /// What is known of the interrupted run, if this run resumes one.
    var earlier: JournalState?
  }

  let graph: StepGraph
  let options: RunOptions
  /// The ID of a new run.
  let run: RunID
  let clock: RunClock
  let folder: String
  let executor: any Executor
  /// The plan's parameters that may be recorded.
  var parameters: [String: String] = [:]
  /// Whether a text has no secret in it.
  var isPublic: @Sendable (String) -> Bool = { _ in true }

  /// Whether it rolls back: then neither locked deploys nor a full disk may prevent it.
  private var goesBack: Bool { options.resume == .undo || options.goesBack }

  /// Takes the lock and opens the journal.
  ///
  /// - Parameter note: Receives messages about what the run waits for.
  func open(note: @escaping @Sendable (String) -> Void) async throws(DeployError) -> Opened {
    do {
      let state = try await blocking {
        try StateFolder.prepare(
          at: folder, application: graph.application.name, needsRoom: !goesBack)
      }
      let holder = LockHolder(
        application: graph.application.name, run: run.text, reason: options.reason)
      let tell: @Sendable (LockError) -> Void = { note("waiting: \($0.failure.message)") }
      let lock = try await state.lock.acquire(
        holder, waiting: lockWait, clock: clock,
        evenIfFrozen: options.resume == .undo || options.isAllowedWhenFrozen, onWait: tell)
      let file = await siteFile()
      // Several applications may share a file that is rewritten in place: they take turns.
      let isShared = file != nil && options.active == nil ? await isRewritten() : false
      let wait = isShared ? max(lockWait, graph.timeout) : lockWait
      let site = try await DeployLock.waiting(wait, clock: clock, onWait: tell) {
        try file.flatMap { try SiteLock.acquire($0, in: state.root) }
      }
      try await blocking { try noneIsHalfSwitched() }
      let swarm = SwarmLock(of: graph.application, by: executor)
      let (journal, earlier) = try await open(state.journal, run, under: swarm, holder, note)
      if options.purpose == .deploy { try await blocking { record(in: state, run) } }
      var kept = RunStore.Kept(
        lock: lock, site: site, journal: journal,
        turn: ProxyLock(root: state.root, clock: clock))
      if let swarm { kept.release = { try? await swarm.release() } }
      return Opened(kept: kept, store: state.journal, earlier: earlier)
    } catch let failure as DeployError {
      throw failure
    } catch let lockError as LockError {
      throw failure(of: lockError)
    } catch {
      throw DeployError(.cancelled, "interrupted while waiting for another deploy")
    }
  }

  /// The site file's path, if the file exists.
  private func siteFile() async -> String? {
    guard options.locksSite, let found = await look(at: graph.application.site.file),
      case .file = found.content
    else { return nil }
    return found.path
  }

  /// Whether the site file has no sources.
  private func isRewritten() async -> Bool {
    let application = graph.application
    guard !application.site.isOwnSource else { return true }
    guard application.site.hasUsualSources else { return false }
    for color in Color.allCases {
      guard await look(at: application.source(color))?.content == .missing else { return false }
    }
    return true
  }

  private func look(at path: String) async -> FileSnapshot? {
    let look = HostOperation(.readFile(path: path), effect: .observe, timeout: .seconds(10))
    guard case .file(let found) = try? await executor.perform(look, output: { _ in })
    else { return nil }
    return found
  }

  /// Makes sure that a deploy's reload puts no other application's unfinished switch live. A rollback
  /// or a resume must not be prevented.
  private func noneIsHalfSwitched() throws(DeployError) {
    guard !goesBack, options.resume == nil, graph.nodes.contains(where: { $0.step is Reload })
    else { return }
    if let failure = StateFolder.halfSwitched(at: folder, besides: graph.application) {
      throw failure
    }
  }

  /// Fails a dry run if the real one could not start; takes no lock.
  func foresee(_ state: StateFolder) async throws(DeployError) {
    guard options.resume == nil else { return }
    do {
      try await blocking {
        if let freeze = try state.lock.freeze { throw LockError.frozen(freeze) }
        if let holder = try state.lock.holder {
          // The real run may wait for it.
          if lockWait > .zero { return }
          throw LockError.held(application: graph.application.name, by: holder)
        }
        if let run = try state.journal.interrupted() { throw LockError.interrupted(run) }
        try noneIsHalfSwitched()
      }
    } catch let lockError as LockError {
      throw failure(of: lockError)
    } catch let failure as DeployError {
      throw failure
    } catch {
      throw DeployError(.environment, "the state folder cannot be read: \(error)")
    }
  }

  /// How long to wait for another deploy: not at all with `--active`, which may be wrong once that
  /// deploy has ended.
  private var lockWait: Duration { options.active == nil ? options.lockWait : .zero }

  private func failure(of lockError: LockError) -> DeployError {
    var failure = lockError.failure
    if case .held = lockError, let active = options.active, options.lockWait > .zero {
      failure.fix =
        "when it has ended, check the active colour (`bgrun status PLAN`) before you use "
        + "`--active \(active)` again: it may change while waiting"
    }
    return failure
  }

  /// Records the plan for commands that cannot compile it.
  private func record(in state: StateFolder, _ run: RunID) {
    let recorded = RecordedPlan(
      run: run, time: .now, file: options.planFile,
      project: (executor as? DockerExecutor)?.project ?? (executor as? SwarmExecutor)?.project,
      plan: RollbackPlan(of: graph), parameters: parameters.isEmpty ? nil : parameters)
    if let bytes = recorded.bytes, isPublic(String(decoding: bytes, as: UTF8.self)) {
      state.record(recorded)
    }
  }

  /// Runs what reads or syncs many files on a separate thread, and waits for it.
  private func blocking<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await uncancelled { try await BlockingThread.run { _ in Result { try body() } } }
  }

  /// Opens the journal while no other manager of a Swarm deploys.
  private func open(
    _ journal: JournalStore, _ run: RunID, under swarm: SwarmLock?, _ holder: LockHolder,
    _ note: @escaping @Sendable (String) -> Void
  ) async throws -> (JournalWriter?, earlier: JournalState?) {
    let isInherited = try await swarm?.take(holder) ?? false
    do {
      return try await blocking { try open(journal, run, note) }
    } catch {
      // One that an interrupted run has left stays.
      if !isInherited { try? await swarm?.release() }
      throw error
    }
  }

  private func open(
    _ journal: JournalStore, _ run: RunID, _ note: (String) -> Void
  ) throws -> (JournalWriter?, earlier: JournalState?) {
    let earlier = try journal.unfinished()
    guard let resume = options.resume else {
      if let earlier {
        throw LockError.interrupted(JournalSummary(earlier.run, earlier.journal))
      }
      var header = JournalHeader(
        run: run, application: graph.application.name, plan: try PlanFingerprint.of(graph),
        reason: options.reason, bgrun: BgrunVersion.text, steps: graph.nodes.map(\.name),
        started: clock.date)
      header.nodes = graph.nodes.map { node in
        JournalHeader.Node(
          after: node.dependencies, kind: node.kind,
          place: "\(node.location.file):\(node.location.line)", isJoin: node.step.isMeetingPoint)
      }
      if !parameters.isEmpty { header.parameters = parameters }
      header.purpose = options.purpose
      return (try begin(header, in: journal, note), nil)
    }
    guard let earlier else {
      throw DeployError(
        .nothingToResume, "\(graph.application.name) has no interrupted run",
        fix: "run the plan: `bgrun PLAN`")
    }
    let state = earlier.journal.state
    if resume == .goOn { try mayGoOn(state, earlier.run) }
    let writer = try journal.resume(
      earlier.run, after: earlier.journal, undo: resume == .undo, now: clock.date)
    return (writer, state)
  }

  private func begin(
    _ header: JournalHeader, in journal: JournalStore, _ note: (String) -> Void
  ) throws(DeployError) -> JournalWriter? {
    do throws(DeployError) {
      return try journal.begin(header)
    } catch {
      guard goesBack else { throw error }
      note("this run has no journal, so it cannot be resumed: \(error.message)")
      return nil
    }
  }

  private func mayGoOn(_ state: JournalState, _ earlier: RunID) throws(DeployError) {
    let undo = "roll it back with `bgrun resume PLAN --undo`"
    if state.isUndoing {
      throw DeployError(
        .locked, "the rollback of run \(earlier) has begun, so it cannot be resumed",
        fix: undo)
    }
    let earlierValues = state.header?.parameters ?? [:]
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
      guard let began = earlierValues[name], began != value else { continue }
      throw DeployError(
        .locked,
        "run \(earlier) began with \(name)=\(began): \(name)=\(value) changes the plan, so "
          + "it cannot be resumed",
        fix: "leave out `--set \(name)`; or \(undo), then run the new plan")
    }
    if let header = state.header, try header.plan != PlanFingerprint.of(graph) {
      let bgrun = BgrunVersion.text
      let what =
        header.bgrun == bgrun
        ? "the plan has changed"
        : "bgrun (\(header.bgrun) then, \(bgrun) now) or the plan has changed"
      throw DeployError(
        .locked, "\(what) since run \(earlier) began, so it cannot be resumed",
        fix: undo + ", then run the new plan")
    }
    if let lost = ResumeState(state: state, graph: graph).lost.first {
      throw DeployError(
        .locked,
        "\(lost.reader.name) reads \"\(lost.key)\", which \(lost.writer.name) had set in run "
          + "\(earlier) and which was not kept, so it cannot be resumed",
        fix: undo + ", or make that step isRepeatable")
    }
  }
}
