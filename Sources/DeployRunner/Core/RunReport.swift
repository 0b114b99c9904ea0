public import DeployDSL

/// How a run ended.
public struct RunReport: Sendable {
  /// How it ended.
  public var outcome: Outcome
  /// The application.
  package var application: Application
  /// The active colour, as far as the run knows; a dry run does not change it.
  public var serving: Color?
  /// The first failure; later ones, including those of undo, never replace it.
  public var failure: DeployError?
  /// The node that failed first.
  package var failedNode: Int?
  /// One report per node, in the order in which they finished.
  public var nodes: [NodeReport]
  /// What was undone.
  public var undone: [UndoReport]
  /// What the user should check.
  public var warnings: [String]
  /// The duration of the whole run.
  public var duration: Duration
  /// Whether this was a dry run.
  public var isDryRun: Bool
  /// Whether the new version was proved to be live and was not rolled back; never in a dry run.
  package var hasSwitched = false
  /// Whether the run must be resumed or resolved before the next one, such as a failed run with
  /// `rollsBack` off.
  package var isInterrupted = false

  /// The active version when the run started, and the one that it deploys; `nil` if neither is
  /// known.
  package var versions: VersionChange?

  /// What users saw meanwhile; `nil` if it was not measured.
  public var receipt: Receipt?

  /// The names of the steps that an interrupted run has left for a resume.
  package var left: [String] = []
}

extension RunReport {
  /// The report of a run of which only the outcome is known.
  package init(
    _ outcome: Outcome, of application: Application, failure: DeployError?, after time: Duration
  ) {
    self.init(
      outcome: outcome, application: application, serving: nil, failure: failure,
      failedNode: nil, nodes: [], undone: [], warnings: [], duration: time, isDryRun: false)
  }
}

/// How a node ended.
public struct NodeReport: Sendable {
  /// The outcomes of a node.
  public enum Status: String, Hashable, Sendable {
    /// Done.
    case succeeded
    /// Not done, because this is a dry run: a real run would do it.
    case wouldRun = "would-run"
    /// Skipped, for the reason given in the note.
    case skipped
    /// Failed, but the plan continues: ``/DeployDSL/FailurePolicy/continue``.
    case passedOver = "passed-over"
    /// Failed, and is retried together with the other steps of its `Retry`.
    case retried
    /// Failed.
    case failed
    /// Cancelled with the run.
    case cancelled
  }

  /// The node's number in the graph.
  package var node: Int
  /// Its name.
  public var name: String
  /// How it ended.
  public var status: Status
  /// A short result: `grafana-green on port 3004`.
  public var summary: String
  /// Why it failed.
  public var failure: DeployError?
  /// How many attempts it took.
  package var attempts: Int
  /// The duration, including all attempts and the waits between them.
  public var duration: Duration
  /// A condition's result; `nil` for other steps, and if it was not decided.
  package var answer: Bool?
}

/// How one undo ended.
public struct UndoReport: Sendable, Codable {
  /// What was undone: `stop grafana-green`.
  public var what: String
  /// The failure, if any.
  public var failure: DeployError?
}
