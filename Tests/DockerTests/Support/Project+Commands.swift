import Foundation
import Testing

extension Project {
  /// Runs another command of the tool: `bgrun COMMAND PLAN …`.
  func bgrun(
    command: String, _ arguments: String..., plan: URL = Repository.plan,
    environment: [String: String] = [:]
  ) async throws -> Ended {
    let argv =
      [Repository.bgrun.path, command, plan.path] + arguments + ["--project", folder.path]
    return try await Shell.run(argv, in: folder, environment: environment)
  }

  /// What serves, what runs and what the site file says, in agreement.
  func expect(
    live colour: Colour, alone: Bool = true, _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    #expect(live() == colour, comment, sourceLocation: sourceLocation)
    #expect(try await isRunning(colour), comment, sourceLocation: sourceLocation)
    if alone {
      #expect(try await !isRunning(colour.other), comment, sourceLocation: sourceLocation)
    }
    #expect(
      try Data(contentsOf: site) == Data(contentsOf: source(colour)), comment,
      sourceLocation: sourceLocation)
  }
}
