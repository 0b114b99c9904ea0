import DeployRunner

/// The course of an operation on a simulated host, moment by moment, in virtual time.
struct SimulatedOperation: Sendable {
  /// One moment: it reads or changes the host and returns the next step.
  typealias Moment = @Sendable (inout SimulatedState, inout Transcript) -> Step

  /// The step after a moment.
  enum Step: Sendable {
    /// The command ends with a status.
    case exit(Int32)
    /// The operation ends with an answer.
    case reply(OperationResult)
    /// The operation cannot be performed.
    case failure(OperationError)
    /// The next moment comes later; after the last one a command ends with 0.
    case later(Duration)
    /// The operation never ends.
    case hangs
  }

  /// The output of a command so far.
  struct Transcript: Sendable {
    var output = ""
    var errors = ""

    mutating func print(_ line: String) { output += line + "\n" }
    mutating func complain(_ line: String) { errors += line + "\n" }

    /// Prints an error as the engine does and exits with 1.
    mutating func refuse(_ reason: String) -> Step {
      complain("Error response from daemon: \(reason)")
      return .exit(1)
    }
  }

  /// The delay before the first moment.
  var cost: Duration
  var moments: [Moment]
  /// The effect of a hang: a process that outlives its client.
  var process: (@Sendable (inout SimulatedState) -> Void)?

  init(cost: Duration, _ moments: Moment...) {
    self.cost = cost
    self.moments = moments
  }
}
