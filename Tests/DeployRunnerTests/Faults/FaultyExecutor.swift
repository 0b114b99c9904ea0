import DeployDSL
import DeployRunner
import Synchronization

/// Counts a run's operations, and says which of them goes wrong.
final class FaultControl: Sendable {
  private struct State {
    var seen: [FaultPoint] = []
    var run: DeployRun?
    var waiting: [CheckedContinuation<DeployRun, Never>] = []
    var hits = 0
    var isDead = false
  }

  let fault: OperationFault?
  let target: String
  private let point: FaultPoint?
  private let kill: (@Sendable () -> Void)?
  private let killsWhenDone: Bool
  private let state = Mutex(State())

  init(fault: OperationFault?, at point: FaultPoint?, target: String = "") {
    self.fault = fault
    self.point = point
    self.target = target
    kill = nil
    killsWhenDone = false
  }

  /// A control that kills the run at an operation: before it, or when it is done and has not
  /// answered.
  init(killingAt point: FaultPoint, whenDone: Bool, _ kill: @escaping @Sendable () -> Void) {
    fault = nil
    self.point = point
    target = ""
    self.kill = kill
    killsWhenDone = whenDone
  }

  var seen: [FaultPoint] { state.withLock { $0.seen } }
  var wasHit: Bool { state.withLock { $0.hits > 0 } }
  var isDead: Bool { state.withLock { $0.isDead } }

  /// Makes the run known that operations may have to wait for, to cancel it.
  func watch(_ run: DeployRun) {
    let waiting = state.withLock { state in
      state.run = run
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume(returning: run) }
  }

  /// Notes an operation; whether it is the one.
  func begin(_ operation: HostOperation) -> Bool {
    state.withLock { state in
      let text = operation.request.description
      let point = FaultPoint(
        text: text, occurrence: 1 + state.seen.count { $0.text == text },
        isChange: operation.effect == .change)
      state.seen.append(point)
      let isHit =
        self.point.map { $0.text == text && $0.occurrence == point.occurrence } ?? false
      if isHit { state.hits += 1 }
      return isHit
    }
  }

  func cancel() async {
    let run = await withCheckedContinuation { continuation in
      let run = state.withLock { state in
        if state.run == nil { state.waiting.append(continuation) }
        return state.run
      }
      if let run { continuation.resume(returning: run) }
    }
    run.cancel()
  }

  /// Kills the run, if it is to be killed now: from here on nothing of it reaches the host.
  func dies(whenDone: Bool) async -> Bool {
    guard let kill, whenDone == killsWhenDone else { return false }
    kill()
    state.withLock { $0.isDead = true }
    await cancel()
    return true
  }
}

/// Performs operations on a simulated host, one of them with a fault.
struct FaultyExecutor: WrappingExecutor {
  let mock: MockExecutor
  let control: FaultControl

  var base: any Executor { mock }

  init(base: MockExecutor, control: FaultControl) {
    mock = base
    self.control = control
  }

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    if control.isDead { throw CancellationError() }
    guard control.begin(operation) else { return try await base.perform(operation, output: output) }
    if await control.dies(whenDone: false) { throw CancellationError() }
    guard let fault = control.fault else {
      let reply = try await base.perform(operation, output: output)
      if await control.dies(whenDone: true) { throw CancellationError() }
      return reply
    }
    return try await perform(operation, fault) { try await base.perform(operation, output: output) }
  }

  private func perform(
    _ operation: HostOperation, _ fault: OperationFault,
    _ honestly: () async throws -> OperationResult
  ) async throws -> OperationResult {
    switch fault {
    case .fails: return try Self.failure(of: operation)
    case .hangs: throw try await timeUp(operation)
    case .hangsWhenDone:
      _ = try await honestly()
      throw try await timeUp(operation)
    case .reportsFailure:
      _ = try await honestly()
      return try Self.failure(of: operation)
    case .pretends: return Self.success(of: operation)
    case .targetCrashes, .targetDies:
      let reply = try await honestly()
      mock.host.change { world in
        if fault == .targetDies { world.stop(control.target) } else { world.crash(control.target) }
      }
      return reply
    case .cancelledBefore:
      await control.cancel()
      return try await honestly()
    case .cancelledDuring:
      _ = try await honestly()
      await control.cancel()
      throw CancellationError()
    case .cancelledAfter:
      let reply = try await honestly()
      await control.cancel()
      return reply
    }
  }

  private func timeUp(_ operation: HostOperation) async throws -> OperationError {
    try await mock.host.clock.sleep(for: operation.timeout)
    return .timedOut(after: operation.timeout, output: "")
  }

  private static func failure(of operation: HostOperation) throws -> OperationResult {
    switch operation.request {
    case .command: .command(CommandResult(status: 1, errors: "scripted failure"))
    case .call(let call):
      call.answer(from: CommandResult(status: 1, errors: "scripted failure"))
    case .http, .tcp: throw OperationError.noAnswer(reason: "scripted failure")
    case .readFile(let path): throw OperationError.file(path: path, reason: "scripted failure")
    case .writeFile(let file):
      throw OperationError.file(path: file.path, reason: "scripted failure")
    }
  }

  private static func success(of operation: HostOperation) -> OperationResult {
    switch operation.request {
    case .command: .command(CommandResult(status: 0))
    case .call(let call): call.answer(from: CommandResult(status: 0))
    default: .done
    }
  }
}
