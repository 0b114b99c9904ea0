import Foundation

/// The article of wrong plans: people write its headings and plans, the rest is made from what
/// `bgrun check` says about them.
struct WrongPlansArticle {
  /// A wrong plan, or the heading of a chapter of them.
  struct Entry {
    var title: String
    /// `nil` for a chapter.
    var plan: String?
  }

  static let file = Workbench.repository.appending(
    path: "Sources/DeployDSL/DeployDSL.docc/WrongPlans.md")

  private(set) var entries: [Entry] = []

  init(_ text: String) {
    var plan: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let lines = plan {
        plan = line == "```" ? nil : lines + line + "\n"
        if plan == nil { entries[entries.count - 1].plan = lines }
      } else if line.hasPrefix("### ") || line.hasPrefix("## ") {
        entries.append(Entry(title: line.drop { "# ".contains($0) }.description))
      } else if line == "```swift", !entries.isEmpty {
        plan = ""
      }
    }
  }

  /// The whole article.
  ///
  /// - Parameter answers: what is said about each plan, by its title.
  func text(answers: [String: String]) -> String {
    var rows = ""
    var chapters = ""
    for entry in entries {
      guard let plan = entry.plan else {
        chapters += "\n## \(entry.title)\n"
        continue
      }
      let answer = answers[entry.title] ?? ""
      rows += "| \(entry.title) | \(Summary(of: answer).cells) |\n"
      chapters += "\n### \(entry.title)\n\n```swift\n\(plan)```\n\n```text\n\(answer)```\n"
    }
    return Self.beginning + rows + chapters
  }

  private static let beginning = """
    # Wrong plans

    What bgrun says about a mistake: the line, the cause and the fix, before anything is touched.

    `bgrun check PLAN.swift` says it without deploying; so does every other command, before it begins.
    Each plan below is wrong on purpose, and what is shown below it is all that bgrun says, to standard
    error. It ends with 2. ValidationIssues of Swift are found by its compiler, to whose words bgrun adds notes;
    mistakes of meaning are found by bgrun, all of a plan at once. The table shows the first problem
    of each.

    | mistake | line | cause | fix |
    | --- | --- | --- | --- |

    """
}

extension WrongPlansArticle {
  /// The first problem of an answer, for the table.
  private struct Summary {
    private var line = ""
    private var cause = ""
    private var fix = ""

    init(of answer: String) {
      let lines = answer.split(separator: "\n")
      guard let first = lines.first(where: { $0.contains(": error: ") }),
        let place = first.firstRange(of: ": error: ")
      else {
        let parts = answer.dropFirst("bgrun: ".count).split(separator: "; ", maxSplits: 1)
        (cause, fix) = (String(parts[0]), parts.last.map { $0.trimmed } ?? "")
        return
      }
      line = String(first[..<place.lowerBound].split(separator: ":")[1])
      cause = String(first[place.upperBound...])
      let note = lines.first { $0.hasPrefix("plan.swift:") && $0.contains(": note: ") }
      if let found = note?.firstRange(of: ": note: ") {
        fix = String(note?[found.upperBound...] ?? "")
      } else if let caret = lines.first(where: { $0.contains("| ") && $0.contains("^ ") }) {
        fix = String(caret.split(separator: "^ ", maxSplits: 1).last ?? "")
      } else if let colon = cause.firstRange(of: ": ") {
        fix = String(cause[colon.upperBound...])
        cause = String(cause[..<colon.lowerBound])
      }
    }

    var cells: String {
      [line, cause, fix].map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")
    }
  }
}

extension Substring {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
