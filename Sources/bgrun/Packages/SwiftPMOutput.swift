/// The output of a failed SwiftPM command.
struct SwiftPMOutput {
  let text: String

  /// The errors and warnings, each once, without progress and without what our own package causes.
  var problems: String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
      !Self.noise.contains { line.contains($0) } && !Self.progress.contains { line.hasPrefix($0) }
        // Our stub replaces bgrun on purpose; if SwiftPM rejects it, that is an error.
        && !(line.hasPrefix("warning: ") && line.contains("Conflicting identity for "))
    }
    // The compiler is started twice for one file, and reports each problem twice.
    var seen: Set<String> = []
    return lines.reduce(into: [""]) { blocks, line in
      if Self.beginsProblem(line) {
        blocks.append(String(line))
      } else {
        blocks[blocks.count - 1] += "\n" + line
      }
    }
    .map { block in
      var rest = block.drop(while: \.isNewline)
      while rest.last?.isWhitespace == true { rest.removeLast() }
      return String(rest)
    }
    .filter { !$0.isEmpty && seen.insert($0).inserted }.joined(separator: "\n")
  }

  /// A quoted line of source begins with its number or with spaces.
  private static func beginsProblem(_ line: Substring) -> Bool {
    guard let first = line.first, first != " ", first != "|", !first.isNumber else { return false }
    return ["error: ", "warning: ", "note: "].contains { line.contains($0) }
  }

  private static let progress = [
    "[", "Building for ", "Fetching ", "Fetched ", "Updating ", "Updated ", "Computing ",
    "Computed ", "Creating ", "Working copy of ",
  ]
  private static let noise = ["is not used by any target", "emit-module command failed"]

  /// Whether the text names a package.
  func blames(_ package: PackageDependency) -> Bool {
    let place =
      switch package.origin {
      case .folder(let path): path + "/"
      // SwiftPM shows `file:///srv/steps` as a path.
      case .repository(let url, _, _): url.replacing(/^file:\/\//, with: "")
      }
    return ["'\(package.identity)'", place, "/checkouts/\(package.identity)/"]
      .contains { text.contains($0) }
  }
}
