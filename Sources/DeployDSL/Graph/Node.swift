/// One node of a step graph.
public struct Node: Identifiable, Sendable {
  /// The node's number in the graph, from 0; dependencies have smaller numbers.
  public var id: Int
  /// The name for progress and history: the step's own or its action's title.
  public var name: String
  /// Whether the plan's author chose the name.
  public var isNamed: Bool
  /// What is asked of the runner.
  public var action: Action
  /// How often and how long.
  public var policies: Policies
  /// The nodes that must have succeeded before.
  public var dependencies: [Int]
  /// Where the step was written.
  public var location: SourceLocation
  /// The groups and composite steps around it, outermost first, as indices of ``StepGraph/scopes``.
  public var scopes: [Int]
  /// What takes the step back, in order, if the plan says it; `nil` is the step's own undo.
  public var undo: [Node]?
  /// The code of a ``PrimitiveStep``; not part of comparison.
  package var code: (any PrimitiveStep)?
}

extension Node: Equatable {
  /// Whether two nodes are the same but for the code of primitive steps, which cannot be compared.
  public static func == (left: Node, right: Node) -> Bool {
    left.id == right.id && left.name == right.name && left.isNamed == right.isNamed
      && left.action == right.action && left.policies == right.policies
      && left.dependencies == right.dependencies && left.location == right.location
      && left.scopes == right.scopes && left.undo == right.undo
  }
}

/// A group or composite step around nodes.
public struct Scope: Hashable, Sendable {
  /// The group's name or the composite step's type.
  public var name: String
  /// How long all of it together may take.
  public var timeout: Duration?
}
