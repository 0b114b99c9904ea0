import DeployDSL
import Synchronization

/// Asks the application through the proxy as clients do while a run lasts, for its receipt.
///
/// It begins as soon as the run knows where clients reach the application. Its requests are
/// not part of the run: they leave no events and no records in the journal, and nothing depends on
/// them.
final class Prober: Sendable {
  private struct State {
    var ledger = ReceiptLedger()
    var url = ""
    var task: Task<Void, Never>?
    /// What a simulated host is asked in the end, and since when.
    var simulated: (call: HostCall, began: Duration)?
    /// Whether the connection of the last answer may have been kept.
    var isKept = false
    /// How many lines of the proxy's output have been read.
    var lines = 0
    /// What is done once, when the site limits how often it may be asked.
    var onLimit: (@Sendable () -> Void)?
  }

  private let settings: Receipt
  private let executor: any Executor
  private let clock: RunClock
  private let state = Mutex(State())

  /// - Parameter settings: what to request, and how often; a rate of 0 for nothing.
  init(_ settings: Receipt, executor: any Executor, clock: RunClock) {
    self.settings = settings
    self.executor = executor
    self.clock = clock
  }

  var isOff: Bool { settings.rate <= 0 }

  /// Notes what happens in the run.
  func note(_ kind: Event.Kind, of node: Node?, at time: Duration) {
    guard !isOff else { return }
    state.withLock { $0.ledger.note(kind, of: node, at: time) }
  }

  /// Begins to ask, unless it has begun, or the answers would not be the application's.
  ///
  /// - Parameters:
  ///   - path: a path that leads to the application; `nil` if none is known.
  ///   - note: tells people what changes.
  func begin(
    at endpoint: ProxyEndpoint, for path: String?, note: @escaping @Sendable (String) -> Void
  ) {
    guard !isOff, endpoint.isKnown,
      let path = settings.path ?? path
    else { return }
    let call = CurlCommand.probes(
      path, from: endpoint, every: .seconds(max(0.01, 1 / settings.rate)))
    state.withLock { state in
      guard state.task == nil, state.simulated == nil, case .probes(let probing) = call.kind
      else { return }
      state.url = probing.url
      state.onLimit = {
        note(
          "the site limits how often one address may send requests (HTTP 429): the receipt counts "
            + "no such answer, and sends one request every \(Self.whenLimited.forPeople) from now on"
        )
      }
      guard !clock.isVirtual else {
        state.simulated = (call, clock.now())
        return
      }
      // Unstructured, so that a cancelled run is measured to its end; ``end()`` awaits it.
      state.task = Task { await self.ask(call, probing) }
    }
  }

  /// Waits a moment for the first answer: it is the measure for those after the first change.
  func first() async {
    guard !isOff, !clock.isVirtual, state.withLock({ $0.task != nil }) else { return }
    for _ in 0..<50 where state.withLock({ $0.ledger.count == 0 }) {
      try? await clock.sleep(for: .milliseconds(2))
    }
  }

  /// Stops asking; returns the receipt, or `nil` if nothing was asked.
  ///
  /// - Parameter proxy: the proxy, whose output may tell of the requests of others.
  func end(_ proxy: DeploymentState.Proxy?, _ docker: DockerCLI) async -> RunReport.Receipt? {
    let end = clock.now()
    if let simulated = state.withLock({ $0.simulated }) {
      await ask(simulated.call, from: simulated.began, to: end)
    } else if let task = state.withLock({ state in
      // What is still answered starts nothing more.
      state.onLimit = nil
      return state.task
    }) {
      task.cancel()
      await task.value
    } else {
      return nil
    }
    guard var receipt = state.withLock({ $0.ledger.receipt(of: $0.url, endingAt: end) })
    else { return nil }
    receipt.clients = await clients(proxy, docker)
    return receipt
  }

  /// What the proxy's output tells of the requests of others.
  private func clients(
    _ proxy: DeploymentState.Proxy?, _ docker: DockerCLI
  ) async -> RunReport.Receipt.Clients? {
    guard !clock.isVirtual, let proxy, let log = proxy.log,
      let container = proxy.running.container?.name
    else { return nil }
    let call = docker.logs(
      container, lines: Self.longestLog, since: clock.now() + Self.before, isTimed: true)
    let operation = HostOperation(.call(call), effect: .observe, timeout: .seconds(10))
    let began = clock.now()
    // A cancelled run has it, too.
    let reply = try? await uncancelled { [executor] in
      try await executor.perform(operation) { self.read($0, by: log) }
    }
    guard reply?.printed?.succeeded == true else { return nil }
    return state.withLock { state in
      // A longer log is not complete.
      state.lines < Self.longestLog ? state.ledger.clients(until: began) : nil
    }
  }

  /// Notes a line of the proxy's output, which begins with its time.
  private func read(_ line: OutputLine, by log: NginxLog) {
    let parts = line.text.split(separator: " ", maxSplits: 1)
    let age = parts.first.flatMap { Timestamp.age(engine: String($0)) }
    let request = parts.count == 2 ? log.read(String(parts[1])) : nil
    let now = clock.now()
    state.withLock { state in
      state.lines += 1
      if let age, let request { state.ledger.add(request, at: now - age) }
    }
  }

  /// How many lines of the proxy's output are read at most.
  private static let longestLog = 100_000
  /// How long before the run the reading begins: for failures that are not the run's.
  private static let before: Duration = .seconds(30)

  private func ask(_ call: HostCall, _ probing: Probing) async {
    let operation = HostOperation(.call(call), effect: .observe, timeout: .seconds(600))
    while !Task.isCancelled {
      let before = state.withLock { state in
        state.isKept = false
        return state.ledger.count
      }
      _ = try? await executor.perform(operation) { line in
        if let answer = CurlCommand.probeAnswer(in: line) { self.add(answer, to: probing) }
      }
      guard state.withLock({ $0.ledger.count > before }) else {
        return await askSingly(probing)
      }
    }
  }

  /// Asks a simulated host for the answers of a time that has passed: what is asked meanwhile would
  /// depend on the threads of this machine.
  private func ask(_ call: HostCall, from began: Duration, to end: Duration) async {
    guard case .probes(var probing) = call.kind else { return }
    probing.since = end - began
    let operation = HostOperation(
      .call(HostCall(.probes(probing), call.command)), effect: .observe, timeout: .seconds(60))
    // A cancelled run has it, too.
    let reply = try? await uncancelled { [executor] in
      try await executor.perform(operation) { _ in }
    }
    guard case .probes(let answers) = reply?.value else { return }
    state.withLock { state in
      for answer in answers { state.ledger.add(answer, at: began + (answer.at ?? .zero)) }
    }
  }

  /// How long to wait between two requests to a site that limits them: users behind the same
  /// address share the limit.
  private static let whenLimited: Duration = .seconds(5)

  private func slowDown(_ probing: Probing) {
    let onLimit = state.withLock { state in
      guard let onLimit = state.onLimit else { return nil as (@Sendable () -> Void)? }
      state.onLimit = nil
      state.task?.cancel()
      // Unstructured as the one that it replaces.
      state.task = Task {
        try? await self.clock.sleep(for: Self.whenLimited)
        await self.askSingly(probing, every: Self.whenLimited)
      }
      return onLimit
    }
    onLimit?()
  }

  private func add(_ answer: ProbeAnswer, to probing: Probing) {
    // It says nothing about the application.
    if answer.status == .http(429) { return slowDown(probing) }
    let now = clock.now()
    var answer = answer
    state.withLock { state in
      // A new connection means something only after a kept one.
      answer.isRetried = answer.isRetried && state.isKept
      state.isKept = answer.isGood && !answer.closes
      state.ledger.add(answer, at: now - answer.time)
    }
  }

  /// Asks each time with an operation of its own: curl before 7.84 cannot space its requests.
  private func askSingly(_ probing: Probing, every interval: Duration = .seconds(1)) async {
    let request = CurlCommand.single(probing)
    while !Task.isCancelled {
      let began = clock.now()
      do {
        let operation = HostOperation(request, effect: .observe, timeout: Probing.patience * 2)
        let reply = try await executor.perform(operation) { _ in }
        add(ProbeAnswer(time: clock.now() - began, Self.status(of: reply)), to: probing)
      } catch OperationError.cannotStart {
        return
      } catch is CancellationError {
        return
      } catch {
        add(ProbeAnswer(time: clock.now() - began, .none("\(error)")), to: probing)
      }
      try? await clock.sleep(until: max(began, clock.now()) + interval)
    }
  }

  private static func status(of reply: OperationResult) -> ProbeAnswer.Status {
    if case .http(let answer) = reply { return .http(answer.status) }
    if case .http(let answer) = reply.value { return .http(answer.status) }
    return .none(reply.printed.map(CurlCommand.reason) ?? "no answer")
  }
}
