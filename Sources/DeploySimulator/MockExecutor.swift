public import DeployDSL
public import DeployRunner

/// Performs operations on a ``SimulatedHost`` in virtual time and changes nothing real.
public struct MockExecutor: Executor {
  /// The host.
  package let host: SimulatedHost

  /// Creates an executor for a host.
  package init(_ host: SimulatedHost) { self.host = host }

  /// The host's clock.
  public var clock: any Clock<Duration> { host.clock }

  /// `nil`: no state is stored.
  public var stateFolder: String? { nil }

  /// Always true.
  public var isSimulated: Bool { true }

  /// Performs one operation; see ``/DeployRunner/Executor/perform(_:output:)``.
  ///
  /// - Throws: ``/DeployRunner/OperationError``, or `CancellationError` when the calling task was cancelled.
  public func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    try Task.checkCancellation()
    if case .call(let call) = operation.request, case .probes(let probing) = call.kind {
      return .answer(HostAnswer(.probes(host.answers(to: probing))))
    }
    let (run, course, before, after) = host.begin(operation)
    for hook in before { try await hook(run) }
    let reply: OperationResult
    do {
      reply = try await follow(course, run, output)
    } catch {
      _ = host.end(run)
      throw error
    }
    let ended = host.end(run)
    for hook in after { try await hook(ended) }
    return reply
  }

  /// Performs the moments of an operation, each at its time.
  private func follow(
    _ course: SimulatedOperation, _ run: OperationRun,
    _ output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    let clock = host.clock
    let deadline = clock.now.advanced(by: run.operation.timeout)
    var transcript = SimulatedOperation.Transcript()
    var next = clock.now.advanced(by: course.cost)
    for moment in course.moments {
      try await sleep(until: next, deadline, run, transcript, output)
      let (step, soFar) = host.take(moment, transcript, for: run)
      transcript = soFar
      switch step {
      case .later(let time): next = clock.now.advanced(by: time)
      case .hangs: next = deadline.advanced(by: .seconds(1))
      case .exit(let status): return transcript.reply(status, output)
      case .failure(let failure): throw failure
      case .reply(.command(let result)):
        return SimulatedOperation.Transcript(output: result.output, errors: result.errors)
          .reply(result.status, output)
      case .reply(.answer(var answer)):
        if let printed = answer.printed {
          transcript = SimulatedOperation.Transcript(
            output: printed.output, errors: printed.errors)
        }
        // Only operations that change something have output besides their answer.
        if case .command(let result) = transcript.reply(0, output), !result.text.isEmpty {
          answer.printed = result
        }
        return .answer(answer)
      case .reply(let reply): return reply
      }
    }
    try await sleep(until: next, deadline, run, transcript, output)
    return transcript.reply(0, output)
  }

  private func sleep(
    until time: VirtualClock.Instant, _ deadline: VirtualClock.Instant, _ run: OperationRun,
    _ transcript: SimulatedOperation.Transcript, _ output: @Sendable (OutputLine) -> Void
  ) async throws {
    guard time > deadline else { return try await host.clock.sleep(until: time) }
    try await host.clock.sleep(until: deadline)
    transcript.show(output)
    throw OperationError.timedOut(
      after: run.operation.timeout, output: transcript.output + transcript.errors)
  }
}

extension SimulatedOperation.Transcript {
  fileprivate func reply(
    _ status: Int32, _ output: @Sendable (OutputLine) -> Void
  ) -> OperationResult {
    show(output)
    return .command(CommandResult(status: status, output: self.output, errors: errors))
  }

  fileprivate func show(_ show: @Sendable (OutputLine) -> Void) {
    for (text, stream) in [(errors, OutputLine.Stream.errors), (output, .output)] {
      for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
        show(OutputLine(String(Substring(line)), on: stream))
      }
    }
  }
}

extension Executor where Self == MockExecutor {
  /// An executor for a simulated host that a test prepares and inspects afterwards.
  public static func mock(_ host: SimulatedHost) -> MockExecutor { MockExecutor(host) }

  /// An executor for a new simulated host with blue active and green never started.
  public static func mock(for application: Application) -> MockExecutor {
    MockExecutor(SimulatedHost(for: application))
  }
}
