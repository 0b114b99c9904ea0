import Foundation
import Testing

/// The files of `Fixtures`: what tests start from, and the output that they expect.
enum Fixture {
  static func file(_ name: String) -> URL {
    Workbench.repository.appending(path: "Tests/bgrunTests/Fixtures/\(name)")
  }
}

/// Compares a whole output with the recorded one, or records it with `BGRUN_UPDATE_FIXTURES=1`.
func expect(
  _ text: String, isRecordedIn file: URL, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  if ProcessInfo.processInfo.environment["BGRUN_UPDATE_FIXTURES"] == "1" {
    return try Data(text.utf8).write(to: file)
  }
  let recorded = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  guard recorded != text else { return }
  let (old, new) = (recorded.components(separatedBy: "\n"), text.components(separatedBy: "\n"))
  let line = zip(old, new).prefix { $0 == $1 }.count
  Issue.record(
    """
    \(file.lastPathComponent):\(line + 1) differs
    recorded: \(old.dropFirst(line).first ?? "nothing")
    actual:   \(new.dropFirst(line).first ?? "nothing")
    Record it with BGRUN_UPDATE_FIXTURES=1 and review the difference.
    """, sourceLocation: sourceLocation)
}
