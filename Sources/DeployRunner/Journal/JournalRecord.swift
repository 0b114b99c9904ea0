package import DeployDSL

/// One line of a journal: an announcement, or a result.
package struct JournalRecord: Codable, Hashable, Sendable {
  /// Its position in the journal, from 1.
  package var number: Int
  /// Milliseconds since the start of the run.
  package var at: Int
  package var entry: JournalEntry
}

/// An event of a run.
///
/// Every change is recorded twice: before it is made, so that a run that dies meanwhile is known to
/// have started it, and afterwards. ``RunStore`` redacts secrets.
package enum JournalEntry: Codable, Hashable, Sendable {
  /// The run starts; always the first entry.
  case runStarted(JournalHeader)
  /// A later process resumes an interrupted run.
  case runResumed(by: String, on: String, process: ProcessIdentity, time: Timestamp, undo: Bool)
  /// A node starts.
  case nodeStarted(node: Int, name: String)
  /// A change is about to be made; its undo, with an ID of its own.
  case undoDeclared(id: Int, node: Int?, undo: JournalUndo)
  /// The colour that was active when the run started.
  case active(Color)
  /// The phase that the cutover has reached.
  case phase(CutoverPhase)
  /// The proxy's workers before the reload, which a drain waits for.
  case oldWorkers([Int])
  /// The previous colour is about to be stopped: the run can no longer be rolled back.
  case committed
  /// A container is about to be asked to stop, and will be killed at a given time.
  ///
  /// The engine does so even if the client has died: until then "running" means nothing.
  case stopping(container: ContainerLife, until: Timestamp)
  /// A container of the previous colour keeps running for requests from before the switch.
  case kept(service: String, container: ContainerLife, since: Timestamp)
  /// A command or another operation is about to start.
  case operationStarted(node: Int?, text: String)
  /// It ended; `status` is `nil` if it has none.
  case operationFinished(node: Int?, text: String, status: Int32?, tail: [String])
  /// A node ended; `answer` is the result of a condition.
  case nodeFinished(
    node: Int, status: NodeReport.Status, milliseconds: Int, summary: String, failure: String?,
    answer: Bool? = nil)
  /// The undo of a change starts.
  case undoStarted(id: Int)
  /// It ended, with the error if it failed.
  case undoFinished(id: Int, failure: String?)
  /// The run ended.
  case runFinished(JournalEnd)
  /// The run stopped and stays interrupted: it failed or was cancelled with rollback disabled, or
  /// the rollback failed too.
  case runLeft(JournalEnd)
  /// A user marked an interrupted run as resolved.
  case resolved(by: String, time: Timestamp, how: String)

  /// Whether the entry must survive a power cut. The start of a node and the end of a command need
  /// not: the node's own end follows.
  var mustSurvive: Bool {
    switch self {
    case .nodeStarted, .operationFinished: false
    default: true
    }
  }

  /// The maximum number of output lines kept for a command.
  package static let tail = 50
}

extension JournalEntry: Redactable {
  func redacted(by redactor: Redactor) -> JournalEntry {
    func end(_ end: JournalEnd) -> JournalEnd {
      var end = end
      end.failure = end.failure.map(redactor.redact)
      end.versions = end.versions?.redacted(by: redactor.redact)
      end.receipt = end.receipt?.redacted(by: redactor)
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
        // The summary of a condition is bgrun's own text.
        summary: answer == nil ? redactor.redact(summary) : summary,
        failure: failure.map(redactor.redact), answer: answer)
    case .undoFinished(let id, let failure):
      .undoFinished(id: id, failure: failure.map(redactor.redact))
    case .runFinished(let ending): .runFinished(end(ending))
    case .runLeft(let ending): .runLeft(end(ending))
    case .runStarted, .runResumed, .nodeStarted, .undoDeclared, .active, .phase, .oldWorkers,
      .committed, .stopping, .kept, .undoStarted, .resolved:
      self
    }
  }
}

/// Who runs what, and why: the payload of a journal's first record.
package struct JournalHeader: Codable, Hashable, Sendable {
  /// The only journal format that this bgrun reads and writes.
  package static let version = 1

  package var version = Self.version
  package var run: RunID
  package var application: String
  /// The plan's ``PlanFingerprint``.
  package var plan: String
  package var user: String
  package var host: String
  package var process: ProcessIdentity
  package var reason: String?
  package var started: Timestamp
  package var bgrun: String
  /// The names of the plan's nodes, by ID.
  package var steps: [String]
  /// The plan's nodes, by ID; `nil` in journals of an earlier version of bgrun.
  package var nodes: [Node]?
  /// The values of the plan's parameters; `nil` if it has none.
  package var parameters: [String: String]?
  /// The purpose; `nil` in journals of an earlier version of bgrun.
  package var purpose: RunPurpose?

  /// A node of the plan, for reports.
  package struct Node: Codable, Hashable, Sendable {
    /// The nodes that it waits for.
    package var after: [Int]
    /// What it does: `reload`.
    package var kind: String
    /// Where it was written: `Plans/grafana.swift:7`.
    package var place: String
    /// Whether branches only meet there.
    package var isJoin: Bool
  }

  /// The header of a run in this process.
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
  func resumeMessage(undo: Bool) -> String {
    "\(undo ? "rolling back" : "resuming") run \(run) by \(user) on \(host) at "
      + started.forPeople() + (reason.map { ": \"\($0)\"" } ?? "")
  }
}

/// How a run ended.
package struct JournalEnd: Codable, Hashable, Sendable {
  package var outcome: RunReport.Outcome
  package var exitCode: Int32
  package var serving: Color?
  package var failure: String?
  /// The purpose of the process that ended the run; `nil` in journals of an earlier version of
  /// bgrun.
  package var purpose: RunPurpose?
  /// The versions, as far as the run found them.
  package var versions: VersionChange?
  /// What users saw meanwhile; `nil` if it was not measured.
  package var receipt: RunReport.Receipt?
}

extension NodeReport.Status: Codable {}
