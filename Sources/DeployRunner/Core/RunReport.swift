public import DeployDSL

/// How a run ended.
public struct RunReport: Sendable {
  /// How it ended.
  public var outcome: Outcome
  /// The application.
  package var application: Application
  /// The colour that serves now, as far as the run knows; a dry run changes nothing about it.
  public var serving: Color?
  /// The first failure; later ones, also of undo, never replace it.
  public var failure: DeployError?
  /// The node that failed first.
  package var failedNode: Int?
  /// What was done, a report a node, in the order in which they ended.
  public var nodes: [NodeReport]
  /// What was undone.
  public var undone: [UndoReport]
  /// What a person should look at.
  public var warnings: [String]
  /// How long all of it took.
  public var duration: Duration
  /// Whether nothing was really done.
  public var isDryRun: Bool
  /// Whether the new version has been proved to serve, and was not rolled back; never in a dry run.
  package var hasSwitched = false
  /// Whether the run has to be resumed or resolved before the next one, as a failed run with
  /// `rollsBack` off.
  package var isInterrupted = false

  /// The steps that an interrupted run has not done, by name, where a resume does them.
  package var left: [String] = []
}

/// How a node ended.
public struct NodeReport: Sendable {
  /// The ways in which a node can end.
  public enum Status: String, Hashable, Sendable {
    /// Done.
    case succeeded
    /// Not done, because this is a dry run: a real run would do it.
    case wouldRun = "would-run"
    /// Left out, for a reason that the note tells.
    case skipped
    /// Failed, but the plan goes on: ``/DeployDSL/FailurePolicy/continue``.
    case passedOver = "passed-over"
    /// Failed, and is run again together with the steps around it: `Retry`.
    case retried
    /// Failed.
    case failed
    /// Ended because the run was.
    case cancelled
  }

  /// The node's number in the graph.
  package var node: Int
  /// Its name.
  public var name: String
  /// How it ended.
  public var status: Status
  /// What came out, in a few words: `grafana-green on port 3004`.
  public var summary: String
  /// Why it failed.
  public var failure: DeployError?
  /// How many attempts it took.
  package var attempts: Int
  /// How long it took, attempts and waits between them together.
  public var duration: Duration
  /// What a condition's answer was; `nil` for other steps, and if it was left open.
  package var answer: Bool?
}

/// How one undo ended.
public struct UndoReport: Sendable, Encodable {
  /// What was undone: `stop grafana-green`.
  public var what: String
  /// Why it failed, if it did.
  public var failure: DeployError?
}
