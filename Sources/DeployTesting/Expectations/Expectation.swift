import DeploySimulator
import Testing

/// Records an issue where the test's author wrote the expectation.
func record(_ text: String, _ sourceLocation: Testing.SourceLocation) {
  let circumstances = Rehearsal.circumstances.map { "\($0): " } ?? ""
  Issue.record(Comment(rawValue: circumstances + text), sourceLocation: sourceLocation)
}

extension Rehearsal {
  /// The outcome and transcript, shown when an expectation fails.
  var story: String { "what happened:\n\(indented(transcript))" }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }
}
