public import DeployDSL

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
  /// The run is cancelled as it begins, as by Ctrl-C.
  case isInterrupted = "is interrupted"
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

  /// - Parameter live: the colour that serves at first.
  func simulated(on application: Application, live: Color) -> SimulatedFault? {
    switch self {
    case .fails: .failing()
    case .reportsFailure: .reportingFailureButDone
    case .hangs: .hanging
    case .hangsWhenDone: .hangingWhenDone
    case .findsDiskFull: .fillingDisk
    case .isInterrupted: nil
    case .targetDies: .meanwhile { $0.stop(application.service(live.other)) }
    case .proxyDies: .meanwhile { $0.stop(application.proxy) }
    case .proxyIsPaused: .meanwhile { $0.pause(application.proxy) }
    case .siteIsRewritten: .meanwhile { $0.pointFile(at: live) }
    case .engineRestarts: .meanwhile { $0.takeEngineAway(for: .seconds(3)) }
    }
  }

  func applies(to request: HostOperation.Request) -> Bool {
    guard self == .findsDiskFull else { return true }
    if case .writeFile = request { return true }
    return false
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
      for fault in faults where fault.applies(to: point.operation.request) {
        let host = makeHost()
        let number = point.number
        let live = host.serving ?? .blue
        if let simulated = fault.simulated(on: application, live: live) {
          host.fail(.operation(number), simulated)
        }
        let interrupter = fault == .isInterrupted ? Interrupter { $0.number == number } : nil
        let rehearsal = await rehearse(on: host, options, interrupter)
        let circumstances = "when \(point.operation.request.description) \(fault.rawValue)"
        try Rehearsal.$circumstances.withValue(circumstances) { try check(rehearsal) }
        count += 1
      }
    }
    return count
  }
}
