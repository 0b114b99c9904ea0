/// Issues in the composition of steps.
extension GraphCompiler {
  mutating func report(_ issues: [ValidationIssue], at location: SourceLocation) {
    problems += issues.map { PlanDiagnostic($0.problem, fix: $0.fix, at: location) }
  }

  mutating func reportEndless(_ step: any Step, at location: SourceLocation) {
    guard !isEndless else { return }
    isEndless = true
    report(
      [
        ValidationIssue(
          "the body of \(type(of: step)) contains itself",
          fix: "let a step's body end in primitive steps")
      ], at: location)
  }

  /// An empty block in the source is an issue; a block that is empty at run time, for example a
  /// loop over nothing, is not.
  mutating func check(_ step: any Step, _ body: Steps, at location: SourceLocation) {
    if let group = step as? Group, let issue = ValidationIssue.ofName(group.name) {
      report([issue], at: location)
    }
    switch step {
    case let step as Parallel:
      if let limit = step.limit, limit < 1 {
        let problem = "Parallel's limit is \(limit), so nothing would run"
        report([ValidationIssue(problem, fix: "give 1 or more, or none")], at: location)
      }
    case let step as Retry:
      let retries = ValidationIssue.ofRetries(
        step.retries, atLeast: 1, "Retry with \(step.retries) retries runs its steps once")
      let issues = [retries] + ValidationIssue.ofBackoff(step.backoff, "Retry")
      report(issues.compactMap(\.self), at: location)
    default: break
    }
    guard body.isBlank else { return }
    let group = (step as? Group).map { "the group \"\($0.name.escaped)\"" }
    report([.noSteps(group ?? Self.title(of: step))], at: location)
  }

  /// The name of an unnamed step in messages.
  static func title(of step: any Step) -> String {
    switch step {
    case let step as Group: step.name
    case let step as Retry: "retry \(step.retries)"
    case let step as any BuiltInStep: step.title
    case let step as any PrimitiveStep: step.summary
    default: "\(type(of: step))"
    }
  }
}

extension ValidationIssue {
  /// It would be unclear which of several branches to repeat.
  static let parallelInRetry = ValidationIssue(
    "Parallel is not allowed in Retry, whose steps run in sequence",
    fix: "put .retry on the steps, or Retry into the branches")

  /// Its code would silently be skipped.
  static func codeAndBody(_ step: any Step) -> ValidationIssue {
    ValidationIssue(
      "\(type(of: step)) has code of its own and a body of other steps, so that its code would "
        + "not run",
      fix: "remove one of them, or make the code a step of the body")
  }

  /// Steps outside the graph run one by one.
  static let retryBeside = ValidationIssue(
    "Retry is not allowed in an undo or in onFailure", fix: "put .retry on the steps")

  /// All of them together have two minutes; each may have its own timeout.
  static let deadlineBeside = ValidationIssue(
    "a timeout for several steps is not allowed in an undo or in onFailure",
    fix: "put .timeout on the steps")
}

extension ModifiedStep {
  /// Issues in the names and numbers of modifiers.
  var issues: [ValidationIssue] {
    let title = GraphCompiler.title(of: base).escaped
    var issues = [
      name.flatMap(ValidationIssue.ofName),
      ValidationIssue.unlessPositive(policies.timeout, "the timeout of \(title)"),
      ValidationIssue.unlessPositive(
        policies.attemptTimeout, "the timeout per attempt of \(title)"),
    ]
    if let all = policies.timeout, let each = policies.attemptTimeout, each > all, all > .zero {
      issues.append(
        ValidationIssue(
          "an attempt of \(title) may take \(each.forPeople), "
            + "longer than all of them together, \(all.forPeople)",
          fix: "make timeout(perAttempt:) the shorter one"))
    }
    if let retries = policies.retries {
      let what = "\(title) cannot be retried \(retries) times"
      issues.append(ValidationIssue.ofRetries(retries, atLeast: 0, what))
    }
    if let backoff = policies.backoff {
      issues += ValidationIssue.ofBackoff(backoff, title)
    }
    return issues.compactMap(\.self)
  }
}
