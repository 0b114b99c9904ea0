import BgrunSystem

/// Runs blocking work on a separate thread, so that it never occupies one of the few threads that
/// tasks share.
enum BlockingThread {
  private final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Waits for the work; cancelling the calling task sets the work's signal and turns its error
  /// into `CancellationError`.
  static func run<Value: Sendable>(
    _ body: @escaping @Sendable (PollSignal) -> Result<Value, any Error>
  ) async throws -> Value {
    try Task.checkCancellation()
    let signal = PollSignal()
    do {
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          start { continuation.resume(with: body(signal)) }
        }
      } onCancel: {
        signal.set()
      }
    } catch {
      // If the task was cancelled, that is why the work failed.
      try Task.checkCancellation()
      throw error
    }
  }

  /// Starts work without waiting for it.
  static func start(_ run: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(run))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 512 * 1024)
    defer { pthread_attr_destroy(&attributes) }
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    let failed = pthread_create(
      &thread, &attributes,
      { argument in
        #if canImport(Glibc)
          guard let argument else { return nil }
        #endif
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, work.toOpaque())
    // No thread is available: block rather than lose the work.
    if failed != 0 { work.takeRetainedValue().run() }
  }
}
