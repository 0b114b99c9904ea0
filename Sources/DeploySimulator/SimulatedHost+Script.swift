public import DeployDSL
public import DeployRunner

extension SimulatedHost {
  /// Injects a fault into operations. If several match an operation, the last one applies.
  ///
  /// - Parameters:
  ///   - pattern: the operations.
  ///   - fault: the fault. Default: they do nothing and fail, a command with status 1.
  public func fail(_ pattern: OperationPattern, _ fault: SimulatedFault = .failing()) {
    withState { $0.script.rules.append(Script.Rule(pattern: pattern, does: fault)) }
  }

  /// Answers commands that contain these words, one directly after the other: local commands and
  /// programs inside a container.
  public func respond(to words: String..., with result: CommandResult) {
    withState {
      $0.script.answers.append { _, argv in argv.contains(inOrder: words) ? result : nil }
    }
  }

  /// Answers programs inside a service's container; `nil` defers to other answers.
  public func onExec(
    in service: String, _ answer: @escaping @Sendable (_ argv: [String]) -> CommandResult?
  ) {
    withState {
      $0.script.answers.append { place, argv in place == service ? answer(argv) : nil }
    }
  }

  /// Answers the requests of `Request` and `Notify` whose address contains a text; all others get
  /// 200 and no body.
  public func answer(requestsTo text: String, with answer: HTTPAnswer) {
    withState { $0.script.requests.append((text, answer)) }
  }

  /// Calls a function before each operation; if it throws, the operation throws its error.
  package func beforeEach(
    _ pattern: OperationPattern = .everything, _ hook: @escaping Script.Hook
  ) {
    withState { $0.script.before.append(Script.Rule(pattern: pattern, does: hook)) }
  }

  /// Calls a function after each operation that returned; if it throws, the operation throws its
  /// error.
  package func afterEach(
    _ pattern: OperationPattern = .everything, _ hook: @escaping Script.Hook
  ) {
    withState { $0.script.after.append(Script.Rule(pattern: pattern, does: hook)) }
  }

  /// The faults, answers and hooks.
  var script: Script { withState { $0.script } }

  /// Replaces them, as if the new ones had been there from the start.
  func replaceScript(by script: Script) {
    withState { $0.script = script }
    countPastOperations()
  }

  /// Counts the operations until now as if the faults and functions had been there from the start.
  func countPastOperations() {
    withState { state in
      let past = state.operations
      state.script.countMatches(in: past)
    }
  }

  /// Forgets the functions, and with them what they hold.
  func removeHooks() { withState { ($0.script.before, $0.script.after) = ([], []) } }

  /// Ends all faults.
  func removeFaults() {
    removeHooks()
    withState { $0.script.rules = [] }
  }

  /// The faults, answers and hooks that a test scripted.
  package struct Script: Sendable {
    package typealias Hook = @Sendable (OperationRun) async throws -> Void
    typealias Answer = @Sendable (_ service: String?, _ argv: [String]) -> CommandResult?

    /// A value for the operations of a pattern; counts the matching ones.
    struct Rule<Action: Sendable>: Sendable {
      var pattern: OperationPattern
      var does: Action
      var matches = 0
    }

    var rules: [Rule<SimulatedFault>] = []
    var answers: [Answer] = []
    var requests: [(text: String, answer: HTTPAnswer)] = []
    var before: [Rule<Hook>] = []
    var after: [Rule<Hook>] = []

    /// The values that apply to an operation.
    static func take<Action>(
      from rules: inout [Rule<Action>], for run: OperationRun, call: Int
    ) -> [Action] {
      rules.indices.compactMap { index in
        guard rules[index].pattern.matches(run, call: call) else {
          return nil
        }
        rules[index].matches += 1
        let rule = rules[index]
        return rule.pattern.isMeant(attempt: rule.matches) ? rule.does : nil
      }
    }

    /// Counts the operations that match each pattern.
    mutating func countMatches(in past: [OperationRun]) {
      Self.count(in: past, &rules)
      Self.count(in: past, &before)
      Self.count(in: past, &after)
    }

    private static func count<Action>(in past: [OperationRun], _ rules: inout [Rule<Action>]) {
      for index in rules.indices where rules[index].pattern.isCounted {
        let pattern = rules[index].pattern
        rules[index].matches = past.count { pattern.matches($0, call: 0) }
      }
    }

    /// The scripted answer of a program; the last matching one applies.
    func answer(in service: String?, _ argv: [String]) -> CommandResult? {
      // Call each closure at most once: it may have side effects in the test.
      for answer in answers.reversed() {
        if let result = answer(service, argv) { return result }
      }
      return nil
    }

    /// The output of curl for a request; the last matching answer applies.
    func answer(to request: Command) -> CommandResult {
      let address =
        request.input?.text.split(separator: "\n").first { $0.hasPrefix("url = ") } ?? ""
      let answer = requests.last { address.contains($0.text) }?.answer
      return CommandResult(status: 0, output: "\(answer?.body ?? "")\n\(answer?.status ?? 200)")
    }
  }
}
