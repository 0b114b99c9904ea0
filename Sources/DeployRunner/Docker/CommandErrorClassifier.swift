package import DeployDSL

/// Explains the failure of a program from its own output.
package enum CommandErrorClassifier {
  /// How many trailing lines to show in an error.
  private static let shown = 20

  /// Words that identify the line with the actual error among many others.
  private static let errorWords = [
    "error", "fatal", "panic", "not found", "cannot ", "can't ", "denied", "no such ", "failed",
  ]

  /// Explains a failed command.
  ///
  /// - Parameter doing: the attempted action: `run bin/migrate`.
  package static func failure(_ command: Command, _ result: CommandResult, doing: String)
    -> DeployError
  {
    failure(command, result.status, result.lines, doing: doing)
  }

  /// Explains a failed command by lines of its output; the last one is the reason.
  static func failure(
    _ command: Command, _ status: Int32, _ lines: [String], doing: String
  ) -> DeployError {
    let reason = lines.last { !$0.allSatisfy(\.isWhitespace) } ?? "no message"
    return DeployError(
      .command, "cannot \(doing): `\(command)` failed with exit code \(status): \(reason)",
      fix: looks(command)
        ? "run the command in the project folder to see its full output"
        : "see what it printed: `bgrun report PLAN`",
      details: telling(lines))
  }

  /// Whether a command can be run again without doing anything.
  private static func looks(_ command: Command) -> Bool {
    let words: Set = ["config", "version", "ps", "inspect", "images", "ls", "top", "info"]
    return command.argv.first == "docker" && !words.isDisjoint(with: command.argv.prefix(6))
  }

  /// The last lines, preceded by the first one that mentions an error.
  static func telling(_ lines: [String]) -> [String] {
    let last = Array(lines.suffix(shown))
    guard let first = firstError(in: lines.dropLast(shown)) else { return last }
    return [first, "…"] + last
  }

  /// The first line that mentions an error.
  static func firstError(in lines: some Sequence<String>) -> String? {
    lines.first { line in
      let line = line.lowercased()
      return errorWords.contains { line.contains($0) }
    }
  }
}

/// The output of an image build, from which it finds the failed program.
struct BuildLog {
  private let lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  /// The output of the failed step's program, ending with the reason; `nil` if the builder itself
  /// failed.
  var failedProgram: [String]? {
    // BuildKit: `#5 ERROR: executor failed running [/bin/sh -c …]: exit code: 127`, and before that
    // `#5 0.345 /bin/sh: 1: pip: not found`.
    if let end = lines.lastIndex(where: { $0.contains(" ERROR: ") && $0.contains("exit code: ") }),
      let step = lines[end].split(separator: " ").first, step.hasPrefix("#")
    {
      return ending(lines[..<end].filter { $0.hasPrefix("\(step) ") }.map(withoutPrefix))
    }
    // The legacy builder: `The command '/bin/sh -c …' returned a non-zero code: 127`.
    guard let end = lines.lastIndex(where: { $0.contains("returned a non-zero code: ") }) else {
      return nil
    }
    let begin = lines[..<end].lastIndex { $0.hasPrefix("Step ") } ?? 0
    return ending(lines[begin..<end].filter { !$0.hasPrefix(" ---> ") })
  }

  /// The lines, followed by the first one that mentions an error.
  private func ending(_ lines: [String]) -> [String] {
    // The first line is the instruction.
    guard let first = CommandErrorClassifier.firstError(in: lines.dropFirst()), first != lines.last
    else {
      return lines
    }
    return lines + [first]
  }

  /// The line without its step number and time.
  private func withoutPrefix(_ line: String) -> String {
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count == 3, Double(words[1]) != nil else {
      return words.dropFirst().joined(separator: " ")
    }
    return String(words[2])
  }
}
