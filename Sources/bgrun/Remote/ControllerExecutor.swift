import DeployDSL
import DeployRunner

/// Has commands run where the user is: by one of those who follow the run.
struct ControllerExecutor: WrappingExecutor {
  /// The executor of the host.
  let base: any Executor
  let recorder: RunRecorder

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    guard case .command(let command) = operation.request else {
      return try await base.perform(operation, output: output)
    }
    return .command(
      try await withThrowingTaskGroup(of: CommandResult?.self) { group in
        let line = recorder.want(ControllerCommand(command))
        defer { recorder.withdraw(line) }
        group.addTask { try await result(of: command, at: line, output) }
        group.addTask { [clock = RunClock(base.clock)] in
          try await clock.watch(until: operation.timeout)
          return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else {
          throw late(command, at: line, after: operation.timeout)
        }
        return result
      })
  }

  private func result(
    of command: Command, at line: Int, _ output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult {
    var result = CommandResult(status: 0)
    for await answer in recorder.answers(to: line) {
      switch answer {
      case .printed(let text, let isError, let isContinued):
        var piece = OutputLine(text, on: isError ? .errors : .output)
        piece.isContinued = isContinued
        output(piece)
        let whole = text + (isContinued ? "" : "\n")
        if isError { result.errors += whole } else { result.output += whole }
      case .ended(let status):
        result.status = status
        return result
      case .failed(let reason):
        throw DeployError(
          .command, "`\(command)` was not run on \(recorder.runner(of: line) ?? "the controller")",
          fix: "run it again once that is solved", details: [reason])
      case .approved: break
      }
    }
    throw CancellationError()
  }

  private func late(_ command: Command, at line: Int, after time: Duration) -> DeployError {
    guard let runner = recorder.runner(of: line) else {
      return DeployError(
        .timeout,
        "`\(command)` is to run where bgrun was started, but the run was not followed for "
          + "\(time.inRecord)",
        fix: "stay connected, or follow the run from elsewhere (`bgrun follow "
          + "\(recorder.planWords)`) before the step's .timeout(…)")
    }
    return DeployError(
      .timeout, "`\(command)` did not end on \(runner) within \(time.inRecord)",
      fix: "check there whether it still runs, or raise the limit with .timeout(…)")
  }
}
