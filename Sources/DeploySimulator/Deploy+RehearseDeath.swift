package import DeployDSL
package import DeployRunner
import Synchronization

extension SimulatedHost {
  /// Runs a graph until an operation at which the run ends although the engine may carry on.
  ///
  /// - Parameters:
  ///   - options: the options of the run.
  ///   - pattern: the operation.
  ///   - whenDone: whether it has been carried out then, only not answered.
  ///   - isKilled: whether nothing of the run reaches the host afterwards. An interrupted run undoes.
  ///   - meanwhile: what happens then.
  @discardableResult
  package func run(
    _ graph: StepGraph, _ options: RunOptions, endingAt pattern: OperationPattern,
    whenDone: Bool = false, isKilled: Bool = true, _ meanwhile: @escaping @Sendable () -> Void
  ) async -> Rehearsal {
    let interrupter = Interrupter()
    let isDead = Mutex(false)
    beforeEach { _ in if isDead.withLock(\.self) { throw CancellationError() } }
    let end: SimulatedHost.Script.Hook = { _ in
      meanwhile()
      isDead.withLock { $0 = isKilled }
      await interrupter.cancel()
      throw CancellationError()
    }
    if whenDone { afterEach(pattern, end) } else { beforeEach(pattern, end) }
    let rehearsal = await graph.rehearse(on: self, options, interrupter)
    isDead.withLock { $0 = false }
    return rehearsal
  }
}

extension StepGraph {
  /// Kills a run at one of its operations, perhaps by a reboot of the machine, and resumes it.
  ///
  /// - Parameters:
  ///   - whenDone: whether the operation has been carried out then.
  ///   - isReboot: whether the machine reboots: its containers end, too.
  func rehearseDeath(
    at point: OperationRun, _ pattern: OperationPattern, whenDone: Bool, isReboot: Bool,
    _ options: RunOptions, on host: SimulatedHost
  ) async -> Rehearsal {
    let (folder, left) = (ScratchFolder(), ScratchFolder())
    // The host's script, and with it whoever keeps the host, holds on to both.
    defer {
      folder.remove()
      left.remove()
    }
    var (options, again) = (options, options)
    (options.stateFolder, again.stateFolder) = (folder.state, left.state)
    (options.locksSite, again.locksSite) = (false, false)
    let died = Mutex<Duration?>(nil)
    let dead = await host.run(self, options, endingAt: pattern, whenDone: whenDone) {
      // What the dying process still writes did not happen.
      left.take(from: folder)
      died.withLock { $0 = host.world.now }
      if isReboot { host.change { $0.takeEngineAway(for: .seconds(20), endingContainers: true) } }
    }
    guard let time = died.withLock(\.self) else { return dead }
    // A user comes, or the machine has started again.
    try? await host.clock.sleep(for: .seconds(60))
    let deployer = Deployer(executor: .mock(host), options: again)
    var rest = self
    if (try? deployer.isInterrupted(self)) == true {
      again.resume = .goOn
      rest = (try? deployer.resumable(self)) ?? self
    }
    let start = host.clock.now.sinceStart
    var resumed = await rest.rehearse(on: host, again)
    // What the cancelled run still says did not happen.
    let text = point.operation.request.description
    let last = dead.events.lastIndex { event in
      guard event.at <= time, case .operation(let operation) = event.kind else { return false }
      return operation.text == text
    }
    let death = Event(at: time, kind: .note(isReboot ? "the machine reboots" : "bgrun is killed"))
    let later = resumed.events.map { event in
      var event = event
      event.at += start
      return event
    }
    resumed.events = dead.events.prefix((last ?? -1) + 1) + [death] + later
    return resumed
  }

  /// Starts a second run of the plan while an operation of the first one is under way.
  func rehearseTwice(
    at pattern: OperationPattern, _ options: RunOptions, on host: SimulatedHost
  ) async -> Rehearsal {
    let folder = ScratchFolder()
    defer { folder.remove() }
    var options = options
    options.stateFolder = folder.state
    options.locksSite = false
    let both = options
    let second = Mutex<RunReport?>(nil)
    host.beforeEach(pattern) { _ in
      // The first run waits for its operation meanwhile.
      host.clock.leave()
      defer { host.clock.join() }
      let report = await rehearse(on: host, both).report
      second.withLock { $0 = report }
    }
    var first = await rehearse(on: host, both)
    first.others = [second.withLock(\.self)].compactMap(\.self)
    return first
  }
}
