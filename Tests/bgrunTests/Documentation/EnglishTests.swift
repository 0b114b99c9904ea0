import Foundation
import Testing

/// Holds comments, messages and documents against the words that the project does not use.
@Suite struct EnglishTests {
  /// Each with what to write instead.
  private static let phrases = [
    (#"(take|takes|taken|took|taking) (\w+ )?back"#, "undo, roll back"),
    (#"(bring|brings|brought|bringing) (\w+ )?back"#, "roll back"),
    ("half[- ]done", "interrupted"),
    ("(some|any|no)body", "who does it, or the passive"),
    ("mend(s|ed|ing)?", "fix"),
    ("(go|goes|gone|went) on", "continue, resume"),
    ("(there )?(is|are) no (?!longer)", "is not a"),
    ("(what|nothing) serves", "the active colour, no colour serves"),
    ("by (itself|themselves)", "automatically, alone"),
    ("by hand", "manually"),
    ("side by side", "in parallel"),
    ("trouble|anew", "fault, error; again"),
  ]

  @Test func `comments, messages and documents use the project's words`() throws {
    var found: [String] = []
    for (name, text) in try Self.texts {
      // One line, without the marks of comments: phrases wrap. CHANGELOG names former JSON words.
      let line = text.replacing(/`(half done|trouble)`/, with: "")
        .replacing(/\s+(\/\/\/?|\*)?\s*/, with: " ")
      for (phrase, better) in Self.phrases {
        let regex = try Regex(#"\b(?:\#(phrase))\b"#).ignoresCase()
        for match in line.matches(of: regex)
        where !line[match.range].lowercased().hasPrefix("there ") {
          let start = line.index(match.range.lowerBound, offsetBy: -30, limitedBy: line.startIndex)
          let end = line.index(match.range.upperBound, offsetBy: 30, limitedBy: line.endIndex)
          let context = line[(start ?? line.startIndex)..<(end ?? line.endIndex)]
          found.append("\(name): \(context)  → \(better)")
        }
      }
    }
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  /// The sources, guides and documents, by their paths.
  private static var texts: [(String, String)] {
    get throws {
      let sources = Workbench.repository.appending(path: "Sources")
      let files = FileManager.default.enumerator(atPath: sources.path)?.allObjects ?? []
      let names = files.compactMap { $0 as? String }.sorted().filter { name in
        [".swift", ".md", ".json", ".c", ".h"].contains { name.hasSuffix($0) }
      }
      return try (names.map { "Sources/\($0)" } + ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
        .map {
          ($0, try String(contentsOf: Workbench.repository.appending(path: $0), encoding: .utf8))
        }
    }
  }
}
