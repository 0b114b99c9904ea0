import DeployRunner

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Shows a run while it goes on, and hands signals on to it.
struct RunShow {
  private enum Input: Sendable {
    case event(Event)
    case signal(Int32)
    case tick
  }

  let run: DeployRun
  let options: Options
  let output: Output

  /// Follows the run to its end; the status to exit with.
  @MainActor
  func follow() async -> Int32 {
    var reporter = makeReporter()
    var words = CrashWords()
    var signal: Int32?
    let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
    let sources = sources(for: continuation)
    defer { for source in sources { source.cancel() } }
    for await input in inputs {
      switch input {
      case .event(let event):
        words.take(event)
        reporter.report(event)
        guard case .runFinished(let report) = event.kind else { continue }
        LastWords.clear()
        return report.exitCode(afterSignal: signal)
      case .signal(let number):
        if signal != nil { leave(after: number, words) }
        signal = number
        reporter.interrupt(signal: number)
        run.cancel()
      case .tick:
        if var human = reporter as? HumanReporter {
          human.tick()
          reporter = human
        }
      }
    }
    return ExitCode.failed.rawValue
  }

  private func makeReporter() -> any Reporter {
    if options.format == .json { return JSONReporter(to: output.sink) }
    var style = ReportStyle(
      detail: options.detail, isColored: output.isColored, isLive: isLive,
      width: { [output] in output.width })
    if options.executor == .mock { style.host = "simulated host" }
    if isLive {
      let clock = ContinuousClock()
      let began = clock.now
      style.now = { began.duration(to: clock.now) }
    }
    return HumanReporter(to: output.sink, style: style)
  }

  /// Simulated time has passed before anybody could look at it.
  private var isLive: Bool { output.isLive && options.executor != .mock }

  /// The tasks that feed the one loop.
  private func sources(for inputs: AsyncStream<Input>.Continuation) -> [Task<Void, Never>] {
    let run = run
    var tasks: [Task<Void, Never>] = [
      Task.detached {
        for await event in run.events { inputs.yield(.event(event)) }
        inputs.finish()
      },
      Task.detached {
        for await number in Interrupts.watch() { inputs.yield(.signal(number)) }
      },
    ]
    if isLive {
      tasks.append(
        Task.detached {
          while (try? await Task.sleep(for: .milliseconds(100))) != nil { inputs.yield(.tick) }
        })
    }
    return tasks
  }

  /// The second signal: no more waiting.
  private func leave(after number: Int32, _ words: CrashWords) -> Never {
    LastWords.clear()
    output.complain("\nbgrun: left at once, in the middle of \(words.whatIsLeft)\n")
    _exit(128 + number)
  }
}
