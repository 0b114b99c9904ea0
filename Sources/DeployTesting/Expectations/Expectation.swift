import Testing

/// Records an issue where the test's author wrote the expectation.
func record(_ text: String, _ sourceLocation: Testing.SourceLocation) {
  let circumstances = Circumstances.current.map { "\($0): " } ?? ""
  Issue.record(Comment(rawValue: circumstances + text), sourceLocation: sourceLocation)
}

/// What goes wrong in the rehearsal that expectations are about, for their texts.
enum Circumstances {
  @TaskLocal static var current: String?
}

extension Rehearsal {
  /// What somebody wants to see whose expectation was not met.
  var story: String { "what happened:\n\(indented(transcript))" }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }
}
