package import DeployDSL

/// One line of a journal: something that is about to be done, or has been.
package struct JournalRecord: Codable, Hashable, Sendable {
  /// Its place in the journal, from 1.
  package var number: Int
  /// How many milliseconds after the run's beginning.
  package var at: Int
  package var entry: JournalEntry

  package init(number: Int, at: Int, entry: JournalEntry) {
    self.number = number
    self.at = at
    self.entry = entry
  }
}

/// What a journal tells.
///
/// Whatever changes the host is told twice: before, so that a run that dies in between is known to
/// have begun it, and after. ``RunStore`` hides secrets in their texts.
package enum JournalEntry: Codable, Hashable, Sendable {
  /// The run begins; always the first.
  case runStarted(JournalHeader)
  /// A later process resumes an interrupted run.
  case runResumed(by: String, on: String, process: ProcessIdentity, time: Timestamp, undo: Bool)
  /// A node begins.
  case nodeStarted(node: Int, name: String)
  /// A change is about to be made; its undo, with a number of its own.
  case undoDeclared(id: Int, node: Int?, undo: JournalUndo)
  /// The colour that served when the run began.
  case active(Color)
  /// How far the switch has come.
  case phase(CutoverPhase)
  /// The proxy's workers before the reload: those that a drain waits for.
  case oldWorkers([Int])
  /// The previous colour is about to be stopped: there is no way back from here.
  case committed
  /// A container is about to be asked to end, and is killed at a time if it has not ended then.
  ///
  /// The engine does so even if the client that asked is dead: until then "running" means nothing.
  case stopping(container: ContainerLife, until: Timestamp)
  /// A command or another operation is about to be carried out.
  case operationStarted(node: Int?, text: String)
  /// It ended; `status` is `nil` where there is none.
  case operationFinished(node: Int?, text: String, status: Int32?, tail: [String])
  /// A node ended; `answer` is what a condition was decided to.
  case nodeFinished(
    node: Int, status: NodeReport.Status, milliseconds: Int, summary: String, failure: String?,
    answer: Bool? = nil)
  /// The undo of a change begins.
  case undoStarted(id: Int)
  /// It ended; with the reason if it failed.
  case undoFinished(id: Int, failure: String?)
  /// The run ended.
  case runFinished(JournalEnd)
  /// The run stopped and stays interrupted: it failed or was cancelled and was not to be rolled
  /// back, or the rollback failed too.
  case runLeft(JournalEnd)
  /// A person marked an interrupted run as resolved.
  case resolved(by: String, time: Timestamp, how: String)

  /// Whether it must survive a power cut on its own: not what only says that something begins, or
  /// that a command of a step has ended, whose own end follows.
  var mustSurvive: Bool {
    switch self {
    case .nodeStarted, .operationFinished: false
    default: true
    }
  }

  /// How many lines of a command's output are kept.
  package static let tail = 50
}

extension JournalEntry: Redactable {
  func redacted(by redactor: Redactor) -> JournalEntry {
    func end(_ end: JournalEnd) -> JournalEnd {
      var end = end
      end.failure = end.failure.map(redactor.redact)
      return end
    }
    return switch self {
    case .operationStarted(let node, let text):
      .operationStarted(node: node, text: redactor.redact(text))
    case .operationFinished(let node, let text, let status, let tail):
      .operationFinished(
        node: node, text: redactor.redact(text), status: status, tail: tail.map(redactor.redact))
    case .nodeFinished(let node, let status, let milliseconds, let summary, let failure, let answer):
      .nodeFinished(
        node: node, status: status, milliseconds: milliseconds,
        // What a condition was decided to is bgrun's own word.
        summary: answer == nil ? redactor.redact(summary) : summary,
        failure: failure.map(redactor.redact), answer: answer)
    case .undoFinished(let id, let failure):
      .undoFinished(id: id, failure: failure.map(redactor.redact))
    case .runFinished(let ending): .runFinished(end(ending))
    case .runLeft(let ending): .runLeft(end(ending))
    case .runStarted, .runResumed, .nodeStarted, .undoDeclared, .active, .phase, .oldWorkers,
      .committed, .stopping, .undoStarted, .resolved:
      self
    }
  }
}

/// Who runs what, and why: a journal's first record.
package struct JournalHeader: Codable, Hashable, Sendable {
  /// The only version of the journal's format that this bgrun writes and reads.
  package static let version = 1

  package var version = Self.version
  package var run: RunID
  package var application: String
  /// Which plan it is: ``PlanFingerprint``.
  package var plan: String
  package var user: String
  package var host: String
  package var process: ProcessIdentity
  package var reason: String?
  package var started: Timestamp
  package var bgrun: String
  /// The names of the plan's nodes, by their number.
  package var steps: [String]
  /// The values of the plan's parameters; `nil` if it has none.
  package var parameters: [String: String]?

  /// The header of a run of this process.
  package init(
    run: RunID, application: String, plan: String, reason: String?, bgrun: String,
    steps: [String], started: Timestamp = .now
  ) {
    self.run = run
    self.application = application
    self.plan = plan
    self.reason = reason
    self.bgrun = bgrun
    self.steps = steps
    self.started = started
    user = ThisHost.user
    host = ThisHost.name
    process = .current
  }
}

extension JournalHeader {
  /// `rolling back run 20261123-021405-7f3a by ann on web1 at 02:14:05: "fix"`.
  func takenUp(undo: Bool, now: Timestamp = .now) -> String {
    "\(undo ? "rolling back" : "resuming") run \(run) by \(user) on \(host) at "
      + started.forPeople(now: now) + (reason.map { ": \"\($0)\"" } ?? "")
  }
}

/// How a run ended.
package struct JournalEnd: Codable, Hashable, Sendable {
  package var outcome: RunReport.Outcome
  package var exitCode: Int32
  package var serving: Color?
  package var failure: String?

  package init(
    outcome: RunReport.Outcome, exitCode: Int32, serving: Color? = nil, failure: String? = nil
  ) {
    self.outcome = outcome
    self.exitCode = exitCode
    self.serving = serving
    self.failure = failure
  }
}

extension NodeReport.Status: Codable {}
