import DeployDSL
import DeployRunner
import Synchronization

/// A run on a host, followed from here over connections that may end: the run does not end with them.
final class RemoteRun: Sendable {
  /// What is shown of it, in order.
  enum Item: Sendable {
    case record(line: Int, RunRecord)
    /// What its process printed, or an error.
    case text(String)
    /// What happens to the connection.
    case notice(String)
  }

  /// What is asked of the host first.
  enum Aim: Sendable {
    case start
    case follow(String?)
  }

  private struct State: Sendable {
    /// The connection on which the run is followed.
    var channel: SSHChannel?
    var run: RunID?
    /// The signal that the run has not yet confirmed.
    var signal: Int32?
    /// What the run's process was told. It is told again on each connection, and knows what is new.
    var told: [HostRequest] = []
    var nextLine = 0
    /// When the connection was lost.
    var lost: Duration?
    /// When the host last said something.
    var heard = Duration.zero
    /// The exit code with which it ended without having confirmed a signal.
    var ended: Int32?
  }

  /// How long a lost connection is tried again.
  private static let patience: Duration = .seconds(60)
  /// How often the host hears that someone follows.
  private static let pulse: Duration = .seconds(5)

  private let host: RemoteHost
  private let command: HostCommand
  private let aim: Aim
  private let secrets: @Sendable () async throws -> [SecretValue]
  private let put: @Sendable (Item) -> Void
  private let clock: RunClock
  private let state = Mutex(State())

  /// - Parameters:
  ///   - secrets: reads the secrets that are to be had here.
  ///   - put: receives what is shown.
  init(
    on host: RemoteHost, _ command: HostCommand, _ aim: Aim,
    secrets: @escaping @Sendable () async throws -> [SecretValue],
    put: @escaping @Sendable (Item) -> Void, clock: any Clock<Duration> = ContinuousClock()
  ) {
    (self.host, self.command, self.aim) = (host, command, aim)
    (self.secrets, self.put, self.clock) = (secrets, put, RunClock(clock))
  }

  /// The run, once it is known; whether it has certainly started.
  var run: RunID? { state.withLock { $0.run } }

  /// Whether the run has not confirmed a signal yet.
  var isInterruptionPending: Bool { state.withLock { $0.signal != nil } }

  /// How it had ended before the signal that was to cancel it came; `nil` if that is not so.
  var endBeforeSignal: RunReport.Outcome? {
    state.withLock { $0.ended.map(RunReport.Outcome.init(exitCode:)) }
  }

  /// What is known of the run while the connection is lost; `nil` while there is one.
  var silence: String? {
    let now = clock.now()
    let time = state.withLock { $0.lost == nil ? nil : now - $0.heard }
    return time.map { "no news from \(host.client.place.destination) for \(Int($0.inSeconds)) s" }
  }

  /// Passes a signal to the run, as soon as there is a connection.
  func interrupt(_ signal: Int32) {
    let channel = state.withLock { state in
      state.signal = signal
      return state.channel
    }
    channel?.send(HostRequest.signal(signal).jsonLine)
  }

  /// Tells the run's process something, now or on the next connection.
  func tell(_ request: HostRequest) {
    state.withLock { state in
      state.told.append(request)
      return state.channel
    }?.send(request.jsonLine)
  }

  /// Follows the run to its end.
  ///
  /// - Returns: its exit code, or ``ExitCode/outOfSight``.
  /// - Throws: ``ToolError`` if nothing was started.
  func follow() async throws -> Int32 {
    let pulse = Task.detached { [weak self] in
      while (try? await Task.sleep(for: Self.pulse)) != nil {
        self?.state.withLock { $0.channel }?.send(HostRequest.alive.jsonLine)
      }
    }
    defer { pulse.cancel() }
    var delay = Duration.milliseconds(250)
    while true {
      if isCancelledBeforeStart { return ExitCode.interrupted.rawValue }
      var reason: String
      do {
        let channel = try await host.open()
        defer { channel.end() }
        channel.send(request.jsonLine)
        if let exitCode = try await exchange(on: channel) { return exitCode }
        reason = channel.problems.last ?? "no answer"
      } catch let error as ToolError {
        guard run != nil else { throw error }
        reason = error.message
      }
      guard run != nil else { throw host.client.failure("\(reason); nothing was started") }
      guard isWorthTrying(reason) else { return ExitCode.outOfSight.rawValue }
      await host.client.close()
      try? await clock.sleep(for: delay)
      delay = min(delay * 2, .seconds(5))
    }
  }

  /// Whether a signal came before anything was started.
  private var isCancelledBeforeStart: Bool {
    guard case .start = aim else { return false }
    return state.withLock { $0.signal != nil && $0.run == nil }
  }

  /// The first request of a connection.
  private var request: HostRequest {
    let (run, line) = state.withLock { ($0.run, $0.nextLine) }
    return switch aim {
    case .start: .run(command, run, from: line)
    case .follow(let chosen): .follow(command, run?.text ?? chosen, from: line)
    }
  }

  private func isWorthTrying(_ reason: String) -> Bool {
    let now = clock.now()
    let (isNew, since) = state.withLock { state in
      state.channel = nil
      defer { state.lost = state.lost ?? now }
      return (state.lost == nil, state.lost ?? now)
    }
    if isNew {
      put(
        .notice(
          "lost the connection to \(host.client.place.destination) (\(reason)); the run continues "
            + "there; connecting again"))
    }
    return now - since < Self.patience
  }

  /// Takes replies until the run has ended; `nil` if the connection ended before.
  private func exchange(on channel: SSHChannel) async throws -> Int32? {
    for await line in channel.lines where line.stream == .output {
      guard let reply = HostReply(jsonLine: line.text.utf8) else { continue }
      let now = clock.now()
      let wasLost = state.withLock { state in
        defer { (state.lost, state.heard) = (nil, now) }
        return state.lost != nil
      }
      if wasLost { put(.notice("connected to \(host.client.place.destination) again")) }
      if let exitCode = try await take(reply, from: channel) { return exitCode }
    }
    return nil
  }

  private func take(_ reply: HostReply, from channel: SSHChannel) async throws -> Int32? {
    switch reply {
    case .ready(let run):
      let values = try await secrets()
      if isCancelledBeforeStart { return ExitCode.interrupted.rawValue }
      // From now on it may have started, whatever happens to the connection.
      state.withLock { $0.run = run }
      channel.send(HostRequest.start(values).jsonLine)
    case .started(let run):
      // In one piece, so that the order in which it is told is kept.
      state.withLock { state in
        (state.run, state.channel) = (run, channel)
        let signal = state.signal.map { [HostRequest.signal($0)] } ?? []
        for request in signal + state.told { channel.send(request.jsonLine) }
      }
    case .record(let line, let text):
      guard let record = RunRecord(jsonLine: text.utf8) else { break }
      state.withLock { state in
        state.nextLine = line + 1
        if case .interrupted = record { state.signal = nil }
      }
      put(.record(line: line, record))
    case .text(let text): put(.text(text))
    case .refused(let text, let exitCode):
      put(.text(text))
      return exitCode
    case .ended(let exitCode):
      state.withLock { if $0.signal != nil { $0.ended = exitCode } }
      return exitCode
    case .lost(let run):
      put(
        .text(
          "bgrun: run \(run) on \(host.client.place.destination) was ended from outside (kill -9?); "
            + "resume it: `bgrun resume \(command.plan)`\n"))
      return ExitCode.broken.rawValue
    }
    return nil
  }
}
