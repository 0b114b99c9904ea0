/// What SwiftPM wrote.
struct SwiftPMText {
  private let text: String

  init(_ text: String) { self.text = text }

  /// The problems in it, each once: without progress, and without what our own package makes it say.
  var problems: String {
    var seen: Set<String> = []
    return blocks.map(Self.trimmed).filter { !$0.isEmpty && seen.insert($0).inserted }
      .joined(separator: "\n")
  }

  /// Each problem with the lines that belong to it: the compiler is started twice for one file, and
  /// says the same twice.
  private var blocks: [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { line in !Self.noise.contains { line.contains($0) } }
      // That our stub takes bgrun's place is meant; where SwiftPM does not let it, that is an error.
      .filter { line in !(line.hasPrefix("warning: ") && line.contains("Conflicting identity for "))
      }
      .filter { line in !Self.progress.contains { line.hasPrefix($0) } }
    return lines.reduce(into: [""]) { blocks, line in
      if Self.beginsProblem(line) {
        blocks.append(String(line))
      } else {
        blocks[blocks.count - 1] += "\n" + line
      }
    }
  }

  /// A quoted line of source begins with its number, or with room for it.
  private static func beginsProblem(_ line: Substring) -> Bool {
    guard let first = line.first, first != " ", first != "|", !first.isNumber else { return false }
    return line.contains("error: ") || line.contains("warning: ") || line.contains("note: ")
  }

  private static let progress = [
    "[", "Building for ", "Fetching ", "Fetched ", "Updating ", "Updated ", "Computing ",
    "Computed ", "Creating ", "Working copy of ",
  ]
  private static let noise = ["is not used by any target", "emit-module command failed"]

  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    while text.first?.isNewline == true { text.removeFirst() }
    return String(text)
  }
}
