package import DeployDSL

/// A run that has been started.
public struct DeployRun: Sendable {
  /// The events, as they happen; ends with ``Event/Kind/runFinished(_:)``.
  ///
  /// Events are kept until they are read; they support a single reader.
  public let events: AsyncStream<Event>
  private let task: Task<RunReport, Never>

  /// Starts a run.
  ///
  /// - Parameter observer: Receives the events instead of ``events``, synchronously on the thread
  ///   where they occur.
  package init(
    graph: StepGraph, executor: any Executor, options: RunOptions,
    observer: (@Sendable (Event) -> Void)? = nil
  ) {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    self.events = events
    let engine = RunEngine(graph: graph, executor: executor, options: options) { event in
      if let observer { observer(event) } else { continuation.yield(event) }
    }
    // Unstructured on purpose: a deploy continues whatever happens to the task that started it or
    // waits for it, for example that of an HTTP request whose client has disconnected. It ends when
    // it is finished or by `cancel()`.
    task = Task {
      defer { continuation.finish() }
      return await engine.run()
    }
  }

  /// Cancels the run: the current step is ended and what can be undone is.
  ///
  /// Nothing else does: neither dropping the run nor cancelling a task that waits for its report.
  public func cancel() { task.cancel() }

  /// How the run ended; waits for it, even if the waiting task is cancelled.
  public func report() async -> RunReport { await task.value }

  /// How the run ended; cancels the run if the waiting task is cancelled.
  func reportOrCancel() async -> RunReport {
    await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
