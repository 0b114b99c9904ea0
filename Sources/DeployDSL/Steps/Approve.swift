/// Asks a person, and continues only after a yes.
///
/// `bgrun` asks on the terminal. Without one it fails, unless `--yes` was given. Whatever the
/// reason, a step that is not approved has failed: the run is rolled back. A run that is resumed
/// before its switch asks again.
public struct Approve: BuiltInStep {
  /// What is asked.
  package var question: String

  /// Asks a person; `.timeout` limits how long the answer is waited for.
  ///
  /// - Parameter question: what a yes means: `Switch to green?`
  public init(_ question: String) { self.question = question }
}

extension Approve {
  package var kind: String { "approve" }
  package var particulars: [String: String] { ["question": question] }
  package var traits: StepTraits { .reliedOn }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    guard question.allSatisfy(\.isWhitespace) else { return [] }
    return [ValidationIssue("Approve has no question", fix: "describe what is being approved")]
  }
}
