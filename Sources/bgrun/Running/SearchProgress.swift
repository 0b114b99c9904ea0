import DeployDSL
import DeployRunner
import DeploySimulator

/// Shows how far a search for faults is, and ends it early when a signal comes: what was played
/// until then is the result.
final class SearchProgress: Sendable {
  private struct State {
    var signal: Int32?
    /// Since when a proof is searched.
    var began = ContinuousClock.now
    /// The level that is searched, and since when.
    var level: (faults: Int, began: ContinuousClock.Instant)?
    var shown = ContinuousClock.now
  }

  private let output: Output
  /// How long to search for each proof; `nil` until all is done.
  private let time: Duration?
  private let state = Shared(State())

  init(_ output: Output, for time: Duration?) { (self.output, self.time) = (output, time) }

  /// Takes a signal; the second one ends the process.
  func interrupt(_ signal: Int32) {
    let isFirst = state.withLock { state in
      defer { state.signal = state.signal ?? signal }
      return state.signal == nil
    }
    guard isFirst else {
      output.quit("quit without a result", ExitCode.afterSignal(signal).rawValue)
    }
    output.progress(nil)
    output.complain("bgrun: interrupted: the result is what was played until now\n")
  }

  /// The exit code after a signal; `nil` without one.
  var exitCode: Int32? { state.value.signal.map { ExitCode.afterSignal($0).rawValue } }

  /// Notes how far it is; returns whether to continue.
  func isWanted(after level: Proof.Level) -> Bool {
    let (text, isWanted) = state.withLock { state in
      let now = ContinuousClock.now
      if state.level?.faults != level.faults {
        if level.faults == 1 { state.began = now }
        state.level = (level.faults, now)
      }
      guard let began = state.level?.began, now - state.shown >= .milliseconds(500),
        state.signal == nil
      else { return (nil as String?, state.signal == nil) }
      state.shown = now
      let rest = time.map { max(.zero, $0 - (now - state.began)) }
      return (Self.text(level, after: now - began, atMost: rest), true)
    }
    if let text { output.progress(text) }
    return isWanted
  }

  /// Removes what is shown.
  func end() { output.progress(nil) }

  private static func text(
    _ level: Proof.Level, after time: Duration, atMost limit: Duration?
  ) -> String {
    let faults = level.faults == 1 ? "one fault" : "\(level.faults) faults"
    let left = time * Double(level.all - level.played) / Double(max(1, level.played))
    let rest = Duration.seconds(min(left, limit ?? left).inSeconds.rounded(.up)).inRecord
    return "scenarios with \(faults): \(level.played) of \(level.all), about \(rest) left"
  }
}
