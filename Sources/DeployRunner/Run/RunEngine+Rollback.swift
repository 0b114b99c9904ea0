import DeployDSL

/// What happens after a failure.
extension RunEngine {
  /// What can no longer be undone, because the plan has changed since.
  private func lost(of resumeState: ResumeState) -> [UndoReport] {
    resumeState.lostUndos(in: graph).map { undo in
      let failure = DeployError(
        .plan, "\(undo.summary) is no longer in the plan",
        fix:
          "roll it back with the plan of that run, or fix it manually and run `bgrun resolve PLAN`")
      emit(.undoStarted(undo.summary))
      emit(.undoFinished(undo.summary, failure: failure))
      return UndoReport(what: undo.summary, failure: failure)
    }
  }

  /// Rolls back what an interrupted run had done.
  func rollBack(_ resumeState: ResumeState?) async -> RunReport {
    var failure: DeployError?
    var undone: [UndoReport] = []
    if let resumeState, resumeState.state.hasChanged {
      do {
        var looking = context(for: nil, resumeState)
        looking.deadline = clock.now() + Rollback.timeout
        try await Rollback.patiently("the rollback", in: looking, mayPass: { _ in false }) {
          try await DetectActive().detect(in: looking)
        }
        undone = await undoAll(resumeState) + lost(of: resumeState)
        failure = await inspectAtEnd(resumeState)
      } catch _ where resumeState.state.toUndo.isEmpty {
        // Everything had been undone already: only the active colour is unknown.
      } catch let error as DeployError {
        failure = error
      } catch {
        failure = DeployError(.cancelled, "the rollback was interrupted")
      }
    }
    var report = makeReport(
      OutcomeRules(state: state.current, failure: failure, isUndo: true, undone: undone))
    report.receipt = await prober.end(state.current.proxy, docker)
    await runStore.close(report, options.purpose)
    return report
  }

  func undoAll(_ resumeState: ResumeState?) async -> [UndoReport] {
    let gates = graph.nodes.compactMap { $0.step as? Health }.filter { $0.role == .target }
    return await uncancelled {
      await Rollback(base: context(for: nil, resumeState), gates: gates).run()
    }
  }

  /// Verifies what the run is about to report about the active colour; returns what has changed.
  func inspectAtEnd(_ resumeState: ResumeState?) async -> DeployError? {
    guard !options.isDryRun else { return nil }
    var context = context(for: nil, resumeState)
    context.deadline = clock.now() + .seconds(60)
    context.commandTimeout = .seconds(5)
    return await uncancelled { [context] in await FinalInspection(context: context).take() }
  }

  /// Warns if an ordinary `docker compose up -d` would replace the new version: the Compose file
  /// does not know the values that the plan passed.
  func warnOfNextUp() async {
    guard state.current.phase == .proved, let serving = state.current.serving,
      !docker.variables.isEmpty
    else { return }
    var context = context(for: nil, nil)
    context.deadline = clock.now() + .seconds(10)
    let inspector = ComposeInspector(context: context)
    var containers: [Container] = []
    for service in graph.application.serviceIDs(serving) {
      if let container = try? await inspector.container(of: service) {
        containers.append(container)
      }
    }
    let changes = await inspector.nextUp(serving: serving, containers)
      .filter { $0.change == .recreate }
    guard !changes.isEmpty else { return }
    context.warn(changes.warning(of: graph))
  }

  /// Runs the plan's failure steps. A failure in them is only a warning.
  func tellFailure(_ report: RunReport) async {
    guard !graph.onFailure.isEmpty, !options.isDryRun, let failure = report.failure else { return }
    var context = context(for: nil, nil)
    context.deadline = clock.now() + Rollback.timeout
    context.ending = Ending(
      outcome: report.outcome, failure: "\(failure)",
      serving: report.serving.map { "\(graph.application.serviceID($0))" })
    let beside = HookRunner(steps: graph.onFailure, context: context)
    do {
      // A run that is cancelled now still notifies.
      try await uncancelled { try await beside.run() }
    } catch {
      context.warn("a step of onFailure failed: \(error)")
    }
  }
}
