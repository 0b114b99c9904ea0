public import DeployDSL

/// Something that happened during a run; events are the engine's only output.
public struct Event: Sendable {
  /// Time since the start of the run.
  public var at: Duration
  /// The node that it belongs to, if any.
  public var node: Int?
  /// What happened.
  public var kind: Kind

  /// Creates an event.
  package init(at: Duration, node: Int? = nil, kind: Kind) {
    self.at = at
    self.node = node
    self.kind = kind
  }

  /// What can happen.
  public enum Kind: Sendable {
    /// The run started.
    case runStarted(graph: StepGraph, isDryRun: Bool)
    /// The versions were found, or more of them is known.
    case versions(VersionChange)
    /// A node started.
    case nodeStarted
    /// A node is tried again after a failed attempt.
    case retry(attempt: Int, of: Int, because: String)
    /// An operation started; in a dry run, one that would be performed.
    case operation(OperationEntry)
    /// A command printed a line.
    case output(OutputLine)
    /// A health check sent another probe.
    case probe(attempt: Int, of: Int, answer: String, isGood: Bool)
    /// The user is asked to approve; the step waits for the answer.
    case asked(String)
    /// Additional information.
    case note(String)
    /// Something that the user should check.
    case warning(String)
    /// What an interruption does from now on: `back to blue`; `nil` if a reload can no longer roll
    /// the run back.
    case interruptionMeans(String?)
    /// A node finished.
    case nodeFinished(NodeReport)
    /// An undo started.
    case undoStarted(String)
    /// An undo finished, with the reason if it failed.
    case undoFinished(String, failure: DeployError?)
    /// The run finished; always the last event.
    case runFinished(RunReport)
  }
}

/// An operation, as displayed.
public struct OperationEntry: Hashable, Sendable {
  /// The command as typed in a shell, or a description of the operation.
  public var text: String
  /// What it does to the host.
  public var effect: HostOperation.Effect
  /// Whether it was skipped because this is a dry run.
  public var isSkipped: Bool
}
