public import DeployDSL
public import DeployRunner

/// A fault of one operation in ``DeployDSL/Deploy/rehearseEveryFault(of:including:on:_:)``.
public enum RehearsedFault: String, CaseIterable, Sendable {
  /// It does nothing and reports failure.
  case fails = "fails"
  /// It does its work and reports failure.
  case reportsFailure = "is done but reports failure"
  /// It does nothing until its timeout.
  case hangs = "hangs"
  /// It does its work, then hangs until its timeout.
  case hangsWhenDone = "is done but hangs"
  /// The disk is full from then on. Applies only to file writes.
  case findsDiskFull = "finds the disk full"
  /// It takes 8 seconds longer than usual.
  case isLate = "takes 8 seconds longer"
  /// It reports success and does nothing. Applies only to operations that change the host.
  case pretends = "reports success and does nothing"
  /// The run is cancelled, as by Ctrl-C, when the operation begins.
  case isInterrupted = "is interrupted"
  /// The run is cancelled after the operation takes effect and before it returns.
  case isInterruptedWhenDone = "is done but interrupted"
  /// The run is cancelled right after the operation.
  case isInterruptedAfterwards = "is followed by an interruption"
  /// The new version crashes right after the operation and restarts.
  case targetCrashes = "is done and the new version crashes"
  /// The new version's container exits during the operation and does not restart.
  case targetDies = "is under way and the new version dies"
  /// The proxy's container exits during the operation.
  case proxyDies = "is under way and the proxy dies"
  /// The proxy's container is paused during the operation.
  case proxyIsPaused = "is under way and the proxy is paused"
  /// The site file is rewritten for the initially active colour, without a reload.
  case siteIsRewritten = "is running and an editor rewrites the site file"
  /// The Docker engine is unavailable for 3 seconds; containers keep running, as with
  /// `live-restore`.
  case engineRestarts = "is under way and the Docker engine restarts"

  /// bgrun is killed before the operation, and the run is resumed a minute later.
  case isKilled = "is not done and bgrun is killed"
  /// bgrun is killed after the operation takes effect, and the run is resumed a minute later.
  case isKilledWhenDone = "is done and bgrun is killed"
  /// The machine reboots before the operation, and the run is resumed afterwards.
  case machineReboots = "is not done and the machine reboots"
  /// A second run of the plan starts when the operation begins.
  case meetsAnotherRun = "is under way and a second run starts"

  /// The faults of the operation itself.
  public static let ofOperations: [Self] = [
    .fails, .reportsFailure, .hangs, .hangsWhenDone, .isInterrupted, .findsDiskFull,
  ]

  /// Accidents on the host during the operation: no plan can prevent them, but the report must
  /// reflect them.
  public static let accidents: [Self] = [
    .targetDies, .proxyDies, .proxyIsPaused, .siteIsRewritten, .engineRestarts,
  ]

  /// Injects the fault into operations on a host.
  package func script(
    _ pattern: OperationPattern, on host: SimulatedHost, _ interrupter: Interrupter
  ) {
    let (application, live) = (host.world.application, host.serving ?? .blue)
    let target = "\(application.serviceID(live.other))"
    switch self {
    case .fails: host.fail(pattern)
    case .reportsFailure: host.fail(pattern, .reportingFailureButDone)
    case .hangs: host.fail(pattern, .hanging)
    case .hangsWhenDone: host.fail(pattern, .hangingWhenDone)
    case .findsDiskFull: host.fail(pattern, .fillingDisk)
    case .isLate: host.fail(pattern, .delayed(by: .seconds(8)))
    case .pretends: host.fail(pattern, .succeedingWithoutEffect)
    case .isInterrupted: host.beforeEach(pattern) { _ in await interrupter.cancel() }
    case .isInterruptedWhenDone:
      host.afterEach(pattern) { _ in
        await interrupter.cancel()
        throw CancellationError()
      }
    case .isInterruptedAfterwards: host.afterEach(pattern) { _ in await interrupter.cancel() }
    case .targetCrashes: host.afterEach(pattern) { _ in host.change { $0.crash(target) } }
    case .targetDies: host.fail(pattern, .meanwhile { $0.stop(target) })
    case .proxyDies: host.fail(pattern, .meanwhile { $0.stop($0.proxyName) })
    case .proxyIsPaused: host.fail(pattern, .meanwhile { $0.pause($0.proxyName) })
    case .siteIsRewritten: host.fail(pattern, .meanwhile { $0.pointFile(at: live) })
    case .engineRestarts: host.fail(pattern, .meanwhile { $0.takeEngineAway(for: .seconds(3)) })
    // These need more than one run.
    case .isKilled, .isKilledWhenDone, .machineReboots, .meetsAnotherRun: break
    }
  }

  package func applies(to operation: HostOperation) -> Bool {
    switch (self, operation.request) {
    case (.findsDiskFull, .writeFile): true
    case (.findsDiskFull, _): false
    default: self != .pretends || operation.effect == .change
    }
  }
}

extension Deploy {
  /// Rehearses the plan repeatedly, each time with a fault in one operation of a successful run.
  ///
  /// ```swift
  /// try await shop.rehearseEveryFault { rehearsal in
  ///   expectNeverDown(on: rehearsal.host)
  ///   if rehearsal.host.serving == .blue { expectNoCommand("… bin/publish", in: rehearsal) }
  /// }
  /// ```
  /// A failed expectation reports the operation and its fault.
  ///
  /// - Parameters:
  ///   - faults: the faults to inject. Default: all faults of the operation itself; for accidents
  ///     on the host see ``RehearsedFault/accidents``.
  ///   - effects: the operations to inject them into, by effect. Default: those that change the
  ///     host.
  ///   - host: creates a new, identical host for each rehearsal. Default: one with blue active and
  ///     no faults.
  ///   - check: the expectations on each rehearsal.
  /// - Returns: the number of rehearsals.
  /// - Throws: ``/DeployDSL/PlanError`` with every issue of the plan, an error if the plan fails
  ///   without a fault, or what `check` throws.
  @discardableResult
  public func rehearseEveryFault(
    of faults: [RehearsedFault] = RehearsedFault.ofOperations,
    including effects: Set<HostOperation.Effect> = [.change],
    on host: (() -> SimulatedHost)? = nil, _ check: (Rehearsal) throws -> Void
  ) async throws -> Int {
    let (graph, makeHost) = (try graph(), host ?? { SimulatedHost(for: self) })
    let good = await graph.rehearse(on: makeHost())
    // Faults in a run that ends early would test nothing.
    if let failure = good.report.failure { throw failure }
    return try await graph.rehearseEveryFault(
      of: faults, in: good, including: effects, on: makeHost, check)
  }
}

extension StepGraph {
  /// Rehearses the graph with every fault of the operations of a successful run: see
  /// ``DeployDSL/Deploy/rehearseEveryFault(of:including:on:_:)``.
  package func rehearseEveryFault(
    of faults: [RehearsedFault] = RehearsedFault.ofOperations, in good: Rehearsal,
    including effects: Set<HostOperation.Effect> = [.change],
    _ options: RunOptions = RunOptions(), on makeHost: () -> SimulatedHost,
    _ check: (Rehearsal) throws -> Void
  ) async rethrows -> Int {
    var count = 0
    for point in good.host.operations where effects.contains(point.operation.effect) {
      for fault in faults where fault.applies(to: point.operation) {
        let rehearsal = await rehearse(fault, of: point, in: good, options, on: makeHost())
        let circumstances = "when \(point.operation.request.description) \(fault.rawValue)"
        try Rehearsal.$circumstances.withValue(circumstances) { try check(rehearsal) }
        count += 1
      }
    }
    return count
  }

  /// Rehearses the graph with a fault in one operation of a successful run.
  package func rehearse(
    _ fault: RehearsedFault, of point: OperationRun, in good: Rehearsal,
    _ options: RunOptions = RunOptions(), on host: SimulatedHost
  ) async -> Rehearsal {
    let pattern = OperationPattern.same(as: point, of: good.host.operations)
    switch fault {
    case .isKilled, .isKilledWhenDone, .machineReboots:
      return await rehearseDeath(
        at: point, pattern, whenDone: fault == .isKilledWhenDone,
        isReboot: fault == .machineReboots,
        options, on: host)
    case .meetsAnotherRun: return await rehearseTwice(at: pattern, options, on: host)
    default:
      let interrupter = Interrupter()
      fault.script(pattern, on: host, interrupter)
      return await rehearse(on: host, options, interrupter)
    }
  }
}
