/// The compiler's output, with hints added.
struct CompilerText {
  private let lines: [Substring]
  /// The modules that packages offer.
  private let modules: [String]

  init(_ text: String, modules: [String] = []) {
    self.modules = modules
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The text without notes about bgrun's own source, and with a hint after each error that has
  /// one.
  var withHints: String {
    var blocks: [CompilerBlock] = []
    for line in lines {
      if blocks.isEmpty || CompilerBlock.place(of: line) != nil { blocks.append(CompilerBlock()) }
      blocks[blocks.count - 1].lines.append(line)
    }
    let hints = CompilerHints(modules: modules)
    let text = blocks.indices.flatMap { index -> [String] in
      guard !blocks[index].isOurSource else { return [] }
      let next = blocks[(index + 1)...].first.flatMap { $0.isOurSource ? $0.lines.first : nil }
      return blocks[index].text(with: hints, declaration: next)
    }
    return text.joined(separator: "\n")
  }

  /// The error for a plan that does not compile.
  func refusal(of plan: String, status: Int32) -> ToolError {
    let text = lines.joined(separator: "\n")
    if Self.mismatches.contains(where: { text.contains($0) }) {
      return ToolError(
        "this bgrun was built with another Swift toolchain, so its module cannot be used",
        fix: "rebuild it: swift build, or Scripts/install.sh --prefix DIR", code: .environment,
        preamble: text)
    }
    guard text.contains("error: ") else {
      if status > 128 {
        return ToolError(
          "signal \(status - 128) ended the compiler while it compiled \(plan)",
          fix: "nothing was run; free some memory, or report a compiler crash to the Swift project",
          code: .environment, preamble: text)
      }
      return ToolError(
        "the compiler exited with status \(status) for \(plan)",
        fix: "nothing was run; check the free disk space", code: .environment, preamble: text)
    }
    return ToolError(
      "\(plan) does not compile", fix: "nothing was run", preamble: withHints)
  }

  private static let mismatches = [
    "cannot be imported by the Swift", "malformed compiled module",
    "compiled module was created by",
    "unable to load standard library",
  ]
}
