import DeployDSL

/// What can be told about a plan by reading its file, without compiling or running it.
struct PlanSummary: Encodable, Equatable {
  /// The file as it was named.
  var file: String
  /// The names of its applications; `?` for one that is not written as a plain text.
  var applications: [String]
  /// Why the plan cannot be run as it is, as far as reading shows.
  var problems: [String]

  /// Reads a plan.
  init(of plan: PlanFile, toolchain: Toolchain) {
    file = plan.typed
    applications = Self.applications(in: plan.bytes)
    problems = applications.isEmpty ? ["declares no Deploy"] : []
    do throws(PlanError) {
      _ = try PlanSources(of: plan, toolchain: toolchain)
    } catch {
      problems += error.diagnostics.map { "line \($0.location.line): \($0.problem)" }
    }
  }

  /// The names in `Deploy("…")`.
  static func applications(in bytes: [UInt8]) -> [String] {
    var skimmer = SwiftScanner()
    var code = String(decoding: bytes, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { skimmer.code(of: $0) }.joined(separator: "\n")[...]
    var names: [String] = []
    var before: Character = " "
    while let letter = code.first {
      if letter == "\"" {
        _ = text(&code)
      } else if isPart(letter), !isPart(before) {
        let word = code.prefix(while: isPart)
        code = code.dropFirst(word.count)
        if word == "Deploy", before != ".", let name = name(&code) { names.append(name) }
      } else {
        code.removeFirst()
      }
      before = letter
    }
    return names
  }

  private static func isPart(_ letter: Character) -> Bool {
    letter.isLetter || letter.isNumber || letter == "_"
  }

  /// The name after `Deploy`; `nil` if no brackets follow.
  private static func name(_ code: inout Substring) -> String? {
    code = code.drop(while: \.isWhitespace)
    guard code.first == "(" else { return nil }
    code = code.dropFirst().drop(while: \.isWhitespace)
    guard code.first == "\"" else { return "?" }
    let name = text(&code)
    return name.contains("\\") ? "?" : name
  }

  /// Takes a text in quotes; what is between them.
  private static func text(_ code: inout Substring) -> String {
    code.removeFirst()
    var text = ""
    while let letter = code.popFirst(), letter != "\"" {
      text.append(letter)
      if letter == "\\", let escaped = code.popFirst() { text.append(escaped) }
    }
    return text
  }
}
