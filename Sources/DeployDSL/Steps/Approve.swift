/// Asks the user, and continues only after a yes.
///
/// `bgrun` asks on the terminal. Without a terminal it fails, unless `--yes` was given. Without
/// approval the step fails and the run is rolled back. A run that is resumed before its switch asks
/// again.
public struct Approve: BuiltInStep {
  /// The question.
  package var question: String

  /// Asks the user; `.timeout` limits the wait for the answer.
  ///
  /// - Parameter question: the question: `Switch to green?`
  public init(_ question: String) { self.question = question }
}

extension Approve {
  package var kind: String { "approve" }
  package var particulars: [String: String] { ["question": question] }
  package func highlights(in application: Application) -> [String] { ["\"\(question)\""] }
  package var traits: StepTraits { .reliedOn }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    guard question.allSatisfy(\.isWhitespace) else { return [] }
    return [ValidationIssue("Approve has no question", fix: "describe what is being approved")]
  }
}
