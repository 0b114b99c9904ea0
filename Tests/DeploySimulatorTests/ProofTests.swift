import DeployDSL
import DeployRunner
import Synchronization
import Testing

@testable import DeploySimulator

/// The search for scenarios that break a contract.
@Suite(.timeLimit(.minutes(30))) struct ProofTests {
  /// A plan with a step of its own right before the switch.
  private func plan(_ step: StopTooEarly? = nil) -> Deploy {
    Deploy("shop", port: 3000, health: "/up") {
      DetectActive()
      Up(.target)
      Health(retries: 5, every: 1)
      SwapNginx()
      step
      Reload()
      Stop(.previous)
    }
  }

  private func prove(
    _ plan: Deploy, depth: Int = 1, cells: Int? = nil, seed: UInt64 = 1
  ) async throws -> Proof {
    var limits = Proof.Limits()
    (limits.depth, limits.cells, limits.seed) = (depth, cells, seed)
    return try await plan.graph().prove(limits) { SimulatedHost(for: plan) }
  }

  /// Stops the live version, as no step should.
  private struct StopTooEarly: UndoableStep {
    var isWhenUndone = false

    private func stop(in context: StepContext) async throws {
      try await context.run("docker", "stop", "shop-shop-blue-1")
    }

    func run(in context: StepContext) async throws {
      if !isWhenUndone { try await stop(in: context) }
    }

    func undo(in context: StepContext) async throws {
      if isWhenUndone { try await stop(in: context) }
    }
  }

  // MARK: What is found

  @Test func `no fault of a usual plan breaks a contract`() async throws {
    let proof = try await prove(plan())
    #expect(proof.levels.map(\.isWhole) == [true] && proof.levels[0].all > 150)
    #expect(proof.levels[0].missed == 0)
    #expect(proof.counterexamples.map { "\($0.scenario): \($0.violation.text)" } == [])
  }

  @Test func `some pairs of faults do not either, and how many were left out is known`()
    async throws
  {
    let proof = try await prove(plan(), depth: 2, cells: 60)
    #expect(proof.levels.map(\.faults) == [1, 2] && !proof.levels.allSatisfy(\.isWhole))
    #expect(proof.levels[1].played == 60 && proof.levels[1].all > 1000)
    #expect(proof.counterexamples.map { "\($0.scenario): \($0.violation.text)" } == [])
    #expect(proof.isProved == proof.levels[0].isWhole)
  }

  @Test func `a search that did not even play each fault alone proves nothing`() async throws {
    let proof = try await prove(plan(), cells: 10)
    #expect(proof.counterexamples.isEmpty && !proof.isProved)
  }

  @Test func `a search that is ended early keeps what was played`() async throws {
    var limits = Proof.Limits()
    limits.onProgress = { $0.faults == 1 || $0.played < 20 }
    let plan = plan()
    let proof = try await plan.graph().prove(limits) { SimulatedHost(for: plan) }
    // What had begun by then is finished.
    let most = 20 + limits.width * 16
    #expect(proof.levels.map(\.isWhole) == [true, false] && proof.isProved)
    #expect((20...most).contains(proof.levels[1].played), "\(proof.levels)")
  }

  /// No contract is broken if the engine restarts at each of some looks after something happened.
  private func expectNone(
    after fault: RehearsedFault, engineAwayAt numbers: ClosedRange<Int>
  ) async throws {
    for number in numbers {
      let scenario = Scenario(
        .init(fault, at: "docker compose up …"),
        .init(.engineRestarts, at: "docker inspect …", number: number))
      let found = try await plan().violations(of: scenario)
      #expect(found == [], "docker inspect no. \(number)")
    }
  }

  @Test func `what a run has seen of the proxy holds while the engine cannot be asked`()
    async throws
  {
    try await expectNone(after: .proxyDies, engineAwayAt: 2...12)
  }

  @Test func `a paused proxy lists its processes, and is down all the same`() async throws {
    try await expectNone(after: .proxyIsPaused, engineAwayAt: 1...8)
  }

  @Test
  func `a user who reloads an edited site while the previous version stops cannot be stopped`()
    async throws
  {
    for number in 1...4 {
      let scenario = Scenario(
        .init(.siteIsRewritten, at: "read nginx/service.conf", number: number),
        .init(.proxyIsReloaded, at: "docker stop …"))
      let found = try await plan().violations(of: scenario)
      #expect(found == [], "read no. \(number)")
    }
  }

  @Test func `a resume that cannot look stays to be resumed, and a dead proxy reloads nothing`()
    async throws
  {
    let blind = Scenario(
      .init(.isKilled, at: "docker exec … nginx -s reload"),
      .init(.fails, at: "docker ps --all --no-trunc --format …", number: 2))
    #expect(try await plan().violations(of: blind) == [])
    for number in 1...4 {
      let dead = Scenario(
        .init(.proxyDies, at: "docker top …", number: number),
        .init(.proxyIsReloaded, at: "overwrite nginx/service.conf with …"))
      #expect(try await plan().violations(of: dead) == [], "docker top no. \(number)")
    }
  }

  @Test(arguments: ["migrate", "grafana-blue"])
  func `a fault of a job strikes, whatever the ID of its run, and its end is no other's`(
    service: String
  ) async throws {
    let plan = Deploy("grafana", health: "/api/health") {
      DetectActive()
      Up(.target)
      Health()
      Job(service, "bin/migrate")
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let graph = try plan.graph()
    let good = await graph.rehearse(Scenario(), on: SimulatedHost(for: plan))
    #expect(good.outcome == .succeeded && good.violations.isEmpty, "\(good.violations)")
    let job = try #require(good.host.operations.first { $0.text.contains("bgrun.job=…/") })
    let scenario = Scenario(.init(.fails, at: job.text))
    let failed = await graph.rehearse(scenario, on: SimulatedHost(for: plan))
    #expect(failed.course.strikes.count == 1 && failed.outcome == .failed)
    #expect(failed.violations.isEmpty, "\(failed.violations)")
  }

  @Test func `a run that restored the site file is known to have done so, however long ago`()
    async throws
  {
    let graph = try plan().graph()
    let scenario = Scenario(.init(.fails, at: "docker exec … nginx -T"))
    func host() async throws -> SimulatedHost {
      let host = SimulatedHost(for: graph.application, live: .green, mount: .folder) { world in
        world.run("shop-blue")
      }
      // The ages of processes are in whole seconds.
      try await host.clock.sleep(for: .seconds(30))
      return host
    }
    let struck = await graph.rehearse(scenario, on: try await host())
    #expect(struck.course.strikes.count == 1 && struck.outcome == .failed)
    #expect(await graph.violations(of: scenario, on: try await host()) == [])
  }

  @Test func `what ran before the run stays after its rollback`() async throws {
    let scenario = Scenario(.init(.fails, at: "…nginx -s reload"))
    let host = SimulatedHost(for: plan()) { $0.run("shop-green") }
    let rehearsal = try await plan().graph().rehearse(scenario, on: host)
    #expect(rehearsal.outcome == .rolledBack && rehearsal.violations == [])
    #expect(host.serving == .blue && host.isRunning("shop-green"))
  }

  @Test func `a plan that breaks a contract by itself is found without a fault`() async throws {
    let proof = try await prove(plan(StopTooEarly()))
    let found = proof.counterexamples.first { $0.violation.contract == .answers }
    #expect(found?.scenario == Scenario())
    #expect(found?.timeLine.contains { $0.hasSuffix("→ no colour serves") } == true)
  }

  @Test func `a plan whose rollback breaks a contract is found, and the scenario is the shortest`()
    async throws
  {
    let proof = try await prove(plan(StopTooEarly(isWhenUndone: true)), cells: 60)
    let found = try #require(proof.counterexamples.first { $0.violation.contract == .answers })
    #expect(found.scenario.incidents.count == 1)
    // Its test fails, too.
    let again = try await plan(StopTooEarly(isWhenUndone: true)).violations(of: found.scenario)
    #expect(again.contains(found.violation.text))
    #expect(await found.isFoundByTest(of: try plan(StopTooEarly(isWhenUndone: true)).graph()))
    #expect(try await plan().violations(of: found.scenario) == [])
    #expect(await !found.isFoundByTest(of: try plan().graph()))
    #expect(found.test.contains(".init(.\(found.scenario.incidents[0].fault), at: \""))
  }

  @Test func `the seed chooses what is played`() async throws {
    let plan = plan(StopTooEarly(isWhenUndone: true))
    let (one, other) = (
      try await prove(plan, cells: 40, seed: 7), try await prove(plan, cells: 40, seed: 7)
    )
    #expect(one.counterexamples.map(\.scenario) == other.counterexamples.map(\.scenario))
  }

  // MARK: Scenarios

  @Test(arguments: Scenario.Following.allCases)
  func `a killed run is followed by what a user types`(following: Scenario.Following) async throws {
    let scenario = Scenario(.init(.isKilledWhenDone, at: "…nginx -s reload"), thenBy: following)
    let rehearsal = try await plan().graph().rehearse(scenario, on: SimulatedHost(for: plan()))
    let purposes: [RunPurpose] =
      switch following {
      case .resume: [.deploy, .resume]
      case .undo: [.deploy, .undo]
      case .rollback: [.deploy, .rollback, .undo]
      case .deploy: [.deploy, .deploy, .resume]
      }
    #expect(rehearsal.course.commands.map(\.purpose) == purposes)
    #expect(rehearsal.violations == [])
    let isBack = following == .undo || following == .rollback
    #expect(rehearsal.host.serving == (isBack ? .blue : .green))
    if purposes.count == 3 { #expect(rehearsal.course.commands[1].report?.outcome == .locked) }
  }

  @Test func `bgrun can be killed again while it resumes`() async throws {
    let scenario = Scenario(
      .init(.isKilled, at: "…nginx -s reload"),
      .init(.isKilledWhenDone, at: "…nginx -s reload", number: 2))
    let rehearsal = try await plan().graph().rehearse(scenario, on: SimulatedHost(for: plan()))
    #expect(rehearsal.course.commands.map { $0.report == nil } == [true, true, false])
    #expect(rehearsal.outcome == .succeeded && rehearsal.violations == [])
    #expect(rehearsal.events.count { $0.line?.hasSuffix("bgrun is killed") == true } == 2)
  }

  @Test(arguments: [("docker exec … nginx -T", 2), ("docker exec … nginx -s reload", 1)])
  func `what nginx loaded at a reboot is not stopped by the undo`(operation: String, number: Int)
    async throws
  {
    let scenario = Scenario(.init(.machineReboots, at: operation, number: number), thenBy: .undo)
    let host = SimulatedHost(for: plan())
    let rehearsal = try await plan().graph().rehearse(scenario, on: host)
    #expect(rehearsal.course.strikes.count == 1 && host.timeline.contains { $0.serving == .green })
    #expect(rehearsal.violations == [] && host.serving == .blue)
  }

  // MARK: What is played once for many

  /// All that happened, in one text.
  private func course(_ rehearsal: Rehearsal) -> [String] {
    let operations = rehearsal.host.operations.map { run in
      "\(run.began) \(run.text) \(run.ended.map { "\($0)" } ?? "-")"
    }
    return operations + rehearsal.host.timeline.map { "\($0)" } + rehearsal.violations.map(\.text)
      + ["\(rehearsal.outcome) \(rehearsal.course.strikes)"]
  }

  @Test(arguments: [
    RehearsedFault.isKilled, .isKilledWhenDone, .machineReboots,
  ])
  func `what continues a common beginning ends as if it had been played from the start`(
    death: RehearsedFault
  ) async throws {
    let (plan, graph) = (plan(), try plan().graph())
    func play(_ scenario: Scenario) -> ScenarioPlay {
      ScenarioPlay(graph, scenario, on: SimulatedHost(for: plan), isProof: true)
    }
    let first = Scenario.Incident(death, at: "docker exec … nginx -s reload")
    let common = play(Scenario([first]))
    await common.begin()
    for following in Scenario.Following.allCases {
      for second in [nil, RehearsedFault.fails, .targetDies, .isKilled] {
        let incidents =
          [first]
          + [second.map { .init($0, at: "docker top …", number: 5) }]
          .compactMap(\.self)
        let scenario = Scenario(incidents, following)
        let (one, other) = (
          course(await common.continued(by: scenario).checked()),
          course(await play(scenario).checked())
        )
        let difference = zip(one, other).first { $0 != $1 }
        #expect(
          difference == nil && one.count == other.count,
          "\(scenario): \(difference.map { "\($0)" } ?? "\(one.count), \(other.count)")")
      }
    }
    common.end()
  }

  @Test func `hosts that differ in names and old times only are in the same situation`()
    async throws
  {
    func situation(_ host: SimulatedHost) -> Situation? { Situation(host.world) }
    func host(
      _ scenario: Scenario, _ change: (inout SimulatedState) -> Void = { _ in }
    ) async throws -> SimulatedHost {
      let host = SimulatedHost(for: plan()) { change(&$0) }
      _ = try await plan().graph().rehearse(scenario, on: host)
      return host
    }
    let good = try await host(Scenario())
    let late = try await host(Scenario(.init(.isLate, at: "docker ps …")))
    #expect(good.clock.now != late.clock.now && situation(good) == situation(late))
    let rolledBack = try await host(Scenario(.init(.fails, at: "docker exec … nginx -s reload")))
    let changes: [(inout SimulatedState) -> Void] = [
      { $0.behavior(of: "shop-blue", .unhealthy) }, { $0.addNetwork("other") },
      { $0.fillDisk(true) }, { $0.pointFile(at: .blue) }, { $0.stop("shop-green") },
      { $0.restart("nginx-proxy") },
    ]
    for (number, change) in changes.enumerated() {
      let changed = try await host(Scenario())
      changed.change { change(&$0) }
      #expect(situation(changed) != situation(good), "change \(number)")
    }
    #expect(situation(good) != nil && situation(rolledBack) != situation(good))
    // Something is to come.
    good.change { $0.openRequest("a download", lasting: .seconds(2)) }
    #expect(situation(good) == nil)
  }

  @Test func `a next deploy that fails is found from each scenario that leads to it`() async {
    let known = NextRuns<Violation?>()
    let counted = Mutex(0)
    let host = SimulatedHost(for: plan())
    try? await host.clock.sleep(for: .seconds(30))
    guard let situation = Situation(host.world) else {
      Issue.record("the host is not at rest")
      return
    }
    for _ in 0..<3 {
      let found = await known.ending(from: situation) {
        counted.withLock { $0 += 1 }
        return Violation(.following, "it fails")
      }
      #expect(found?.text == "it fails")
    }
    #expect(counted.withLock { $0 } == 1 && known.count == 1)
  }

  @Test func `a scenario is told in one line`() {
    let scenario = Scenario(
      .init(.fails, at: "docker stop a", number: 2), .init(.machineReboots, at: "write b"),
      thenBy: .undo)
    #expect(
      "\(scenario)" == """
        docker stop a (no. 2) fails; then write b is not done and the machine reboots; then \
        `bgrun resume --undo`
        """)
  }
}
