import DeployDSL
import DeployRunner
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Shows a run from its beginning to its end, and hands signals on to it.
///
/// The record is written on the main thread, so that neither a step that blocks or crashes a thread
/// of the run's keeps it from being written, nor a reader that is slow keeps the run from going on.
@MainActor
final class RunFollower {
  /// How long after the first signal another one is taken for the same.
  ///
  /// `timeout` signals its child and then the child's group; when a terminal closes, both the shell
  /// and the kernel say so. Neither is a person who cannot wait for the undo.
  private nonisolated static let echo: Duration = .milliseconds(500)

  private var reporter: DeploymentGroupReporter
  private let events: EventQueue
  private nonisolated let signal = Mutex<Heard?>(nil)

  /// The first signal.
  private struct Heard: Sendable {
    let number: Int32
    let time = ContinuousClock.now
  }

  init(reporter: DeploymentGroupReporter, watch: FleetWatch) {
    self.reporter = reporter
    events = EventQueue(watch: watch)
  }

  /// Runs a fleet; the status to exit with.
  func run(_ fleet: DeploymentGroup) async throws -> Int32 {
    let events = events
    // Before anything is changed: a signal must not end the process without a word.
    let signals = SignalWatch()
    // Unstructured, so that a signal can end it while its report is waited for.
    let run = Task.detached { [self] in
      try await fleet.run { event in
        if events.add(event) { self.showSoon() }
      }
    }
    signals.hand { [self] number in interrupt(run, number) }
    let report = try await report(of: run)
    show()
    reporter.finish(report)
    LastWords.clear()
    withExtendedLifetime(signals) {}
    return report.exitCode(afterSignal: signal.withLock { $0?.number })
  }

  /// Waits for the report, and moves the spinner meanwhile.
  private func report(of run: Task<DeploymentGroupReport, any Error>) async throws
    -> DeploymentGroupReport
  {
    async let _ = tick()
    return try await run.value
  }

  // MARK: The record

  /// Within a time that nobody notices, and that holds many events of a simulated run.
  private nonisolated func showSoon() {
    DispatchQueue.main.asyncAfter(deadline: .now() + .milliseconds(4)) {
      MainActor.assumeIsolated { self.show() }
    }
  }

  private func show() {
    for event in events.take() { reporter.report(event) }
  }

  /// Moves the spinner and the elapsed time on.
  private func tick() async {
    while reporter.isLive {
      reporter.tick()
      guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
    }
  }

  // MARK: Signals

  /// Away from the main thread, which may be waiting for a reader.
  private nonisolated func interrupt(_ run: Task<DeploymentGroupReport, any Error>, _ number: Int32)
  {
    let first = signal.withLock { signal in
      defer { signal = signal ?? Heard(number: number) }
      return signal
    }
    if let first {
      if first.time.duration(to: .now) >= Self.echo { leave(number) }
      return
    }
    // Only the record is still being written: there is nothing to interrupt.
    guard events.exitCode(afterSignal: number) == nil else { return }
    DispatchQueue.main.async {
      MainActor.assumeIsolated {
        self.show()
        self.reporter.interrupt(signal: number)
      }
    }
    run.cancel()
  }

  /// The second signal: at once, and with what is left for a person to do.
  private nonisolated func leave(_ number: Int32) -> Never {
    LastWords.clear()
    let (leftovers, status) = (events.leftovers, events.exitCode(afterSignal: number))
    ChildProcess.killAll {
      // Who does not read must not keep the process from ending.
      var errors = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
      if poll(&errors, 1, 200) > 0 { Output(color: .never).complain("\nbgrun: \(leftovers)\n") }
      _exit(status ?? ExitCode.afterSignal(number).rawValue)
    }
  }
}
