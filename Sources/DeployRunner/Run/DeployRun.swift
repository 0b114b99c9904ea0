package import DeployDSL

/// A run that has been started.
public struct DeployRun: Sendable {
  /// What happens, as it happens; ends with ``Event/Kind/runFinished(_:)``.
  ///
  /// Events are kept until they are read. One reader gets them all.
  public let events: AsyncStream<Event>
  private let task: Task<RunReport, Never>

  /// Starts a run.
  ///
  /// - Parameter observer: gets the events instead of ``events``, on the thread that they happen
  ///   on and before anything else happens there.
  package init(
    graph: StepGraph, executor: any Executor, options: RunOptions,
    observer: (@Sendable (Event) -> Void)? = nil
  ) {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    self.events = events
    let engine = RunEngine(graph: graph, executor: executor, options: options) { event in
      if let observer { observer(event) } else { continuation.yield(event) }
    }
    // Unstructured on purpose: a deploy goes on whatever becomes of the task that has started it or
    // waits for it, for example that of an HTTP request whose client has gone. It ends on its own or
    // by `cancel()`.
    task = Task {
      defer { continuation.finish() }
      return await engine.run()
    }
  }

  /// Asks the run to end: the current step is ended and what can be undone is.
  ///
  /// Nothing else does: neither dropping the run nor cancelling a task that waits for its report.
  public func cancel() { task.cancel() }

  /// How the run ended; waits for it, also where the waiting task is cancelled.
  public func report() async -> RunReport { await task.value }

  /// How the run ended; hands the cancellation of the waiting task on to it.
  func reportOrCancel() async -> RunReport {
    await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
