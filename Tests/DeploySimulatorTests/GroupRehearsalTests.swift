import DeployDSL
import DeployRunner
import Testing

@testable import DeploySimulator

/// Groups of deployments on simulated hosts, with faults of their members.
@Suite(.timeLimit(.minutes(30))) struct GroupRehearsalTests {
  /// Stops the active version, as no step should.
  private struct StopTooEarly: PrimitiveStep {
    func run(in context: StepContext) async throws {
      try await context.run("docker", "stop", "shop-shop-blue-1")
    }
  }

  private static func plan(_ name: String = "shop", _ step: StopTooEarly? = nil) -> Deploy {
    Deploy(name, port: 3000, health: "/up") {
      DetectActive()
      Up(.target)
      Health(retries: 3, every: 1)
      step
      SwapNginx()
      Reload()
      Stop(.previous)
    }
  }

  private static func member(_ plan: Deploy, on host: String?) throws -> DeploymentGroup.Member {
    .init(try plan.graph(), on: Deployer(executor: .mock(for: plan.application)), host: host)
  }

  /// One application on some hosts.
  private func fleet(
    _ count: Int, _ waves: [Wave], isAtomic: Bool = false, _ plan: Deploy = plan()
  ) throws -> DeploymentGroup {
    let members = try (1...count).map { try Self.member(plan, on: "web\($0)") }
    return DeploymentGroup([.inWaves(members, waves, pause: 30, isAtomic: isAtomic)])
  }

  private func host(_ group: DeploymentGroup) -> @Sendable (Int) -> SimulatedHost {
    { SimulatedHost(for: group.members[$0].graph.application) }
  }

  /// How many have the new version, and the exit code, for each place and fault of a group.
  private func table(_ group: DeploymentGroup) async -> [String: [String]] {
    var table: [String: [String]] = [:]
    for place in group.places {
      for scenario in group.scenarios(at: place.member) {
        let rehearsal = await group.rehearse(scenario, on: host(group))
        #expect(rehearsal.violations.map(\.text) == [], "\(scenario)")
        let code = rehearsal.report.map { "\($0.exitCode)" } ?? "-"
        table["\(scenario.incidents[0].fault)", default: []].append("\(rehearsal.switched) \(code)")
      }
    }
    return table
  }

  @Test func `waves keep the hosts that have succeeded`() async throws {
    let group = try fleet(3, [1, .all])
    #expect(group.places.map(\.title) == ["wave 1 of 2", "wave 2 of 2"])
    #expect(
      await table(group) == [
        "versionIsSick": ["0 1", "2 1"], "isLocked": ["0 5", "2 5"],
        "isInterrupted": ["0 130", "1 130"],
        "connectionIsLost": ["1 8", "3 8"], "controllerIsLost": ["1 -", "3 -"],
      ])
    let good = await group.rehearse(on: host(group))
    #expect(good.report?.exitCode == 0 && good.switched == 3 && good.violations.isEmpty)
  }

  @Test func `an atomic group goes back, but not on hosts that are out of sight`() async throws {
    #expect(
      await table(try fleet(3, [1, .all], isAtomic: true)) == [
        "versionIsSick": ["0 1", "0 3"], "isLocked": ["0 5", "0 3"],
        "isInterrupted": ["0 130", "0 130"],
        "connectionIsLost": ["1 8", "3 8"], "controllerIsLost": ["1 -", "3 -"],
        "cannotGoBack": ["1 4"],
      ])
  }

  @Test func `applications on one host have no connection to lose`() async throws {
    let members = try ["api", "web"].map { try Self.member(Self.plan($0), on: nil) }
    let parallel = DeploymentGroup([.inParallel(members)])
    #expect(parallel.places.map(\.title) == ["api", "web"])
    #expect(
      await table(parallel) == [
        "versionIsSick": ["1 1", "1 1"], "isLocked": ["1 5", "1 5"],
        "isInterrupted": ["0 130", "0 130"],
      ])
    #expect(
      await table(DeploymentGroup([.atomically(members)])) == [
        "versionIsSick": ["0 1", "0 3"], "isLocked": ["0 5", "0 3"],
        "isInterrupted": ["0 130", "0 130"], "cannotGoBack": ["1 4"],
      ])
  }

  @Test func `of 100 hosts, no wave starts behind a fault`() async throws {
    let group = try fleet(100, [1, .percent(10), .percent(50), .all])
    let lost = GroupScenario([.init(.connectionIsLost, at: group.places[1].member)])
    let rehearsal = await group.rehearse(lost, on: host(group))
    #expect(rehearsal.violations.map(\.text) == [] && rehearsal.switched == 11)
    #expect(rehearsal.report?.exitCode == 8 && rehearsal.started == Set(0..<11))
  }

  // MARK: Proof

  private func prove(
    _ group: DeploymentGroup, depth: Int = 1, cells: Int? = nil
  ) async -> GroupProof {
    var limits = Proof.Limits()
    (limits.depth, limits.cells) = (depth, cells)
    return await group.prove(limits, on: host(group))
  }

  @Test func `no fault breaks a contract`() async throws {
    let proof = await prove(try fleet(2, [1], isAtomic: true))
    #expect(proof.levels.allSatisfy(\.isWhole) && proof.levels[0].all > 60)
    #expect(proof.counterexamples.map { "\($0.scenario): \($0.violation.text)" } == [])
  }

  @Test func `a second fault strikes only a member that is started`() async throws {
    let proof = await prove(try fleet(2, [1]), depth: 2, cells: 20)
    let (one, two) = (proof.levels[0], proof.levels[1])
    // Of both places' faults, only these pairs reach the second place.
    #expect(two.played == 20 && two.all > 0 && two.all < one.all * one.all / 16)
    #expect(proof.counterexamples.map { "\($0.scenario): \($0.violation.text)" } == [])
  }

  @Test func `a plan that harms users is found, with how each host ends`() async throws {
    let proof = await prove(try fleet(2, [1], Self.plan("shop", StopTooEarly())), cells: 4)
    let example = try #require(proof.counterexamples.first { $0.violation.contract == .answers })
    #expect(example.violation.text.hasPrefix("web1: no answer"))
    #expect(example.endings.count == 2)
  }
}
