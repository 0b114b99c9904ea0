public import DeployDSL
public import DeployRunner

extension Deploy {
  /// Runs the plan on a simulated host, in virtual time: it takes milliseconds and changes nothing
  /// real.
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
  ///   - host: the host. Default: a new one with blue active and no faults.
  ///   - options: the options of the run, for example `RunOptions(isDryRun: true)`.
  ///   - interruption: cancels the run, as Ctrl-C does, when an operation with this text begins;
  ///     `…` matches any text. Default: no interruption.
  /// - Throws: ``/DeployDSL/PlanError`` with every issue of the plan; nothing was run.
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
    // The host itself knows every outage; fault matrices have thousands of runs.
    var options = options
    options.takesReceipt = false
    host.change { $0.addParts(of: self) }
    let run = DeployRun(graph: self, executor: .mock(host), options: options)
    interrupter.watch(run)
    // Kept until they are read: whoever waits for each one is woken for each one.
    let report = await run.report()
    var events: [Event] = []
    for await event in run.events { events.append(event) }
    return Rehearsal(report: report, events: events, host: host)
  }
}

extension Step {
  /// Runs only this step on a simulated host, after `DetectActive()`.
  ///
  /// At first the target has no container. If the step needs a running target, start it first:
  ///
  /// ```swift
  /// let host = SimulatedHost(for: plan)
  /// host.change { $0.run("grafana-green") }
  /// let rehearsal = try await Migrate().rehearse(on: host)
  /// expectCommands(["docker exec … bin/migrate up"], in: rehearsal)
  /// ```
  /// - Parameters:
  ///   - host: the host.
  ///   - failingAfterwards: whether a later step fails, so that this step is undone.
  ///   - options: the options of the run.
  ///   - interruption: cancels the run when an operation with this text begins; `…` matches any
  ///     text. Default: no interruption.
  ///   - file: the file to report issues in. Default: the test's.
  ///   - line: the line to report them at. Default: this call's.
  /// - Throws: ``/DeployDSL/PlanError`` if the step cannot run alone, for example `Reload()`.
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
  /// Creates a host for a plan's application.
  ///
  /// - Parameters:
  ///   - plan: the plan.
  ///   - live: the running, active colour; `nil` if no colour was ever started. Default: blue.
  ///   - change: further changes to the initial state.
  public convenience init(
    for plan: Deploy, live: Color? = .blue, _ change: (inout SimulatedState) -> Void = { _ in }
  ) {
    self.init(for: plan.application, live: live, change)
  }
}
