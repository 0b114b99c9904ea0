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
  private var reporter: FleetReporter
  private let events: EventQueue
  private nonisolated let signal = Mutex<Int32?>(nil)

  init(reporter: FleetReporter, watch: FleetWatch) {
    self.reporter = reporter
    events = EventQueue(watch: watch)
  }

  /// Runs a fleet; the status to exit with.
  func run(_ fleet: DeployFleet) async -> Int32 {
    let events = events
    // Unstructured, so that a signal can end it while its report is waited for.
    let run = Task.detached { [self] in
      await fleet.run { event in
        if events.add(event) { self.showSoon() }
      }
    }
    let signals = SignalWatch { [self] number in interrupt(run, number) }
    let report = await report(of: run)
    show()
    reporter.finish(report)
    LastWords.clear()
    _ = signals
    return report.exitCode(afterSignal: signal.withLock { $0 })
  }

  /// Waits for the report, and moves the spinner meanwhile.
  private func report(of run: Task<FleetReport, Never>) async -> FleetReport {
    async let _ = tick()
    return await run.value
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
  private nonisolated func interrupt(_ run: Task<FleetReport, Never>, _ number: Int32) {
    let isFirst = signal.withLock { signal in
      defer { signal = signal ?? number }
      return signal == nil
    }
    guard isFirst else { leave(number) }
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
    Output(color: .never).complain("\nbgrun: \(events.leftovers)\n")
    _exit(128 + number)
  }
}
