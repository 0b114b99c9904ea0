/// Performs operations on a host: the docker CLI, a simulated host, or one of your own.
///
/// Everything the runner and its actions do to the outside goes through ``perform(_:output:)``,
/// so that wrapping an executor is enough to record, refuse or fake it (``DryRunExecutor`` does).
/// An executor of your own must agree with the table of facts in
/// `Tests/BgrunTestSupport/ConformanceTable.swift`.
public protocol Executor: Sendable {
  /// The time that operations take place in. Default: the machine's continuous clock.
  var clock: any Clock<Duration> { get }

  /// Where runs keep their lock and their journal; `nil` keeps nothing. Default: nothing.
  var stateFolder: String? { get }

  /// Whether nothing outside is really done; steps with code of their own are then rehearsed.
  /// Default: no.
  var isSimulated: Bool { get }

  /// Performs one operation and waits for its end.
  ///
  /// A command that ends with a status other than 0 is an answer, not an error. When the calling
  /// task is cancelled, or `operation.timeout` is over, whatever was started is ended: asked to
  /// terminate, waited for, killed, with everything it started itself.
  ///
  /// - Parameters:
  ///   - operation: what to do.
  ///   - output: receives each line that a command prints, while it runs.
  /// - Throws: ``OperationFailure``, or `CancellationError` when the calling task was cancelled.
  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> Reply
}

extension Executor {
  /// The machine's continuous clock.
  public var clock: any Clock<Duration> { ContinuousClock() }

  /// Nothing is kept.
  public var stateFolder: String? { nil }

  /// It is a real host.
  public var isSimulated: Bool { false }
}
