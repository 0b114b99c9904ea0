import DeployDSL

/// Takes back what a run did, last first, each with its own time.
struct Undoing: Sendable {
  /// How long taking back one thing may take.
  static let timeout: Duration = .seconds(120)
  /// How long the engine may take to carry out what a client that was cut off had asked for.
  private static let settling: Duration = .seconds(3)

  let base: ActionContext

  /// Takes everything back that was declared.
  ///
  /// If the proxy cannot be brought back, what it may serve is left running, and the rest with it.
  func run() async -> [UndoReport] {
    var reports: [UndoReport] = []
    for entry in base.undo.inReverse {
      let undo = entry.undo
      var context = base
      context.deadline = base.clock.now() + Self.timeout
      guard await isNeeded(undo, in: context) else {
        base.keeping.record(.undoFinished(id: entry.id, failure: nil))
        continue
      }
      base.keeping.record(.undoStarted(id: entry.id))
      base.emit(.undoStarted(undo.summary))
      var failure: StepFailure?
      do {
        try await perform(undo, in: context)
      } catch let error as StepFailure {
        failure = error
      } catch {
        failure = StepFailure(.code, "\(undo.summary) failed: \(error)")
      }
      base.keeping.record(
        .undoFinished(id: entry.id, failure: failure.map { base.secrets.redact("\($0)") }))
      base.emit(.undoFinished(undo.summary, failure: failure))
      reports.append(UndoReport(what: undo.summary, failure: failure))
      if failure != nil, case .restoreSite = undo { break }
    }
    return reports
  }

  /// Whether there is anything left to take back.
  private func isNeeded(_ undo: Undo, in context: ActionContext) async -> Bool {
    switch undo {
    case .restoreSite:
      // What nginx refused was put back at once.
      return ![.untouched, .restored].contains(base.ledger.current.phase)
    case .stopStarted(let service, let before?) where before.wasRunning:
      // What ran before and still does is left alone.
      let now = try? await ComposeSurvey(context: context).container(of: service)
      return now.map { !$0.isSameLife(as: before) } ?? true
    default: return true
    }
  }

  private func perform(_ undo: Undo, in context: ActionContext) async throws {
    switch undo {
    case .stopStarted(let service, _):
      try await stop(service, in: context)
    case .restoreSite(let color, let bytes, _):
      try await restore(color, bytes, in: context)
    case .code(_, let step):
      try await CodeAction.bounded(by: context) {
        try await step.undo(in: StepContext(host: CodeHost(context: context)))
      }
    case .steps(let node):
      try await StepsBeside(steps: node.undo ?? [], context: context).run()
    }
  }

  /// Stops what the run started.
  private func stop(_ service: String, in context: ActionContext) async throws {
    guard let now = try await settled(service, in: context) else { return }
    try await isNotServed(service, in: context)
    switch now.status {
    case "created":
      try await context.change(context.docker.remove(now.name), doing: "remove \(now.name)")
    case "exited", "dead": break
    default:
      try await context.change(
        context.docker.stop(now.name, grace: .seconds(10)), doing: "stop \(service)")
    }
  }

  /// Makes sure that nobody else has switched to what is about to be stopped.
  private func isNotServed(_ service: String, in context: ActionContext) async throws {
    guard context.ledger.current.proxy != nil,
      let color = try await Switch(context: context).siteColor(ifChanged: true),
      context.application.services(color).contains(service)
    else { return }
    context.ledger.update { $0.isDisturbed = true }
    throw StepFailure(
      .interference,
      "\(service) is not stopped: somebody else has made "
        + "\(context.application.site.file) be for \(color) meanwhile",
      fix: "see what serves (`bgrun status PLAN`); once it is as it should be, say so "
        + "(`bgrun settle PLAN`)")
  }

  /// The service's container, once the engine has carried out what a client that was cut off had
  /// asked for: it goes on after the client's death.
  private func settled(_ service: String, in context: ActionContext) async throws -> Container? {
    let survey = ComposeSurvey(context: context)
    let container = try await survey.container(of: service)
    guard context.ledger.current.starting.contains(service) else { return container }
    let until = context.clock.now() + Self.settling
    var last = container
    while context.clock.now() < until, last?.isRunning != true {
      try await context.sleep(.milliseconds(250))
      last = try await survey.container(of: service)
    }
    return last
  }

  /// Puts the old bytes back and, if the new ones were loaded, makes nginx load the old ones.
  private func restore(_ color: Color, _ bytes: [UInt8], in context: ActionContext) async throws {
    let site = Switch(context: context)
    let phase = context.ledger.current.phase
    switch phase {
    case .untouched, .restored: return
    case .written, .refused:
      // A file that still has its old bytes keeps its old date, by which later runs judge it.
      if try await context.read(context.application.site.file).content != .file(bytes) {
        try await site.write(bytes, from: "its old content")
      }
      guard await site.mayHaveBeenLoaded() else {
        if phase == .written { context.ledger.update { $0.phase = .untouched } }
        return
      }
      context.note(
        "nginx may have loaded \(context.application.site.file) while it was for \(color.other), "
          + "for somebody has restarted or reloaded it: it is made to load the old content")
      context.ledger.update { $0.phase = .reloading }
    case .reloading, .proved: break
    }
    try await bringBack(color, in: context)
    let path = context.application.site.file
    let present = try await context.read(path)
    try await context.keeping.alone {
      try await site.write(bytes, from: "its old content")
      do {
        try await site.test(bytes, from: "the old content of \(path)")
      } catch {
        // The file must say what nginx has loaded.
        if case .file(let loaded) = present.content {
          try? await site.write(loaded, from: "its present content")
        }
        throw error
      }
    }
    let before = try await site.beforeReload()
    do {
      try await site.reload(
        // Not what was answered a moment ago, by what is being taken back.
        Switch.Before(workers: before.workers, silence: context.ledger.current.silence),
        within: .seconds(10))
    } catch {
      // What nginx refused this time was going back.
      context.ledger.update { facts in
        facts.phase = facts.phase == .refused && phase == .proved ? .proved : .reloading
      }
      throw error
    }
    context.ledger.update { $0.phase = .restored }
    _ = try await site.drain(before.workers, upTo: .seconds(30))
  }

  /// Makes sure that the colour to go back to runs and is healthy.
  private func bringBack(_ color: Color, in context: ActionContext) async throws {
    for service in context.application.services(color) {
      try await bringBack(service, of: color, in: context)
    }
  }

  private func bringBack(
    _ service: String, of color: Color, in context: ActionContext
  ) async throws {
    let application = context.application
    let container = try await ComposeSurvey(context: context).container(of: service)
    guard container?.isRunning != true else { return }
    do {
      guard let container else {
        throw StepFailure(.unhealthy, "it has no container")
      }
      try await context.change(context.docker.start(container.name), doing: "start \(service)")
      let companion = application.companions.first { $0.service(color) == service }
      let step = Health(.previous, companion?.health ?? .automatic)
      _ = try await HealthGate(context: context, step: step, service: service).open()
    } catch {
      throw StepFailure(
        .unhealthy, "\(service) cannot serve again: \(error)",
        fix: "\(application.service(color.other)) is left as it is; start \(service), then copy "
          + "\(application.source(color)) to \(application.site.file) and reload nginx")
    }
  }
}
