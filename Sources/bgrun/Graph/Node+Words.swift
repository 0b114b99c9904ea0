import DeployDSL
import DeployRunner

/// What the formats of `bgrun graph` say about a step.
extension Node {
  /// What a step means for the whole run.
  enum Mark: String, Encodable {
    /// The proxy is switched to the target.
    case cutover = "switch"
    /// From here on a failure does not roll the run back.
    case pointOfNoReturn = "point-of-no-return"

    var text: String {
      switch self {
      case .cutover: "switch, proved"
      case .pointOfNoReturn: "point of no return"
      }
    }
  }

  /// The name, of an unnamed command with its arguments if they are short.
  var label: String {
    guard !isNamed, let command, command.width <= 24 else { return name }
    return command
  }

  /// The limits, the arguments that matter, and the policies, in a few words each.
  func limits(in application: Application) -> [String] {
    let own = step.highlights(in: application)
    return
      ((label == name ? own : Array(own.dropFirst())) + policies.words
      + (policies.onFailure == usual ? [] : ["on failure: \(policies.onFailure)"])).map(\.showable)
  }

  /// The effect of its failure without a policy of its own.
  private var usual: FailurePolicy { step.has(.failureWarns) ? .continue : .rollback }

  /// What a rollback does about the step.
  var undoWords: [String] {
    if let undo { return undo.isEmpty ? ["nothing"] : undo.map(\.label.showable) }
    if code is any UndoableStep { return ["its own undo"] }
    return [step.ownUndo].compactMap(\.self)
  }

  /// A title that ends with a program, with the program's arguments: `Run make assets`.
  private var command: String? {
    let texts = step.texts.joined(separator: " ")
    guard let program = step.texts.first, name.hasSuffix(" \(program)") else { return nil }
    return name.dropLast(program.count) + texts
  }
}

extension Policies {
  fileprivate var words: [String] {
    var words = retries > 0 ? [Self.words(retries, backoff)] : []
    if let timeout { words.append("≤ \(timeout.forPeople)") }
    if let attemptTimeout { words.append("≤ \(attemptTimeout.forPeople) each") }
    return words
  }

  fileprivate static func words(_ retries: Int, _ backoff: Backoff) -> String {
    let delay = backoff.first.forPeople
    return "retry \(retries)"
      + (backoff == .exponential() ? "" : backoff.factor > 1 ? " from \(delay)" : " after \(delay)")
  }
}

extension Scope {
  /// Its limits, in a few words each.
  var limits: [String] {
    var repeats = retry.map { Policies.words($0.retries, $0.backoff) }
    // Its name may say it already: `retry 1`.
    if let all = repeats, all.hasPrefix(name) {
      repeats = all == name ? nil : String(all.dropFirst(name.count + 1))
    }
    return [repeats, timeout.map { "≤ \($0.forPeople)" }]
      .compactMap(\.self)
  }
}

extension StepGraph {
  /// What a node means for the whole run; nodes that no run performs together may mean the same.
  func mark(of node: Node) -> Node.Mark? {
    switch node.step.effect {
    case .reloads: .cutover
    case .stops(.previous):
      nodes.contains {
        $0.id < node.id && $0.step.effect == .stops(.previous) && !$0.excludes(node)
      } ? nil : .pointOfNoReturn
    default: nil
    }
  }
}
