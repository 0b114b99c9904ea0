public import DeployDSL

/// Something that happened during a run; events are the engine's only output.
public struct Event: Sendable {
  /// Time since the start of the run.
  public var at: Duration
  /// The node that it belongs to, if any.
  public var node: Int?
  /// What happened.
  public var kind: Kind
  /// The run's ID, by which `bgrun history` finds it; `nil` in a dry run, which leaves no history.
  package var run: String?
  /// When it happened, in milliseconds since 1970 (UTC).
  package var milliseconds: Int?

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
    /// How long the run will take, according to a number of earlier runs.
    case estimate(Duration, runs: Int)
    /// A node started.
    case nodeStarted
    /// The node waits until this time of the run at the latest.
    case deadline(Duration)
    /// The lines of a file that the node replaces; it is sent before the file is written.
    case difference(FileDifference)
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
    /// What an interruption does from now on: `go back to blue`; `nil` if a reload can no longer roll
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

/// The lines of a file that are removed and added.
public struct FileDifference: Hashable, Sendable, Codable {
  /// The file.
  public var file: String
  /// The lines, in the file's order; a removed one comes before the one that replaces it.
  public var lines: [Line]

  /// A removed or added line.
  public struct Line: Hashable, Sendable, Codable {
    /// What happens to a line.
    public enum Change: String, Hashable, Sendable, Codable {
      /// It is removed.
      case removed
      /// It is added.
      case added
    }

    /// Its number in the old text if it is removed, otherwise in the new one.
    public var line: Int
    /// Whether it is removed or added.
    public var change: Change
    /// Its text without white space at its beginning.
    public var text: String
  }

  /// The difference of two texts of a file.
  package init(of file: String, from old: [UInt8], to new: [UInt8]) {
    func lines(_ bytes: [UInt8]) -> [String] {
      String(decoding: bytes, as: UTF8.self).split(
        omittingEmptySubsequences: false, whereSeparator: \.isNewline
      ).map(String.init)
    }
    self.file = file
    self.lines = []
    let (before, after) = (lines(old), lines(new))
    let changes = after.difference(from: before)
    var (removed, added) = (
      changes.removals.map(\.offset)[...], changes.insertions.map(\.offset)[...]
    )
    var (from, to) = (0, 0)
    while from < before.count || to < after.count {
      if removed.first == from {
        removed.removeFirst()
        add(.removed, from, before[from])
        from += 1
      } else if added.first == to {
        added.removeFirst()
        add(.added, to, after[to])
        to += 1
      } else {
        (from, to) = (from + 1, to + 1)
      }
    }
  }

  private mutating func add(_ change: Line.Change, _ index: Int, _ text: String) {
    let text = text.drop(while: \.isWhitespace)
    if !text.isEmpty { lines.append(Line(line: index + 1, change: change, text: String(text))) }
  }

  /// A difference with these lines.
  package init(of file: String, _ lines: [Line]) { (self.file, self.lines) = (file, lines) }
}

extension CollectionDifference.Change {
  fileprivate var offset: Int {
    switch self {
    case .insert(let offset, _, _), .remove(let offset, _, _): offset
    }
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
