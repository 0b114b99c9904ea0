/// A list of steps, each with its place in the source: what a plan block builds.
public struct Steps: Sendable {
  /// One step and where it was written.
  package struct Entry: Sendable {
    package var step: any Step
    package var location: SourceLocation
  }

  /// What a step does that is not made of others.
  enum Leaf: Sendable {
    case step(any BuiltInStep)
    case code(any PrimitiveStep)
  }

  package var entries: [Entry]
  /// Whether it is a block with nothing written in it.
  private(set) var isBlank = false
  /// Stands for the steps of one that is not made of others.
  private(set) var leaf: Leaf?

  package init(_ entries: [Entry]) { self.entries = entries }

  /// The body of a step that is not made of others: that it says itself what it is saves asking
  /// each type for its protocols, which costs more than the rest of its compilation.
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

  /// A list made at run time, for programs that build plans from data.
  ///
  /// - Parameters:
  ///   - steps: the steps in order; all have one place.
  ///   - file: the file that problems are shown in. Default: the one that this call stands in.
  ///   - line: the line that they are shown at. Default: this call's.
  ///   - column: the column that they are shown at. Default: this call's.
  public init(
    _ steps: [any Step], file: String = #filePath, line: Int = #line, column: Int = #column
  ) {
    let location = SourceLocation(file: file, line: line, column: column)
    entries = steps.map { Entry(step: $0, location: location) }
  }

  /// The number of steps, composite ones counted as one.
  package var count: Int { entries.count }
}
