/// A list of steps with their source locations, built by a plan block.
public struct Steps: Sendable {
  /// One step and where it was written.
  package struct Entry: Sendable {
    package var step: any Step
    package var location: SourceLocation
  }

  /// The content of a step that is not composed of others.
  enum Leaf: Sendable {
    case step(any BuiltInStep)
    case code(any PrimitiveStep)
  }

  package var entries: [Entry]
  /// Whether it is an empty block.
  private(set) var isBlank = false
  /// The body of a step that is not composed of others.
  private(set) var leaf: Leaf?

  package init(_ entries: [Entry]) { self.entries = entries }

  /// The body of a step that is not composed of others. It carries the step itself, because dynamic
  /// casts to protocols would cost more than the rest of the compilation of the plan.
  init(leaf: Leaf) {
    entries = []
    self.leaf = leaf
  }

  /// The list of a block `{ }`.
  static var blank: Steps {
    var steps = Steps()
    steps.isBlank = true
    return steps
  }

  /// An empty list.
  public init() { entries = [] }

  /// Creates a list at run time, for programs that build plans from data.
  ///
  /// - Parameters:
  ///   - steps: the steps in order; all have the same location.
  ///   - file: the file to report issues in. Default: this call's.
  ///   - line: the line to report them at. Default: this call's.
  ///   - column: the column to report them at. Default: this call's.
  public init(
    _ steps: [any Step], file: String = #filePath, line: Int = #line, column: Int = #column
  ) {
    let location = SourceLocation(file: file, line: line, column: column)
    entries = steps.map { Entry(step: $0, location: location) }
  }

  /// The number of steps; a composite step counts as one.
  package var count: Int { entries.count }
}
