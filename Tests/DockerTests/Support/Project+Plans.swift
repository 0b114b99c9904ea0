import Foundation

extension Project {
  /// The plan that people copy, changed for a test, as a file in the project's folder.
  func plan(_ change: (String) -> String) throws -> URL {
    let text = change(try String(contentsOf: Repository.plan, encoding: .utf8))
    let url = folder.appending(path: "plan.swift")
    try text.write(to: url, atomically: true, encoding: .utf8)
    return url
  }

  /// The plan that people copy, with a step that fails once traffic has moved.
  func planFailingAfterTheSwitch() throws -> URL {
    try plan { $0.replacing("Stop(.previous)", with: #"Run("false")"# + "\n  Stop(.previous)") }
  }

  /// The plan that people copy, with a gate that gives up after two seconds.
  func impatientPlan() throws -> URL {
    try plan { $0.replacing("retries: 15, every: 2", with: "retries: 4, every: 0.5") }
  }
}
