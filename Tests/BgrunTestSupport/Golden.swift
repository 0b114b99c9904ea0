import Foundation
import Synchronization
package import Testing

/// Holds texts against a file in `Tests/Golden`, each whole, under a name.
///
/// `BGRUN_UPDATE_FIXTURES=1 swift test` records them anew, those of removed tests stay: review the
/// difference.
///
/// - Parameters:
///   - file: the file's name.
///   - entries: the texts, by their names.
package func expectGolden(
  _ file: String, _ entries: [String: String],
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) throws {
  try GoldenFiles.lock.withLock { _ in
    let url = GoldenFiles.url(file)
    var golden = GoldenFiles.entries(in: (try? String(contentsOf: url, encoding: .utf8)) ?? "")
    if ProcessInfo.processInfo.environment["BGRUN_UPDATE_FIXTURES"] == "1" {
      golden.merge(entries) { $1 }
      return try Data(GoldenFiles.text(of: golden).utf8).write(to: url)
    }
    for (name, text) in entries where golden[name] != text {
      let was = golden[name].map { "\n\(file) says\n\($0)" } ?? ", which \(file) does not have"
      Issue.record(
        "\(name)\(was)\nand now it is\n\(text)\nrecord it with BGRUN_UPDATE_FIXTURES=1, and read it",
        sourceLocation: sourceLocation)
    }
  }
}

/// Holds the text of a test against a file in `Tests/Golden`, under the test's name.
///
/// - Parameters:
///   - file: the file's name.
///   - text: the text.
///   - arguments: the arguments of the case, if the test has some.
package func expectGolden(
  _ file: String, _ text: String, _ arguments: String = "",
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) throws {
  let test = Test.current.map { $0.displayName ?? $0.name } ?? ""
  let name = test.replacing("`", with: "").split(separator: "(").first ?? ""
  try expectGolden(
    file, [name + (arguments.isEmpty ? "" : ": \(arguments)"): text],
    sourceLocation: sourceLocation)
}

/// What the real engine (20.10.24) and Compose (2.40.3) printed for Examples/grafana, shortened.
package func dockerSample(_ name: String) throws -> String {
  try String(contentsOf: GoldenFiles.url("Docker/\(name)"), encoding: .utf8)
}

/// Files of names, each in a line of its own, and below them their texts, indented.
private enum GoldenFiles {
  static let lock = Mutex(())

  static func url(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/\(path)")
  }

  static func entries(in file: String) -> [String: String] {
    var entries: [String: String] = [:]
    var name = ""
    for line in file.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("  ") {
        entries[name] = (entries[name].map { $0 + "\n" } ?? "") + line.dropFirst(2)
      } else {
        name = String(line)
      }
    }
    return entries
  }

  static func text(of entries: [String: String]) -> String {
    entries.sorted { $0.key < $1.key }.map { name, text in
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      return "\(name)\n" + lines.map { "  \($0)\n" }.joined()
    }.joined()
  }
}
