import DeployRunner

/// Why a command ended before a run began: one sentence, and how to fix it.
struct ToolError: Error, Equatable {
  var message: String
  var fix: String?
  var code: ExitCode
  /// The compiler's output, shown before.
  var preamble: String
  /// SwiftPM's output, shown after.
  var details: String

  init(
    _ message: String, fix: String? = nil, code: ExitCode = .usage, preamble: String = "",
    details: String = ""
  ) {
    self.message = message
    self.fix = fix
    self.code = code
    self.preamble = preamble.isEmpty || preamble.hasSuffix("\n") ? preamble : preamble + "\n"
    self.details = details.isEmpty || details.hasSuffix("\n") ? details : details + "\n"
  }

  /// The text for standard error.
  var text: String {
    preamble + "bgrun: " + message + (fix.map { "; \($0)" } ?? "") + "\n" + details
  }

  /// An unknown word, with the nearest known one, otherwise all of them.
  static func unknown(_ what: String, _ word: String, among known: [String]) -> ToolError {
    if let nearest = EditDistance.nearest(to: word, among: known) {
      return ToolError("unknown \(what)", fix: "did you mean '\(nearest)'?")
    }
    return ToolError("unknown \(what)", fix: "known: \(known.joined(separator: ", "))")
  }
}
