public import DeployDSL
public import DeployRunner

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
    var count = 0
    for point in good.host.operations where effects.contains(point.operation.effect) {
      for fault in faults where fault.applies(to: point.operation) {
        let rehearsal = await graph.rehearse(fault, of: point, in: good, on: makeHost())
        let circumstances = "when \(point.text) \(fault.rawValue)"
        try Rehearsal.$circumstances.withValue(circumstances) { try check(rehearsal) }
        count += 1
      }
    }
    return count
  }
}

extension StepGraph {
  /// Rehearses the graph with a fault in one operation of a successful run; after a death it is
  /// resumed.
  package func rehearse(
    _ fault: RehearsedFault, of point: OperationRun, in good: Rehearsal,
    _ options: RunOptions = RunOptions(), on host: SimulatedHost
  ) async -> Rehearsal {
    let incident = Scenario.Incident(fault, at: point, of: good.host.operations)
    return await rehearse(Scenario(incident), options, on: host)
  }
}
