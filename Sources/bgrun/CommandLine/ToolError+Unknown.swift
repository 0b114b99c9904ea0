import DeployRunner

extension ToolError {
  /// An unknown word, with the nearest known one or else all of them.
  static func unknown(_ what: String, _ word: String, among known: [String]) -> ToolError {
    if let nearest = EditDistance.nearest(to: word, among: known) {
      return ToolError("unknown \(what)", fix: "did you mean '\(nearest)'?")
    }
    return ToolError("unknown \(what)", fix: "known: \(known.joined(separator: ", "))")
  }
}
