import DeployRunner

/// What the compiler wrote, and what can be added to it.
struct CompilerText {
  /// What a plan may name, for misspellings.
  static let knownNames = [
    "Deploy", "DetectActive", "Pull", "Build", "Up", "Health", "SwapNginx", "Reload", "Stop",
    "Prune", "Run", "Exec", "Wait", "Print", "Group", "Parallel", "Parameter", "Site", "Step",
    "PrimitiveStep", "UndoableStep", "StepContext", "Steps",
  ]

  private let lines: [Substring]
  /// The modules that packages offer.
  private let modules: [String]

  init(_ text: String, modules: [String] = []) {
    self.modules = modules
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The text with a line after each misspelling that can be mended.
  var withHints: String {
    var result: [String] = []
    var pending: String?
    for line in lines {
      let place = Self.place(of: line)
      if place != nil || line.isEmpty, let note = pending {
        result.append(note)
        pending = nil
      }
      result.append(String(line))
      if let place, let hint = hint(for: line) { pending = "\(place): note: \(hint)" }
    }
    if let pending { result.append(pending) }
    return result.joined(separator: "\n")
  }

  /// The error for a plan that does not compile.
  func refusal(of plan: String, status: Int32) -> ToolError {
    let text = lines.joined(separator: "\n")
    if Self.mismatches.contains(where: { text.contains($0) }) {
      return ToolError(
        "this bgrun was built with another Swift toolchain, so that its module cannot be used",
        fix: "build it anew: swift build, or Scripts/install.sh --prefix DIR", code: .environment,
        preamble: text)
    }
    guard text.contains("error: ") else {
      return ToolError(
        "the compiler ended with status \(status) for \(plan)",
        fix: "nothing was run; is there room on the disk?", code: .environment, preamble: text)
    }
    return ToolError(
      "\(plan) does not compile", fix: "nothing was run", preamble: withHints)
  }

  private static let mismatches = [
    "cannot be imported by the Swift", "malformed compiled module",
    "compiled module was created by",
    "unable to load standard library",
  ]

  /// `FILE:LINE:COLUMN` at the beginning of an error's line.
  private static func place(of line: Substring) -> Substring? {
    guard let range = line.firstRange(of: ": ") else { return nil }
    let place = line[..<range.lowerBound]
    let numbers = place.split(separator: ":").suffix(2)
    guard numbers.count == 2, numbers.allSatisfy({ Int($0) != nil }) else { return nil }
    return place
  }

  private func hint(for line: Substring) -> String? {
    if line.contains("error: no such module '") { return moduleHint(for: line) }
    guard line.contains("error: "), let begin = line.firstRange(of: "cannot find ") else {
      return nil
    }
    let name = Self.quoted(in: line[begin.upperBound...])
    if Self.knownNames.contains(name) { return "write `import DeployDSL` at the top of the plan" }
    return Spelling.nearest(to: name, among: Self.knownNames).map { "did you mean `\($0)`?" }
  }

  private func moduleHint(for line: Substring) -> String {
    let name = Self.quoted(in: line)
    if name == PlanSources.helperModule {
      return "it is made of Steps/*.swift beside the plan, and there is no such file"
    }
    let own = ["DeployDSL", PlanSources.helperModule]
    if let near = Spelling.nearest(to: name, among: modules + own) {
      return "did you mean `\(near)`?"
    }
    return modules.isEmpty
      ? "say where it comes from: import \(name)  // package(path: \"../NAME\")"
      : "the packages offer \(modules.sorted().joined(separator: ", "))"
  }

  private static func quoted(in text: Substring) -> String {
    String(text.drop { $0 != "'" }.dropFirst().prefix { $0 != "'" })
  }
}
