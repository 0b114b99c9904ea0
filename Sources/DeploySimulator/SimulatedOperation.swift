import DeployRunner

/// What an operation does on a simulated host, moment by moment, while virtual time passes.
struct SimulatedOperation: Sendable {
  /// One moment: it looks at the world or changes it, and says what comes next.
  typealias Moment = @Sendable (inout SimulatedState, inout Transcript) -> Step

  /// What comes after a moment.
  enum Step: Sendable {
    /// The command ends with a status.
    case exit(Int32)
    /// The operation ends with an answer.
    case reply(OperationResult)
    /// The operation cannot be performed.
    case failure(OperationError)
    /// The next moment comes later; after the last one a command ends with 0.
    case later(Duration)
    /// Nothing comes any more.
    case hangs
  }

  /// What a command has printed so far.
  struct Transcript: Sendable {
    var output = ""
    var errors = ""

    mutating func print(_ line: String) { output += line + "\n" }
    mutating func complain(_ line: String) { errors += line + "\n" }

    /// Complains as the engine does and ends with 1.
    mutating func refuse(_ reason: String) -> Step {
      complain("Error response from daemon: \(reason)")
      return .exit(1)
    }
  }

  /// How long it takes until the first moment.
  var cost: Duration
  var moments: [Moment]
  /// What it leaves behind if it hangs: a process that does not end with its client.
  var process: (@Sendable (inout SimulatedState) -> Void)?

  init(cost: Duration, _ moments: Moment...) {
    self.cost = cost
    self.moments = moments
  }
}
