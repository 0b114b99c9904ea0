public import DeployDSL
public import DeployRunner

extension SimulatedHost {
  /// Lets operations go wrong. The last fault that was scripted for an operation is taken.
  ///
  /// - Parameters:
  ///   - pattern: which operations.
  ///   - fault: what goes wrong. Default: they do nothing and say so, a command with status 1.
  public func fail(_ pattern: OperationPattern, _ fault: SimulatedFault = .failing()) {
    withState { $0.script.rules.append(Script.Rule(pattern: pattern, does: fault)) }
  }

  /// Lets operations hang until their time is up or their task is cancelled.
  public func hang(_ pattern: OperationPattern) { fail(pattern, .hanging) }

  /// Answers commands that contain these words, one directly after the other: local ones, and
  /// programs that are run inside a container.
  public func respond(to words: String..., with result: CommandResult) {
    withState {
      $0.script.answers.append { _, argv in argv.contains(inOrder: words) ? result : nil }
    }
  }

  /// Answers programs that are run inside a service's container; `nil` leaves it to others.
  public func onExec(
    in service: String, _ answer: @escaping @Sendable (_ argv: [String]) -> CommandResult?
  ) {
    withState {
      $0.script.answers.append { place, argv in place == service ? answer(argv) : nil }
    }
  }

  /// Answers the requests of `Request` and `Notify` whose address contains a text; every other one is
  /// answered with 200 and no body.
  public func answer(requestsTo text: String, with answer: HTTPAnswer) {
    withState { $0.script.requests.append((text, answer)) }
  }

  /// Calls something before each operation; what it throws, the operation throws instead.
  package func beforeEach(
    _ pattern: OperationPattern = .everything, _ hook: @escaping Script.Hook
  ) {
    withState { $0.script.before.append(Script.Rule(pattern: pattern, does: hook)) }
  }

  /// Calls something after each operation that has answered; what it throws, the operation throws.
  package func afterEach(
    _ pattern: OperationPattern = .everything, _ hook: @escaping Script.Hook
  ) {
    withState { $0.script.after.append(Script.Rule(pattern: pattern, does: hook)) }
  }

  /// What a test has scripted.
  package struct Script: Sendable {
    package typealias Hook = @Sendable (OperationRun) async throws -> Void
    typealias Answer = @Sendable (_ service: String?, _ argv: [String]) -> CommandResult?

    /// What is done with the operations of a pattern; counts those that match.
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

    /// What is meant for an operation.
    static func take<Action>(
      from rules: inout [Rule<Action>], for run: OperationRun, call: Int
    ) -> [Action] {
      rules.indices.compactMap { index in
        guard rules[index].pattern.matches(run.operation, number: run.number, call: call) else {
          return nil
        }
        rules[index].matches += 1
        let rule = rules[index]
        return rule.pattern.isMeant(attempt: rule.matches) ? rule.does : nil
      }
    }

    /// The scripted answer of a program; the last one that was scripted is taken.
    func answer(in service: String?, _ argv: [String]) -> CommandResult? {
      // Each is asked once at most: an answer may count, or change something of the test's.
      for answer in answers.reversed() {
        if let result = answer(service, argv) { return result }
      }
      return nil
    }

    /// What curl prints for a request; the last answer that was scripted is taken.
    func answer(to request: Command) -> CommandResult {
      let address =
        request.input?.text.split(separator: "\n").first { $0.hasPrefix("url = ") } ?? ""
      let answer = requests.last { address.contains($0.text) }?.answer
      return CommandResult(status: 0, output: "\(answer?.body ?? "")\n\(answer?.status ?? 200)")
    }
  }
}
