public import DeployDSL
public import DeployRunner

extension Deploy {
  /// Runs the plan on a simulated host, in virtual time: milliseconds, and nothing real is touched.
  ///
  /// ```swift
  /// @Test func keepsServingWhenTheNewVersionIsSick() async throws {
  ///   let host = SimulatedHost(for: plan)
  ///   host.change { $0.behavior(of: "grafana-green", .unhealthy) }
  ///   let rehearsal = try await plan.rehearse(on: host)
  ///   expectOutcome(.failed, of: rehearsal)
  ///   expectServing(.blue, on: host)
  /// }
  /// ```
  /// - Parameters:
  ///   - host: the host. Default: a new one where blue serves and all is well.
  ///   - options: what the run should do differently, for example `RunOptions(isDryRun: true)`.
  ///   - interruption: the run is cancelled as an operation begins whose text is this, as Ctrl-C
  ///     does; `…` in it stands for anything. Default: it is not.
  /// - Throws: ``/DeployDSL/PlanError`` with every problem of the plan; nothing has been run then.
  public func rehearse(
    on host: SimulatedHost? = nil, options: RunOptions = RunOptions(),
    interruptedAt interruption: String? = nil
  ) async throws(PlanError) -> Rehearsal {
    let (graph, host) = (try graph(), host ?? SimulatedHost(for: self))
    let interrupter = Interrupter()
    if let interruption {
      host.beforeEach(.text(interruption).onAttempt(1)) { _ in await interrupter.cancel() }
    }
    return await graph.rehearse(on: host, options, interrupter)
  }
}

extension StepGraph {
  /// Runs the graph on a simulated host.
  ///
  /// - Parameter interrupter: cancels the run from within an operation.
  package func rehearse(
    on host: SimulatedHost, _ options: RunOptions = RunOptions(),
    _ interrupter: Interrupter = Interrupter()
  ) async -> Rehearsal {
    host.change { $0.addServices(forJobsOf: self) }
    let run = DeployRun(graph: self, executor: .mock(host), options: options)
    interrupter.watch(run)
    var events: [Event] = []
    for await event in run.events { events.append(event) }
    return Rehearsal(report: await run.report(), events: events, host: host)
  }
}

extension Step {
  /// Runs the step alone on a simulated host, after `DetectActive()`.
  ///
  /// The target has no container at first. For a step that needs it to run, start it before:
  ///
  /// ```swift
  /// let host = SimulatedHost(for: plan)
  /// host.change { $0.run("grafana-green") }
  /// let rehearsal = try await Migrate().rehearse(on: host)
  /// expectCommands(["docker exec … bin/migrate up"], in: rehearsal)
  /// ```
  /// - Parameters:
  ///   - host: the host.
  ///   - failingAfterwards: whether a later step fails, so that this one is taken back.
  ///   - options: what the run should do differently.
  ///   - interruption: the run is cancelled as an operation begins whose text is this; `…` in it
  ///     stands for anything. Default: it is not.
  ///   - file: the file that problems of the step are shown in. Default: the test's.
  ///   - line: the line that they are shown at. Default: this call's.
  /// - Throws: ``/DeployDSL/PlanError`` if the step cannot stand alone, as `Reload()` cannot.
  public func rehearse(
    on host: SimulatedHost, failingAfterwards: Bool = false, options: RunOptions = RunOptions(),
    interruptedAt interruption: String? = nil, file: String = #filePath, line: Int = #line
  ) async throws(PlanError) -> Rehearsal {
    var steps: [any Step] = [DetectActive(), self]
    if failingAfterwards { steps.append(Fail("a later step failed, as the test asked for")) }
    let plan = Deploy(
      host.world.application, timeout: .seconds(1800),
      steps: Steps(steps, file: file, line: line), file: (file), line: line)
    return try await plan.rehearse(on: host, options: options, interruptedAt: interruption)
  }
}

extension SimulatedHost {
  /// Makes a host that a plan's application is deployed on.
  ///
  /// - Parameters:
  ///   - plan: the plan.
  ///   - live: the colour that runs and serves; `nil` if nothing has ever been started. Default:
  ///     blue.
  ///   - change: what else is different from the beginning.
  public convenience init(
    for plan: Deploy, live: Color? = .blue, _ change: (inout SimulatedState) -> Void = { _ in }
  ) {
    self.init(for: plan.application, live: live, change)
  }
}
