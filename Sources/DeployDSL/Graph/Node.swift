/// One node of a step graph.
public struct Node: Identifiable, Sendable {
  /// The node's number in the graph, from 0; dependencies have smaller numbers.
  public var id: Int
  /// The name for progress and history: the step's own or its title.
  public var name: String
  /// Whether the plan's author chose the name.
  package var isNamed: Bool
  /// The step that the runner performs.
  package var step: any BuiltInStep
  /// The policies of the step.
  package var policies: Policies
  /// The nodes that must succeed first.
  public var dependencies: [Int]
  /// Where the step was written.
  public var location: SourceLocation
  /// The groups and composite steps around it, outermost first, as indices of ``StepGraph/scopes``.
  package var scopes: [Int]
  /// The plan's steps that undo this one, in order; `nil` for the step's own undo.
  package var undo: [Node]?
  /// The required answers of ``When`` conditions; otherwise the step is skipped.
  package var guards: [Guard] = []
  /// For a join of ``When``: the ends of each branch.
  package var alternatives: [[Int]] = []
  /// The condition; not part of comparison.
  package var condition: Condition?
  /// The code of a ``PrimitiveStep``; not part of comparison.
  package var code: (any PrimitiveStep)?

  /// The step's kind, as in graph and events: `up`.
  public var kind: String { step.kind }
  /// The values of earlier steps that it reads.
  package var reads: [Keys.ID] { code?.reads.ids ?? condition?.question.reads ?? [] }
  /// The values that it sets for later steps.
  package var writes: [Keys.ID] { code?.writes.ids ?? [] }
  /// The secrets that it names.
  package var secrets: [Secret] { step.secrets + (code?.secrets ?? []) }
}

extension Node {
  /// A node to show, of a run elsewhere.
  package init(
    id: Int, name: String, step: any BuiltInStep, dependencies: [Int], location: SourceLocation
  ) {
    self.init(
      id: id, name: name, isNamed: false, step: step, policies: Policies(),
      dependencies: dependencies, location: location, scopes: [], undo: nil)
  }
}

extension Node: Equatable {
  /// Whether two nodes are equal, ignoring the code of primitive steps, which cannot be compared.
  public static func == (left: Node, right: Node) -> Bool {
    left.id == right.id && left.name == right.name && left.isNamed == right.isNamed
      && left.step.isEqual(to: right.step) && left.policies == right.policies
      && left.dependencies == right.dependencies && left.location == right.location
      && left.scopes == right.scopes && left.undo == right.undo && left.guards == right.guards
  }
}

/// A condition on which a node depends.
package struct Guard: Hashable, Sendable, Encodable {
  /// The condition's number in the graph.
  package var node: Int
  /// The answer for which the node runs.
  package var expects: Bool
}

extension Node {
  /// Whether no run performs both, because they are in opposite branches of a ``When``.
  package func excludes(_ other: Node) -> Bool { isExcluded(by: other.guards) }

  /// Whether a run that performs a step under some conditions never performs this one.
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
  /// The timeout of the whole scope.
  package var timeout: Duration?
  /// How its steps are repeated from the first one if one fails.
  package var retry: Retry?

  /// The number and delay of retries.
  package struct Retry: Hashable, Sendable, Encodable {
    /// The maximum number of retries.
    package var retries: Int
    /// The delay before each retry.
    package var backoff: Backoff
  }
}
