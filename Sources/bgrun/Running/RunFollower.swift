import DeployDSL
import DeployRunner

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Watches a run from its beginning to its end: reports, signals, and last words for a crash.
///
/// It lives on the main thread, so that a step that crashes or blocks a thread of the run's does
/// not keep it from its work.
@MainActor
final class RunFollower {
  private var reporter: any Reporter
  private var watch: StepWatch
  private var signal: Int32?

  init(reporter: any Reporter, watch: StepWatch) {
    self.reporter = reporter
    self.watch = watch
  }

  /// Follows a run; the status to exit with.
  func follow(_ run: DeployRun) async -> Int32 {
    let signals = SignalWatch { [self] signal in interrupt(run, signal) }
    let ticker = Task { await tick() }
    for await event in run.events {
      watch.take(event)
      reporter.report(event)
    }
    ticker.cancel()
    let report = await run.report()
    LastWords.clear()
    _ = signals
    return report.exitCode(afterSignal: signal)
  }

  private func interrupt(_ run: DeployRun, _ signal: Int32) {
    guard self.signal == nil else { leave(signal) }
    self.signal = signal
    reporter.interrupt(signal: signal)
    run.cancel()
  }

  /// The second signal: at once, and with what is left for a person to do.
  private func leave(_ signal: Int32) -> Never {
    Output(color: .never).complain("\nbgrun: \(watch.leftovers)\n")
    LastWords.clear()
    _exit(128 + signal)
  }

  /// Moves the spinner and the elapsed time on.
  private func tick() async {
    while var human = reporter as? HumanReporter, human.isLive {
      human.tick()
      reporter = human
      guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
    }
  }
}
