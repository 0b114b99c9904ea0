package import DeployDSL

/// Explains that a program failed, by what it printed itself.
package enum CommandErrorClassifier {
  /// How many of the last lines a failure shows.
  private static let shown = 20

  /// Words of a line that says what went wrong, where many more follow it.
  private static let grave = [
    "error", "fatal", "panic", "not found", "cannot ", "can't ", "denied", "no such ", "failed",
  ]

  /// Explains a failed command.
  ///
  /// - Parameter doing: what was tried: `run bin/migrate`.
  package static func failure(_ command: Command, _ result: CommandResult, doing: String)
    -> DeployError
  {
    failure(command, result.status, result.lines, doing: doing)
  }

  /// Explains a failed command by some lines of what it printed; the last one is the reason.
  static func failure(
    _ command: Command, _ status: Int32, _ lines: [String], doing: String
  ) -> DeployError {
    let reason = lines.last { !$0.allSatisfy(\.isWhitespace) } ?? "no message"
    return DeployError(
      .command, "cannot \(doing): `\(command)` ended with \(status): \(reason)",
      fix: "run the command in the project folder to see its full output",
      details: telling(lines))
  }

  /// The last lines, and the first one that speaks of an error if it comes before them.
  static func telling(_ lines: [String]) -> [String] {
    let last = Array(lines.suffix(shown))
    guard let first = firstError(in: lines.dropLast(shown)) else { return last }
    return [first, "…"] + last
  }

  /// The first line that speaks of an error.
  static func firstError(in lines: some Sequence<String>) -> String? {
    lines.first { line in
      let line = line.lowercased()
      return grave.contains { line.contains($0) }
    }
  }
}

/// What a builder printed: of which of its steps a program failed.
struct BuildLog {
  private let lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  /// What the program of the failed step printed, the line that says why last; `nil` if no program
  /// failed, but the builder itself.
  var failedProgram: [String]? {
    // BuildKit: `#5 ERROR: executor failed running [/bin/sh -c …]: exit code: 127`, and before that
    // `#5 0.345 /bin/sh: 1: pip: not found`.
    if let end = lines.lastIndex(where: { $0.contains(" ERROR: ") && $0.contains("exit code: ") }),
      let step = lines[end].split(separator: " ").first, step.hasPrefix("#")
    {
      return ending(lines[..<end].filter { $0.hasPrefix("\(step) ") }.map(withoutPrefix))
    }
    // The builder before it: `The command '/bin/sh -c …' returned a non-zero code: 127`.
    guard let end = lines.lastIndex(where: { $0.contains("returned a non-zero code: ") }) else {
      return nil
    }
    let begin = lines[..<end].lastIndex { $0.hasPrefix("Step ") } ?? 0
    return ending(lines[begin..<end].filter { !$0.hasPrefix(" ---> ") })
  }

  /// The lines, with the first one that speaks of an error at their end.
  private func ending(_ lines: [String]) -> [String] {
    // The first line is the instruction.
    guard let first = CommandErrorClassifier.firstError(in: lines.dropFirst()), first != lines.last
    else {
      return lines
    }
    return lines + [first]
  }

  /// The line without the number of its step and the time.
  private func withoutPrefix(_ line: String) -> String {
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count == 3, Double(words[1]) != nil else {
      return words.dropFirst().joined(separator: " ")
    }
    return String(words[2])
  }
}
