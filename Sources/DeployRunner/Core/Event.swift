public import DeployDSL

/// Something that happened during a run; events are the engine's only output.
public struct Event: Sendable {
  /// How long after the run's beginning.
  public var at: Duration
  /// The node it happened to, if it is one node's.
  public var node: Int?
  /// What happened.
  public var kind: Kind

  /// Makes an event.
  package init(at: Duration, node: Int? = nil, kind: Kind) {
    self.at = at
    self.node = node
    self.kind = kind
  }

  /// What can happen.
  public enum Kind: Sendable {
    /// The run began.
    case runStarted(graph: StepGraph, isDryRun: Bool)
    /// A node began.
    case nodeStarted
    /// A further attempt of a node began, after one that failed.
    case retry(attempt: Int, of: Int, because: String)
    /// An operation began; in a dry run, one that would be performed.
    case operation(OperationEntry)
    /// A command printed a line.
    case output(OutputLine)
    /// A gate asked once more.
    case probe(attempt: Int, of: Int, answer: String, isGood: Bool)
    /// A person is asked to approve; the step waits for the answer.
    case asked(String)
    /// Something worth knowing.
    case note(String)
    /// Something that a person should look at.
    case warning(String)
    /// What an interruption would do from here on: `back to blue`; `nil` if a reload can no longer
    /// roll back.
    case interruptionMeans(String?)
    /// A node ended.
    case nodeFinished(NodeReport)
    /// An undo began.
    case undoStarted(String)
    /// An undo ended; with the reason if it failed.
    case undoFinished(String, failure: DeployError?)
    /// The run ended; always the last event.
    case runFinished(RunReport)
  }
}

/// An operation as it is shown.
public struct OperationEntry: Hashable, Sendable {
  /// The command as one would type it, or the operation in words.
  public var text: String
  /// What it does to the host.
  public var effect: HostOperation.Effect
  /// Whether it was left out because this is a dry run.
  public var isSkipped: Bool
}
