import Foundation
import Testing

/// What a test changes in the files of its project.
extension Project {
  /// Replaces texts in a file; it is an error if one of them is not there.
  func edit(_ path: String, _ changes: KeyValuePairs<String, String>) throws {
    var text = try read(path)
    for (old, new) in changes {
      try #require(text.contains(old), "\(path) lacks “\(old)”:\n\(text)")
      text = text.replacing(old, with: new)
    }
    try write(text, to: path)
  }

  /// Changes a file; it is an error if that changes nothing.
  func edit(_ path: String, _ change: (String) -> String) throws {
    let before = try read(path)
    let after = change(before)
    try #require(before != after, "\(path) is not what the test expects")
    try write(after, to: path)
  }

  func read(_ path: String) throws -> String {
    try String(contentsOf: folder.appending(path: path), encoding: .utf8)
  }

  /// Writes a file in place: where the file itself is mounted, a new inode would not be seen.
  func write(_ text: String, to path: String) throws {
    try text.write(to: folder.appending(path: path), atomically: false, encoding: .utf8)
  }

  /// README's plan with texts replaced, as a file in the project's folder.
  func plan(_ changes: KeyValuePairs<String, String> = [:]) throws -> URL {
    try write(try String(contentsOf: Repository.plan, encoding: .utf8), to: "plan.swift")
    try edit("plan.swift", changes)
    return folder.appending(path: "plan.swift")
  }

  /// README's plan with a step before another one.
  func plan(_ step: String, before next: String) throws -> URL {
    try plan(["  \(next)": "  \(step)\n  \(next)"])
  }
}
