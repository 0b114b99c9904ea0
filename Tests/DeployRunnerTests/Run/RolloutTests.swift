import DeployDSL
import DeploySimulator
import Synchronization
import Testing

@testable import DeployRunner

/// An application on many simulated hosts, in waves.
@Suite(.timeLimit(.minutes(30))) struct RolloutTests {
  /// A host whose run can no longer be followed once it has started.
  private struct OutOfSight: MemberRunner {
    let runner: Deployer
    var rollsBack: Bool { true }

    func deploy(
      _ graph: StepGraph, observer: @escaping @Sendable (Event) -> Void
    ) async -> DeploymentGroupReport.Ending {
      _ = await runner.deploy(graph, observer: observer)
      return .outOfSight("run 1 continues there")
    }

    func rollBack(
      _ graph: StepGraph, _ report: RunReport, observer: @escaping @Sendable (Event) -> Void
    ) async -> DeploymentGroupReport.Rollback { .left("must not be asked") }
  }

  /// Hosts named by their numbers.
  private struct Fleet {
    let hosts: [SimulatedHost]
    private let graph: StepGraph
    private let lost: Set<Int>
    let log = EventLog()
    let waves = Mutexed([DeploymentGroup.WaveStart]())
    let pauses = Mutexed([Duration]())

    init(of count: Int, losing lost: Set<Int> = [], step: (any Step)? = nil) throws {
      let plan = Deploy("shop") {
        DetectActive()
        Up(.target)
        Health(retries: 5, every: 2)
        step
        SwapNginx()
        Reload()
        Watch(for: 5)
        Stop(.previous)
      }
      graph = try plan.graph()
      self.lost = lost
      hosts = (0..<count).map { _ in SimulatedHost(for: plan.application) }
    }

    var members: [DeploymentGroup.Member] {
      hosts.enumerated().map { number, host in
        let runner = Deployer(executor: .mock(host))
        return lost.contains(number)
          ? DeploymentGroup.Member(graph, by: OutOfSight(runner: runner), on: "\(number)")
          : DeploymentGroup.Member(graph, on: runner, host: "\(number)")
      }
    }

    func run(
      _ sizes: [Wave] = [1, .percent(10), .percent(50), .all], isAtomic: Bool = false
    ) async -> DeploymentGroupReport {
      var group = DeploymentGroup([
        .inWaves(members, sizes, pause: 30, isAtomic: isAtomic)
      ])
      group.sleep = { [pauses] time in
        pauses.change { $0.append(time) }
        try Task.checkCancellation()
      }
      return await group.runValidated {
        log.add($0)
      } onWave: { [waves] wave in
        waves.change { $0.append(wave) }
      }
    }

    /// How many hosts serve a colour.
    func count(_ color: Color) -> Int { hosts.count { $0.serving == color } }
    var violations: [SimulatedState.Outage] { hosts.flatMap(\.violations) }
    /// The hosts on which nothing was done.
    var untouched: Int { hosts.count { $0.operations.isEmpty } }
  }

  final class Mutexed<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    init(_ value: Value) { state = Mutex(value) }
    var value: Value { state.withLock(\.self) }
    func change(_ body: @Sendable (inout Value) -> Void) { state.withLock { body(&$0) } }
  }

  @Test func `100 hosts are reached in four waves, with a pause between them`() async throws {
    let fleet = try Fleet(of: 100)
    let report = await fleet.run()
    #expect(report.exitCode == 0 && report.cause == nil)
    #expect(fleet.count(.green) == 100 && fleet.violations.isEmpty)
    #expect(fleet.waves.value.map(\.members) == [0..<1, 1..<11, 11..<61, 61..<100])
    #expect(fleet.pauses.value == Array(repeating: .seconds(30), count: 3))
    #expect(fleet.log.most <= DeploymentGroup.mostHosts)
    // No wave begins before the one before has ended.
    let ends = try #require(fleet.log.runs.firstIndex(of: "end 0"))
    #expect(ends == 1)
    for wave in fleet.waves.value.dropFirst() {
      let begin = try #require(
        fleet.log.runs.firstIndex { $0.hasPrefix("begin") && wave.members.contains($0.member) })
      #expect(fleet.log.runs[..<begin].count { $0.hasPrefix("end") } == wave.members.lowerBound)
    }
  }

  @Test func `a canary that fails leaves the others untouched`() async throws {
    let fleet = try Fleet(of: 100)
    fleet.hosts[0].change { $0.behavior(of: "shop-green", .crashingAtBoot()) }
    let report = await fleet.run()
    #expect(report.exitCode == 1 && report.cause == "0")
    #expect(report.members.map(\.fate) == [.failed] + Array(repeating: .notStarted, count: 99))
    #expect(fleet.count(.blue) == 100 && fleet.untouched == 99 && fleet.violations.isEmpty)
  }

  @Test(arguments: [false, true])
  func `hosts that fail stop the waves after theirs, and roll back all only if that was chosen`(
    isAtomic: Bool
  ) async throws {
    let fleet = try Fleet(of: 100)
    for number in [13, 40] {
      fleet.hosts[number].change { $0.behavior(of: "shop-green", .crashingAtBoot()) }
    }
    let report = await fleet.run(isAtomic: isAtomic)
    #expect(["13", "40"].contains(report.cause) && fleet.violations.isEmpty)
    // The limit keeps some of the third wave from starting, too.
    #expect(fleet.untouched >= 39 && fleet.hosts[61...].allSatisfy { $0.operations.isEmpty })
    if isAtomic {
      #expect(report.exitCode == 3 && fleet.count(.blue) == 100)
      #expect(report.members[..<11].allSatisfy { $0.fate == .rolledBack })
    } else {
      #expect(report.exitCode == 1)
      #expect(fleet.count(.green) == report.members.count { $0.fate == .done })
      #expect(report.members[..<11].allSatisfy { $0.fate == .done })
    }
  }

  @Test(arguments: [false, true])
  func `a host out of sight ends in 8 and stops the waves, and nothing is rolled back`(
    isAtomic: Bool
  ) async throws {
    let fleet = try Fleet(of: 100, losing: [5])
    let report = await fleet.run(isAtomic: isAtomic)
    #expect(report.exitCode == 8 && report.cause == "5")
    #expect(report.members.count { $0.fate == .done } == 10)
    #expect(report.members[5].fate == .outOfSight && report.exitCode(of: report.members[5]) == 8)
    #expect(fleet.untouched == 89 && fleet.count(.green) == 11 && fleet.violations.isEmpty)
  }

  @Test func `every fault of an operation on one host leaves all hosts with what serves`()
    async throws
  {
    var outcomes: Set<Int32> = []
    for operation in stride(from: 1, through: 40, by: 3) {
      let fleet = try Fleet(of: 8)
      fleet.hosts[3].fail(.operation(operation))
      let report = await fleet.run([1, .percent(50), .all], isAtomic: true)
      outcomes.insert(report.exitCode)
      #expect(fleet.violations.isEmpty, "operation \(operation)")
      let serving = Set(fleet.hosts.enumerated().filter { $0.offset != 3 }.map(\.element.serving))
      #expect(serving.count == 1, "operation \(operation): \(report.members.map(\.fate))")
    }
    #expect(outcomes.count > 1)
  }

  @Test func `an interruption rolls the wave back that runs, and starts no other`() async throws {
    let begun = Meeting(of: 3)
    let canary = Mutexed(true)
    let fleet = try Fleet(
      of: 5,
      step: Tell {
        let isCanary = canary.value
        canary.change { $0 = false }
        guard !isCanary else { return }
        await begun.join()
        for await _ in AsyncStream(Never.self, { _ in }) {}
        try Task.checkCancellation()
      })
    let run = Task { await fleet.run([1, 2, .all]) }
    await begun.join()
    run.cancel()
    let report = await run.value
    #expect(
      report.members.map(\.fate) == [.done, .cancelled, .cancelled, .notStarted, .notStarted])
    #expect(report.exitCode(afterSignal: 15) == 143 && fleet.violations.isEmpty)
    #expect(fleet.hosts.map(\.serving) == [.green, .blue, .blue, .blue, .blue])
  }

  @Test func `applications come together, wave by wave, as many at a time as they are to`() throws {
    let fleet = try Fleet(of: 3)
    let rollout = Rollout(hosts: ["0", "1", "2"], waves: [1, .all], pause: .seconds(5))
    let plans = [(rollout, fleet.members), (rollout, fleet.members)]
    let together = DeploymentGroup.Stage.inWaves(plans, limit: nil, isAtomic: false)
    #expect(together.members.map(\.host) == ["0", "0", "1", "2", "1", "2"])
    #expect(together.waves == [.init(count: 2), .init(count: 4, pause: .seconds(5))])
    let apart = DeploymentGroup.Stage.inWaves(plans, limit: 1, isAtomic: true)
    #expect(apart.members.map(\.host) == ["0", "0", "1", "2", "1", "2"])
    #expect(
      apart.waves == [
        .init(count: 1), .init(count: 1), .init(count: 2, pause: .seconds(5)), .init(count: 2),
      ])
  }
}

extension String {
  /// The member of a line of an ``EventLog``.
  fileprivate var member: Int { split(separator: " ").last.flatMap { Int($0) } ?? -1 }
}
