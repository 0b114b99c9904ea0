/// Parallel steps, and conditional branches.
extension GraphCompiler {
  /// Adds parallel branches. A join node between several ends and several starts keeps the number
  /// of edges small.
  ///
  /// - Parameter limit: the maximum number at a time; each further branch waits for the one that is
  ///   `limit` places before it.
  mutating func addBranches(
    _ branches: Steps, limit: Int?, after: [Int], in around: Surroundings,
    at location: SourceLocation
  ) -> [Int] {
    var start = after
    if start.count > 1, branches.entries.count > 1 {
      var plain = around
      plain.policies = Policies()
      start = [append(GraphPoint.join, after: after, in: plain, at: location)]
    }
    var ends: [[Int]] = []
    for entry in branches.entries {
      let count = nodes.count
      let isWaiting = limit.map { $0 > 0 && ends.count >= $0 } ?? false
      let before = isWaiting ? ends[ends.count - (limit ?? 0)] : start
      let end = add(entry.step, after: before, in: around, at: around.location ?? entry.location)
      // An empty branch, for example of an `if` that is not taken, has no end to wait for.
      if nodes.count > count { ends.append(end) }
    }
    let last = limit.map { ends.suffix(max($0, 1)) } ?? ends[...]
    return last.isEmpty ? start : last.flatMap(\.self)
  }

  /// Adds a condition, its branches and the node that joins them.
  mutating func addChoice(
    _ step: When, after: [Int], in around: Surroundings, at location: SourceLocation
  ) -> [Int] {
    let summary = step.condition.question.summary
    let choice = append(
      GraphPoint.condition(summary: summary), after: after, in: around, at: location
    ) {
      $0.condition = step.condition
    }
    func branch(_ steps: Steps, _ expects: Bool, _ name: String) -> [Int] {
      var inner = around
      inner.guards.append(Guard(node: choice, expects: expects))
      enter(Scope(name: name), of: &inner)
      return add(steps, after: [choice], in: inner)
    }
    let ends = [
      branch(step.then, true, "if \(summary)"), branch(step.otherwise, false, "otherwise"),
    ]
    var plain = around
    plain.policies = Policies()
    let all = Set(ends.flatMap(\.self)).sorted()
    return [
      append(GraphPoint.meeting, after: all, in: plain, at: location) { $0.alternatives = ends }
    ]
  }
}
