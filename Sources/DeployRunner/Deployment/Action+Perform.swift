import DeployDSL

/// How an action is carried out; each conformer has a file of its own.
protocol Performable {
  /// Carries the action out.
  ///
  /// - Throws: ``DeployError``; `CancellationError` if the run is cancelled.
  func perform(in context: ActionContext) async throws -> ActionOutcome
}

/// What came out of an action, in a few words.
enum ActionOutcome: Sendable {
  case done(String)
  /// Nothing was done, for this reason.
  case skipped(String)
  /// A condition holds or not; `nil` if that cannot be known before a real run.
  case decided(Bool?)
}

extension Action {
  /// The action as something that can be carried out; code of one's own and conditions are not.
  var performable: (any Performable)? {
    switch self {
    case .detectActive(let step): step
    case .pull(let step): step
    case .build(let step): step
    case .up(let step): step
    case .start(let step): step
    case .health(let step): step
    case .swapNginx(let step): step
    case .reload(let step): step
    case .drain(let step): step
    case .watch(let step): step
    case .stop(let step): step
    case .prune(let step): step
    case .record(let step): step
    case .run(let step): step
    case .exec(let step): step
    case .job(let step): step
    case .request(let step): step
    case .notify(let step): step
    case .approve(let step): step
    case .wait(let step): step
    case .print(let step): step
    case .code, .condition, .join, .meeting: nil
    }
  }
}
