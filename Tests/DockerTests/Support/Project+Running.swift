import Foundation
import Testing

extension Project {
  /// A signal that bgrun gets while it runs.
  struct Interruption: Sendable {
    var signal: Int32
    /// Returns when it is to be sent.
    var moment: @Sendable () async throws -> Void

    init(_ signal: Int32, when moment: @escaping @Sendable () async throws -> Void) {
      (self.signal, self.moment) = (signal, moment)
    }
  }

  /// Runs bgrun on this project, `bgrun COMMAND PLAN …`, and expects how it ends.
  ///
  /// - Parameters:
  ///   - words: the command, if it is not `run`, and its arguments.
  ///   - fault: what docker does wrong meanwhile.
  ///   - status: the exit code; `nil` if the caller looks at it.
  ///   - texts: what bgrun must print.
  ///   - colour: which colour must be active then, alone.
  @discardableResult
  func bgrun(
    _ words: String..., plan: URL = Repository.plan, environment: [String: String] = [:],
    fault: FakeDocker.Cell? = nil, interruption: Interruption? = nil, exits status: Int32? = 0,
    says texts: [String] = [], live colour: Colour? = nil, _ comment: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Ended {
    let hasCommand = words.first?.hasPrefix("-") == false
    let argv =
      [Repository.bgrun.path, hasCommand ? words[0] : "run", plan.path]
      + words.dropFirst(hasCommand ? 1 : 0)
      + (words.contains("--project") ? [] : ["--project", folder.path])
    let docker = try fault.map { try FakeDocker(in: self, doing: $0) }
    var sender: Task<Void, any Error>?
    // A process that has ended is sent nothing: its number may be another's.
    defer { sender?.cancel() }
    let ended = try await Shell.run(
      argv, in: folder, environment: environment.merging(docker?.environment ?? [:]) { $1 }
    ) { pid in
      guard let interruption else { return }
      sender = Task {
        try await interruption.moment()
        try Task.checkCancellation()
        kill(pid, interruption.signal)
      }
    }
    let context: Comment = "\(comment) \(words.joined(separator: " ")): \(ended)"
    if let status { #expect(ended.status == status, context, sourceLocation: sourceLocation) }
    for text in texts {
      #expect(
        ended.text.contains(text), "“\(text)” is missing: \(context)",
        sourceLocation: sourceLocation)
    }
    if let colour {
      try await expect(live: colour, context, sourceLocation: sourceLocation)
    }
    return ended
  }

  /// Expects that traffic, containers and the site file agree on the active colour.
  func expect(
    live colour: Colour, alone: Bool = true, _ comment: Comment = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    #expect(live() == colour, comment, sourceLocation: sourceLocation)
    let running = try await running()
    #expect(
      alone ? running == [colour] : running.contains(colour), comment,
      sourceLocation: sourceLocation)
    #expect(
      try Data(contentsOf: site) == Data(contentsOf: source(colour)), comment,
      sourceLocation: sourceLocation)
  }
}
