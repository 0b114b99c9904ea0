public import DeployDSL
package import DeployRunner
import Synchronization

/// A Docker host in memory, with its own clock, for rehearsing and testing plans.
///
/// It simulates the operations of Docker, Compose and nginx that bgrun uses, with their real
/// answers. Of the plan's own commands it performs `docker stop NAME` and `docker start NAME`; all
/// others succeed and do nothing, unless a test scripts their answer. Time passes only while all
/// tasks wait: a deploy of half a minute takes milliseconds.
///
/// ```swift
/// let host = SimulatedHost(for: plan.application)
/// host.change { $0.behavior(of: "grafana-green", .unhealthy) }
/// let report = try await Deployer(executor: .mock(host)).run(plan)
/// host.serving  // .blue: the deploy failed and no client noticed
/// host.violations  // []
/// ```
/// It starts with the project folder `/srv/NAME`, the services of both colours on ports 3003 and
/// 3004 of 127.0.0.1, and a proxy on port 80. One colour is running, healthy and active; the other
/// has no container yet.
public final class SimulatedHost: Sendable {
  /// The clock of its operations.
  package let clock: VirtualClock
  private let state: Mutex<State>

  struct State: Sendable {
    var world: SimulatedState
    var script = Script()
    var operations: [OperationRun] = []
    var calls = 0
  }

  /// Creates a host for an application.
  ///
  /// - Parameters:
  ///   - application: the application, for example a plan's `application`.
  ///   - live: the running, active colour; `nil` if no colour was ever started. Default: blue.
  ///   - bootTime: the boot time of a colour. Default: 2 seconds.
  ///   - mount: how the proxy sees the site file. Default: the file itself is mounted.
  ///   - change: further changes to the initial state.
  package init(
    for application: Application, live: Color? = .blue, bootTime: Duration = .seconds(2),
    mount: SimulatedState.SiteMount = .file,
    _ change: (inout SimulatedState) -> Void = { _ in }
  ) {
    clock = VirtualClock()
    let snapshot = HostSnapshot(inventedFor: application, with: live ?? .blue, mount: mount)
    var world = SimulatedState(application, snapshot, bootTime: bootTime)
    world.start(live: live)
    change(&world)
    state = Mutex(State(world: world))
  }

  /// Creates a copy of a host with what runs there; if nothing is known of that, with the colour of
  /// the site file.
  ///
  /// - Parameters:
  ///   - snapshot: the host.
  ///   - application: the application.
  ///   - change: further changes to the initial state.
  package init(
    copying snapshot: HostSnapshot, for application: Application,
    _ change: (inout SimulatedState) -> Void = { _ in }
  ) {
    clock = VirtualClock()
    var snapshot = snapshot
    if application.proxy.service == nil, snapshot.proxy == nil {
      snapshot.addProxy(of: application, .folder)
    }
    var world = SimulatedState(
      application, snapshot, bootTime: snapshot.bootTime ?? .seconds(2))
    world.start(snapshot)
    change(&world)
    state = Mutex(State(world: world))
  }

  /// Creates a host that continues from the present state of another one, with its operations as past.
  ///
  /// - Parameter script: the faults, answers and hooks.
  init(continuing other: SimulatedHost, script: Script) {
    clock = VirtualClock(at: other.clock.now.sinceStart)
    var copy = other.withState { $0 }
    copy.script = script
    state = Mutex(copy)
  }

  // MARK: Changing

  /// Changes the host now, as users or accidents do, not as an operation.
  ///
  /// - Parameter change: the change.
  /// - Returns: what `change` returns.
  /// - Throws: what `change` throws.
  @discardableResult
  public func change<Result: Sendable>(
    _ change: (inout SimulatedState) throws -> Result
  ) rethrows -> Result {
    try withState { state throws in try change(&state.world) }
  }

  /// Changes the host at a time since the clock's start; immediately if the time has passed.
  ///
  /// The change takes its exact place among all other events, but runs when the host is next
  /// accessed: it should change the host and nothing else.
  public func at(
    _ time: Duration, _ change: @escaping @Sendable (inout SimulatedState) -> Void
  ) {
    withState { state in
      state.world.schedule(after: time - state.world.now, isNatural: true, change)
    }
  }

  /// The answers to a prober's requests, which it would have sent until now.
  ///
  /// They take no part in time: they neither let it pass nor stop it.
  func answers(to probing: Probing) -> [ProbeAnswer] {
    withState { state in
      state.world.answers(from: state.world.now - probing.since, every: probing.every)
    }
  }

  // MARK: Inspecting

  /// The current state of the host.
  package var world: SimulatedState { withState { $0.world } }

  /// The colour that currently answers requests through the proxy; `nil` without a good answer.
  public var serving: Color? { withState { $0.world.serving } }

  /// The colour in the configuration that the proxy has loaded.
  package var loadedColor: Color? { withState { $0.world.loadedColor } }

  /// The colour in the site file on the host.
  package var fileColor: Color? { withState { $0.world.fileColor } }

  /// Whether a container of a service runs.
  public func isRunning(_ service: String) -> Bool {
    withState { $0.world.isRunning(service) }
  }

  /// All changes, oldest first.
  package var timeline: [SimulatedState.TimelineEntry] { withState { $0.world.timeline } }

  /// The outages that an operation caused: a deploy must never cause one. All other outages are in
  /// ``SimulatedState/outages`` only.
  package var violations: [SimulatedState.Outage] {
    withState { $0.world.outages.filter { $0.cause != nil } }
  }

  /// All operations so far, in the order of their start.
  package var operations: [OperationRun] { withState { $0.operations } }

  /// The commands so far, as one would type them.
  public var commands: [String] {
    operations.compactMap { $0.operation.request.command?.description }
  }

  /// Locks the state and advances it to the clock's time.
  func withState<Result, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result where Result: Sendable {
    let now = clock.now.sinceStart
    // Mutex.withLock has no typed throws for a non-sending result on every toolchain.
    let outcome = state.withLock { state -> Swift.Result<Result, Failure> in
      state.world.advance(to: now)
      do throws(Failure) {
        return .success(try body(&state))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}

/// An operation that was performed on a simulated host.
package struct OperationRun: Sendable, CustomStringConvertible {
  /// Its number, counted from 1.
  package var number: Int
  /// The operation.
  package let operation: HostOperation
  /// The operation as one would type it, without the ID of the run, which differs in each.
  package let text: String
  /// When it began, since the clock's start.
  package var began: Duration
  /// When it ended; `nil` while it runs.
  package var ended: Duration?

  init(number: Int, operation: HostOperation, began: Duration) {
    (self.number, self.operation, self.began) = (number, operation, began)
    let text = operation.request.description
    // A job's label has the run's ID.
    if case .call(let call) = operation.request, case .job(_, _, _, let owner) = call.kind {
      self.text = text.replacing(owner.prefix { $0 != "/" }, with: "…")
    } else {
      self.text = text
    }
  }

  /// The operation as text: the command as one would type it, or the file access.
  package var description: String {
    if case .writeFile(let file) = operation.request { return "write \(file.path)" }
    return text
  }
}
