import DeployDSL
import DeployRunner
import Dispatch
import Synchronization

/// Writes a run's events into a file from which it is followed, and takes answers from there.
final class RunRecorder: RunView, Sendable {
  private struct State: Sendable {
    var line = 0
    /// The lines of questions that no one waits for yet.
    var asked: [String: [Int]] = [:]
    /// Who runs the command of a line; empty while no one does.
    var runners: [Int: String] = [:]
  }

  /// How often the line of a question is looked for, which another thread writes.
  private static let pace: Duration = .milliseconds(20)

  /// What proposed commands name to follow the run: `PLAN --set tag=2`.
  let planWords: String
  private let run: RunID
  private let store: EventStore
  private let file: OpenFile
  private let replies = Replies()
  private let state = Mutex(State())

  /// - Returns: `nil` if the run was started before.
  init?(_ run: RunID, of file: LoadedFile, _ options: Options) throws {
    self.run = run
    planWords = "PLAN\(file.settings(of: options))"
    store = try EventStore(StateFolder.ofEvents(of: file, options))
    guard let events = try store.create(run) else { return nil }
    self.file = events
    listen(at: try store.listen(run))
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
    // Otherwise it goes with the run's other files.
    try? store.stopListening(run)
  }

  let needsTicks = false
  func tick() {}

  /// A full disk does not stop the run: only those who follow it see less.
  ///
  /// - Returns: the number of its line.
  @discardableResult
  private func write(_ record: RunRecord) -> Int {
    let line = record.jsonLine + [UInt8(ascii: "\n")]
    return state.withLock { state in
      guard Files.write(line, to: file.descriptor) else { return state.line }
      if case .wanted = record { state.runners[state.line] = "" }
      if case .event(let event) = record, case .asked(let question) = event.event.event.kind {
        state.asked[question, default: []].append(state.line)
      }
      state.line += 1
      return state.line - 1
    }
  }

  // MARK: Answers

  /// Takes what those who follow tell.
  private func listen(at pipe: OpenFile) {
    DispatchQueue(label: "bgrun.told").async { [weak self] in
      var lines = Lines()
      var chunk = [UInt8](repeating: 0, count: 64 * 1024)
      while true {
        let count = read(pipe.descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0, let self else { return }
        for line in lines.lines(after: chunk[..<count]) { hear(line) }
      }
    }
  }

  private func hear(_ line: String) {
    switch HostRequest(jsonLine: line.utf8) {
    case .answer(let line, let part, let answer): replies.put(answer, part, to: line)
    case .offer(let line, let name):
      let isFirst = state.withLock { state in
        guard state.runners[line] == "" else { return false }
        state.runners[line] = name
        return true
      }
      if isFirst { write(.granted(line: line, to: name)) }
    default: break
    }
  }

  /// Asks those who follow to run a command; the first one does.
  ///
  /// - Returns: the line of the answers.
  func want(_ command: ControllerCommand) -> Int { write(.wanted(command)) }

  func withdraw(_ line: Int) { write(.withdrawn(line: line)) }

  /// Who runs the command of a line.
  func runner(of line: Int) -> String? {
    state.withLock { $0.runners[line].flatMap { $0.isEmpty ? nil : $0 } }
  }

  /// The answers to a line; they end with the calling task.
  func answers(to line: Int) -> AsyncStream<Answer> { replies.answers(to: line) }

  /// Waits until someone who follows the run answers a question.
  func answer(to question: String) async throws -> Bool {
    var line: Int?
    while line == nil {
      line = state.withLock { state in
        guard let first = state.asked[question]?.first else { return nil }
        state.asked[question]?.removeFirst()
        return first
      }
      if line == nil { try await Task.sleep(for: Self.pace) }
    }
    for await case .approved(let isApproved) in answers(to: line ?? 0) { return isApproved }
    throw CancellationError()
  }

  /// Answers by the line to which they belong, in order and each once.
  private final class Replies: Sendable {
    private struct Line: Sendable {
      var next = 0
      let stream: AsyncStream<Answer>
      let continuation: AsyncStream<Answer>.Continuation
      init() { (stream, continuation) = AsyncStream.makeStream(of: Answer.self) }
    }

    private let lines = Mutex<[Int: Line]>([:])

    func answers(to line: Int) -> AsyncStream<Answer> { with(line) { $0.stream } }

    func put(_ answer: Answer, _ part: Int, to line: Int) {
      with(line) { line in
        guard line.next == part else { return }
        line.next += 1
        line.continuation.yield(answer)
      }
    }

    private func with<Value>(_ line: Int, _ body: (inout Line) -> Value) -> Value {
      lines.withLock { body(&$0[line, default: Line()]) }
    }
  }
}

extension StateFolder {
  /// Where the events of a file's runs lie: with its first application.
  static func ofEvents(of file: LoadedFile, _ options: Options) throws -> StateFolder {
    let plan = file.plans[0]
    return try prepare(
      at: StatePath.find(options, plan), application: plan.graph.application.name,
      needsRoom: options.command.startsRun)
  }
}
