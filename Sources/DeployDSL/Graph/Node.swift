/// One node of a step graph.
public struct Node: Identifiable, Sendable {
  /// The node's number in the graph, from 0; dependencies have smaller numbers.
  public var id: Int
  /// The name for progress and history: the step's own or its title.
  public var name: String
  /// Whether the plan's author chose the name.
  package var isNamed: Bool
  /// What is asked of the runner.
  package var step: any BuiltInStep
  /// How often and how long.
  package var policies: Policies
  /// The nodes that must have succeeded before.
  public var dependencies: [Int]
  /// Where the step was written.
  public var location: SourceLocation
  /// The groups and composite steps around it, outermost first, as indices of ``StepGraph/scopes``.
  package var scopes: [Int]
  /// What takes the step back, in order, if the plan says it; `nil` is the step's own undo.
  package var undo: [Node]?
  /// What ``When`` conditions must have answered; else the step is left out.
  package var guards: [Guard] = []
  /// Where branches of a ``When`` meet: the ends of each.
  package var alternatives: [[Int]] = []
  /// What a condition asks; not part of comparison.
  package var condition: Condition?
  /// The code of a ``PrimitiveStep``; not part of comparison.
  package var code: (any PrimitiveStep)?

  /// The step's kind, as graph and events name it: `up`.
  public var kind: String { step.kind }
  /// The values of earlier steps that it asks for.
  package var reads: [Keys.ID] { code?.reads.ids ?? condition?.question.reads ?? [] }
  /// The values that it sets for later steps.
  package var writes: [Keys.ID] { code?.writes.ids ?? [] }
}

extension Node: Equatable {
  /// Whether two nodes are the same but for the code of primitive steps, which cannot be compared.
  public static func == (left: Node, right: Node) -> Bool {
    left.id == right.id && left.name == right.name && left.isNamed == right.isNamed
      && left.step.isEqual(to: right.step) && left.policies == right.policies
      && left.dependencies == right.dependencies && left.location == right.location
      && left.scopes == right.scopes && left.undo == right.undo && left.guards == right.guards
  }
}

/// A condition that decides about a node.
package struct Guard: Hashable, Sendable, Encodable {
  /// The condition's number in the graph.
  package var node: Int
  /// The answer for which the node is done.
  package var expects: Bool
}

extension Node {
  /// Whether a run never does both, because they are in opposite branches of a ``When``.
  package func excludes(_ other: Node) -> Bool { isExcluded(by: other.guards) }

  /// Whether a run that comes to a step under some conditions never comes to this one.
  func isExcluded(by guards: [Guard]) -> Bool {
    guards.contains { mine in
      self.guards.contains { $0.node == mine.node && $0.expects != mine.expects }
    }
  }
}

/// A group or composite step around nodes.
package struct Scope: Hashable, Sendable, Encodable {
  /// The group's name or the composite step's type.
  package var name: String
  /// How long all of it together may take.
  package var timeout: Duration?
  /// How often its steps are run again from the first, if one fails.
  package var retry: Retry?

  /// How often and how soon steps are run again.
  package struct Retry: Hashable, Sendable, Encodable {
    /// How many more times, at most.
    package var retries: Int
    /// The waiting time before each further time.
    package var backoff: Backoff
  }
}
