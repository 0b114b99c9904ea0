import DeployDSL
import DeployRunner
import Synchronization

/// An application on one of several hosts, as a member of a group that runs from here.
struct HostMember: MemberRunner {
  private final class Seen: Sendable {
    private struct State: Sendable {
      var at = Duration.zero
      var hasStarted = false
      var report: RunReport?
      var text = ""
    }

    private let state = Mutex(State())

    var at: Duration { state.withLock { $0.at } }
    var hasStarted: Bool { state.withLock { $0.hasStarted } }
    var report: RunReport? { state.withLock { $0.report } }
    var text: String { state.withLock { $0.text } }

    func take(_ event: Event) {
      state.withLock { state in
        state.at = event.at
        switch event.kind {
        case .runStarted: state.hasStarted = true
        case .runFinished(let report): state.report = report
        default: break
        }
      }
    }

    func take(_ text: String) { state.withLock { $0.text += text } }
  }

  /// The host as the user names it.
  let name: String
  let host: RemoteHost
  /// What is done there.
  let command: HostCommand
  let aim: RemoteRun.Aim
  /// Whether a run that is followed is cancelled at once.
  let cancels: Bool
  let rollsBack: Bool
  let reading: SecretReader
  /// The project's folder here.
  let folder: String
  /// The options that set the plan's parameters, for proposed commands.
  let settings: String
  let terminal: Terminal?
  let watch: FleetWatch

  func deploy(
    _ graph: StepGraph, observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Ending {
    await run(command, aim, graph, observer)
  }

  func rollBack(
    _ graph: StepGraph, _ report: RunReport, observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Rollback {
    if let obstacle = report.rollbackObstacle { return .left(obstacle) }
    do {
      if let now = try await serving(), let own = report.serving, now != own {
        return .superseded(by: "\(graph.application.serviceID(now))")
      }
    } catch {
      return .left((error as? ToolError)?.message ?? "\(error)")
    }
    let words =
      report.isCutOff
      ? ["resume", "--undo"] : ["rollback", "--reason=\(DeploymentGroupReport.Rollback.reason)"]
    let back = command(words, keeping: "--yes", "--no-receipt")
    switch await run(back, .start, graph, observer) {
    case .run(let report): return .run(report)
    case .outOfSight(let text): return .left("its rollback is out of sight: \(text)")
    case .notStarted: return .left("cancelled")
    }
  }

  /// The colour that serves there.
  private func serving() async throws -> Color? {
    struct Status: Decodable { var serving: Color? }
    let lines = Mutex<[String]>([])
    var status = command(["status", "--format=json"])
    status.secrets = try await reading.values(skipsFailing: true)
    _ = try await host.run(status) { line in
      if line.stream == .output { lines.withLock { $0.append(line.text) } }
    }
    return lines.withLock(\.self).lazy.compactMap { Status(jsonLine: $0.utf8) }.first?.serving
  }

  /// Another command for the same application there.
  private func command(_ words: [String], keeping options: String...) -> HostCommand {
    var command = command
    let kept = ["--set=", "--state=", "--only=", "--executor="] + options
    command.arguments =
      words + command.arguments.filter { word in kept.contains { word.hasPrefix($0) } }
    return command
  }

  // MARK: Runs

  private func run(
    _ command: HostCommand, _ aim: RemoteRun.Aim, _ graph: StepGraph,
    _ observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Ending {
    let seen = Seen()
    let asking = Mutex<RemoteQuestions?>(nil)
    let controlling = Mutex<ControllerEnd?>(nil)
    let followed = Shared<RemoteRun?>(nil)
    let tell: @Sendable (Event) -> Void = { event in
      seen.take(event)
      observer(event)
    }
    let warn: @Sendable (String) -> Void = { text in
      // Without a run there is nothing that it could belong to.
      if seen.hasStarted { observer(Event(at: seen.at, kind: .warning(text))) }
    }
    let run = RemoteRun(
      on: host, command, aim, secrets: { try await reading.values() },
      put: { item in
        if case .record(let line, let record) = item,
          let problem = controlling.withLock(\.self)?.take(record, line: line)
        {
          warn(problem)
        }
        switch item {
        case .record(let line, .event(let record)):
          if cancels, case .runFinished(let report) = record.event.event.kind,
            followed.value?.isInterruptionPending == true
          {
            warn("it had already ended: \(report.outcome.text); nothing was cancelled")
          }
          tell(record.event.event)
          let questions = asking.withLock(\.self)
          if let problem = questions?.take(record.event, line: line) { warn(problem) }
        case .text(let text): seen.take(text)
        case .notice(let text): warn(text)
        case .record: break
        }
      })
    asking.withLock {
      $0 = RemoteQuestions(
        of: run, on: terminal, prefix: "\(host.client.place.destination): ", settings: settings)
    }
    controlling.withLock {
      let isFollowing = if case .follow = aim { true } else { false }
      $0 = ControllerEnd(of: run, command.caller, [graph], in: folder, hasStarted: !isFollowing)
    }
    followed.withLock { $0 = run }
    defer {
      followed.withLock { $0 = nil }
      asking.withLock(\.self)?.close()
      controlling.withLock(\.self)?.end()
    }
    if cancels { run.interrupt(SIGINT) }
    watch.began(name, run)
    // Unstructured, because cancelling means to tell the host, and to wait for its rollback.
    let work = Task.detached { try await run.follow() }
    let result = await withTaskCancellationHandler {
      await work.result
    } onCancel: {
      run.interrupt(SIGINT)
    }
    let exitCode: Int32
    switch result {
    case .success(let code): exitCode = code
    case .failure(let error):
      watch.ended(name)
      return .run(show(Self.failure(error), ExitCode.environment.rawValue, graph, seen, tell))
    }
    if exitCode == ExitCode.outOfSight.rawValue {
      return .outOfSight(
        "run \(run.run?.text ?? "") continues there; follow it: `bgrun follow \(command.plan)"
          + "\(settings)`")
    }
    watch.ended(name)
    if let report = seen.report { return .run(report) }
    if exitCode == ExitCode.interrupted.rawValue, run.run == nil { return .notStarted }
    return .run(show(Self.failure(seen.text), exitCode, graph, seen, tell))
  }

  // MARK: Runs without a report

  private static func failure(_ error: any Error) -> DeployError {
    guard let error = error as? ToolError else { return DeployError("\(error)") }
    return DeployError(.environment, error.message, fix: error.fix)
  }

  private static func failure(_ text: String) -> DeployError {
    let lines = text.split(separator: "\n").map { $0.trimmingPrefix("bgrun: ") }
    return DeployError(
      .environment, lines.last.map(String.init) ?? "its run was not started",
      details: lines.dropLast().map(String.init))
  }

  /// Shows how something ended that no run has reported.
  private func show(
    _ failure: DeployError, _ exitCode: Int32, _ graph: StepGraph, _ seen: Seen,
    _ tell: (Event) -> Void
  ) -> RunReport {
    let outcome = RunReport.Outcome(exitCode: exitCode)
    var report = RunReport(
      outcome, of: graph.application, failure: outcome == .succeeded ? nil : failure,
      after: seen.at)
    report.isInterrupted = outcome == .rollbackFailed
    if !seen.hasStarted { tell(Event(at: .zero, kind: .runStarted(graph: graph, isDryRun: false))) }
    if outcome == .succeeded { tell(Event(at: seen.at, kind: .warning(failure.message))) }
    tell(Event(at: seen.at, kind: .runFinished(report)))
    return report
  }
}

/// Which hosts of a fleet have a run under way.
final class FleetWatch: Sendable {
  private let running = Mutex<[(host: String, run: RemoteRun)]>([])

  func began(_ host: String, _ run: RemoteRun) { running.withLock { $0.append((host, run)) } }

  func ended(_ host: String) { running.withLock { $0.removeAll { $0.host == host } } }

  /// What is shown of a host whose connection is lost; `nil` while there is one.
  func silence(of host: String) -> String? {
    running.withLock { $0.first { $0.host == host && $0.run.silence != nil } }?.run.silence
  }

  /// The hosts on which a run may have started, and not ended, sorted.
  var hosts: [String] { running.withLock { $0.filter { $0.run.run != nil }.map(\.host) }.sorted() }
}
