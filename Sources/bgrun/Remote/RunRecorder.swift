import DeployDSL
import DeployRunner
import Synchronization

/// Writes a run's events into a file from which it is followed, and takes answers from there.
final class RunRecorder: RunView, Sendable {
  private struct State: Sendable {
    var line = 0
    /// The lines of questions that no one waits for yet.
    var asked: [String: [Int]] = [:]
  }

  /// How often the answer to a question is looked for.
  private static let pace: Duration = .milliseconds(200)

  private let run: RunID
  private let store: EventStore
  private let file: OpenFile
  private let state = Mutex(State())

  /// - Returns: `nil` if the run was started before.
  init?(_ run: RunID, of file: LoadedFile, _ options: Options) throws {
    self.run = run
    store = try EventStore(StateFolder.ofEvents(of: file, options))
    guard let events = try store.create(run) else { return nil }
    self.file = events
  }

  /// Writes the first line.
  func begin(_ group: DeploymentGroup, _ purpose: RunPurpose) {
    write(.began(RunRecord.Beginning(group, purpose)))
  }

  /// What is followed is one host's.
  func begin(_ wave: DeploymentGroup.WaveStart) {}

  func report(_ event: DeploymentGroup.MemberEvent) { write(.event(EventRecord(event))) }

  func interrupt(signal: Int32) { write(.interrupted(signal: signal)) }

  func finish(_ report: DeploymentGroupReport, exitCode: Int32) {
    write(.ended(exitCode: exitCode, RunRecord.Ending(report)))
  }

  let needsTicks = false
  func tick() {}

  /// A full disk does not stop the run: only those who follow it see less.
  private func write(_ record: RunRecord) {
    let line = record.jsonLine + [UInt8(ascii: "\n")]
    state.withLock { state in
      guard Files.write(line, to: file.descriptor) else { return }
      if case .event(let event) = record, case .asked(let question) = event.event.event.kind {
        state.asked[question, default: []].append(state.line)
      }
      state.line += 1
    }
  }

  /// Waits until someone who follows the run answers a question.
  func answer(to question: String) async throws -> Bool {
    var line: Int?
    while true {
      line =
        line
        ?? state.withLock { state in
          guard let first = state.asked[question]?.first else { return nil }
          state.asked[question]?.removeFirst()
          return first
        }
      if let line, let answer = try store.answer(run, line: line) { return answer }
      try await Task.sleep(for: Self.pace)
    }
  }
}

extension StateFolder {
  /// Where the events of a file's runs lie: with its first application.
  static func ofEvents(of file: LoadedFile, _ options: Options) throws -> StateFolder {
    let plan = file.plans[0]
    return try prepare(
      at: StatePath.find(options, plan), application: plan.graph.application.name,
      needsRoom: options.command is RunCommand)
  }
}
