public import DeployDSL
public import DeployRunner

/// What goes wrong with one operation in
/// ``DeployDSL/Deploy/rehearseEveryFault(of:including:on:_:)``.
public enum RehearsedFault: String, CaseIterable, Sendable {
  /// It does nothing and says so.
  case fails = "fails"
  /// It does its work and reports failure.
  case reportsFailure = "is done but reports failure"
  /// It does nothing until its time is up.
  case hangs = "hangs"
  /// It does its work, and then hangs until its time is up.
  case hangsWhenDone = "is done but hangs"
  /// The disk is full from then on. Only of what writes a file.
  case findsDiskFull = "finds the disk full"
  /// It takes 8 seconds longer than usual.
  case isLate = "takes 8 seconds longer"
  /// It reports success and does nothing. Only of what changes the host.
  case pretends = "reports success and does nothing"
  /// The run is cancelled as it begins, as by Ctrl-C.
  case isInterrupted = "is interrupted"
  /// The run is cancelled when it is done and has not answered.
  case isInterruptedWhenDone = "is done but interrupted"
  /// The run is cancelled right after it.
  case isInterruptedAfterwards = "is followed by an interruption"
  /// The new version crashes right after it, and is started again.
  case targetCrashes = "is done and the new version crashes"
  /// The new version's container ends meanwhile and is not started again.
  case targetDies = "is under way and the new version dies"
  /// The proxy's container ends meanwhile.
  case proxyDies = "is under way and the proxy dies"
  /// The proxy's container is paused meanwhile.
  case proxyIsPaused = "is under way and the proxy is paused"
  /// The site file is made to be for the colour that served at first, without a reload.
  case siteIsRewritten = "is running and an editor rewrites the site file"
  /// The Docker engine is away for 3 seconds; containers run on, as with `live-restore`.
  case engineRestarts = "is under way and the Docker engine restarts"

  /// What goes wrong with the operation itself.
  public static let ofOperations: [Self] = [
    .fails, .reportsFailure, .hangs, .hangsWhenDone, .isInterrupted, .findsDiskFull,
  ]

  /// What happens on the host meanwhile: no plan can prevent it, but the report must not deny it.
  public static let accidents: [Self] = [
    .targetDies, .proxyDies, .proxyIsPaused, .siteIsRewritten, .engineRestarts,
  ]

  /// Lets it happen to operations on a host.
  package func script(
    _ pattern: OperationPattern, on host: SimulatedHost, _ interrupter: Interrupter
  ) {
    let (application, live) = (host.world.application, host.serving ?? .blue)
    let target = application.service(live.other)
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
    case .proxyDies: host.fail(pattern, .meanwhile { $0.stop(application.proxy) })
    case .proxyIsPaused: host.fail(pattern, .meanwhile { $0.pause(application.proxy) })
    case .siteIsRewritten: host.fail(pattern, .meanwhile { $0.pointFile(at: live) })
    case .engineRestarts: host.fail(pattern, .meanwhile { $0.takeEngineAway(for: .seconds(3)) })
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
  /// Rehearses the plan again and again, each time with one operation of a good run going wrong.
  ///
  /// ```swift
  /// try await shop.rehearseEveryFault { rehearsal in
  ///   expectNeverDown(on: rehearsal.host)
  ///   if rehearsal.host.serving == .blue { expectNoCommand("… bin/publish", in: rehearsal) }
  /// }
  /// ```
  /// An expectation that is not met says which operation went wrong, and how.
  ///
  /// - Parameters:
  ///   - faults: what goes wrong. Default: everything that can with the operation itself; what else
  ///     may happen meanwhile is in ``RehearsedFault/accidents``.
  ///   - effects: with which operations. Default: those that change the host.
  ///   - host: makes the host, a new one for each rehearsal and the same each time. Default: one
  ///     where blue serves and all is well.
  ///   - check: what must be true of each rehearsal.
  /// - Returns: how many rehearsals there were.
  /// - Throws: ``/DeployDSL/PlanError`` with every problem of the plan, why it fails when nothing
  ///   goes wrong, or what `check` throws.
  @discardableResult
  public func rehearseEveryFault(
    of faults: [RehearsedFault] = RehearsedFault.ofOperations,
    including effects: Set<HostOperation.Effect> = [.change],
    on host: (() -> SimulatedHost)? = nil, _ check: (Rehearsal) throws -> Void
  ) async throws -> Int {
    let (graph, makeHost) = (try graph(), host ?? { SimulatedHost(for: self) })
    let good = await graph.rehearse(on: makeHost())
    // Faults of a run that ends early would be a test of nothing.
    if let failure = good.report.failure { throw failure }
    return try await graph.rehearseEveryFault(
      of: faults, in: good, including: effects, on: makeHost, check)
  }
}

extension StepGraph {
  /// Rehearses the graph with every fault of the operations of a good run: see
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

  /// Rehearses the graph with a fault of one operation of a good run.
  package func rehearse(
    _ fault: RehearsedFault, of point: OperationRun, in good: Rehearsal,
    _ options: RunOptions = RunOptions(), on host: SimulatedHost
  ) async -> Rehearsal {
    let interrupter = Interrupter()
    fault.script(.same(as: point, of: good.host.operations), on: host, interrupter)
    return await rehearse(on: host, options, interrupter)
  }
}
