import DeployDSL
import DeploySimulator
import Synchronization

@testable import DeployRunner

/// Where steps of several runs wait for each other: opens when enough have come.
actor Meeting {
  private let count: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var hasMet = false

  init(of count: Int) { self.count = count }

  func join() async {
    if hasMet || waiting.count + 1 == count {
      hasMet = true
      for one in waiting { one.resume() }
      waiting = []
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }
}

/// A step that waits for steps of other runs.
struct Meet: PrimitiveStep {
  let meeting: Meeting

  func run(in context: StepContext) async throws { await meeting.join() }
}

/// A step that does what a test wants done while a run is under way.
struct Tell: PrimitiveStep {
  let body: @Sendable () async throws -> Void

  /// A step that goes on until its run is ended.
  static let forever = Tell {
    for await _ in AsyncStream(Never.self, { _ in }) {}
    try Task.checkCancellation()
  }

  func run(in context: StepContext) async throws { try await body() }
}

/// Applications, each on a simulated host of its own.
struct GroupUnderTest {
  let names: [String]
  let hosts: [SimulatedHost]
  let members: [DeploymentGroup.Member]
  let log = EventLog()

  /// Makes the applications.
  ///
  /// - Parameters:
  ///   - before: further steps of an application after its gate, before its switch.
  ///   - after: further steps after its switch.
  init(
    _ names: [String], options: RunOptions = RunOptions(),
    before: (String) -> [any Step] = { _ in [] },
    after: (String) -> [any Step] = { _ in [] }
  ) throws {
    let plans = names.map { name in
      Deploy(name) {
        DetectActive()
        Up(.target)
        Health(retries: 15, every: 2)
        before(name)
        SwapNginx()
        Reload()
        after(name)
        Stop(.previous)
      }
    }
    self.names = names
    let hosts = plans.map { SimulatedHost(for: $0.application) }
    self.hosts = hosts
    members = try zip(plans, hosts).map { plan, host in
      DeploymentGroup.Member(
        try plan.graph(), on: Deployer(executor: .mock(host), options: options))
    }
  }

  func host(_ name: String) -> SimulatedHost { hosts[names.firstIndex(of: name) ?? 0] }

  func run(_ stages: [DeploymentGroup.Stage]) async throws -> DeploymentGroupReport {
    try await DeploymentGroup(stages).run { log.add($0) }
  }

  /// The colours that serve, in the applications' order.
  var serving: [Color?] { hosts.map(\.serving) }

  /// Whether anybody ever asked a proxy and got no good answer by a run's doing.
  var violations: [SimulatedState.Outage] { hosts.flatMap(\.violations) }
}

/// What happened in a group, in order.
final class EventLog: Sendable {
  private let lines = Mutex<[String]>([])
  private let counts = Mutex((now: 0, most: 0))

  /// The runs' beginnings and ends: `begin 0`, `end 0`, `begin-back 0`, `end-back 0`.
  var runs: [String] { lines.withLock { $0 } }

  /// How many ran at a time at most.
  var most: Int { counts.withLock { $0.most } }

  func add(_ event: DeploymentGroup.MemberEvent) {
    let back = event.isRollback ? "-back" : ""
    switch event.event.kind {
    case .runStarted:
      lines.withLock { $0.append("begin\(back) \(event.member)") }
      counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
    case .runFinished:
      lines.withLock { $0.append("end\(back) \(event.member)") }
      counts.withLock { $0.now -= 1 }
    default: break
    }
  }
}
