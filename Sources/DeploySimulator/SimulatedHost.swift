public import DeployDSL
package import DeployRunner
import Synchronization

/// A Docker host in memory, with a clock of its own, to try plans on and to test them.
///
/// It does what bgrun asks of docker, Compose and nginx, and answers as the real ones do. Of the
/// plan's own commands it carries out `docker stop NAME` and `docker start NAME`; all others succeed
/// and do nothing, unless a test gives their answer. Time passes only when everybody waits: a deploy
/// of half a minute takes milliseconds.
///
/// ```swift
/// let host = SimulatedHost(for: plan.application)
/// host.change { $0.behavior(of: "grafana-green", .unhealthy) }
/// let report = try await Deployer(executor: .mock(host)).run(plan)
/// host.serving  // .blue: the deploy failed and nobody noticed
/// host.violations  // []
/// ```
/// It begins with the project folder `/srv/NAME`, the two colours' services on the ports 3003 and
/// 3004 of 127.0.0.1, and a proxy on port 80. One colour runs, is healthy and is what the proxy
/// serves; the other one has no container yet.
public final class SimulatedHost: Sendable {
  /// The clock that its operations take place in.
  package let clock: VirtualClock
  private let state: Mutex<State>

  struct State: Sendable {
    var world: SimulatedState
    var script = Script()
    var operations: [OperationRun] = []
    var calls = 0
  }

  /// Makes a host that an application is deployed on.
  ///
  /// - Parameters:
  ///   - application: the application, for example a plan's `application`.
  ///   - live: the colour that runs and serves; `nil` if nothing has ever been started. Default:
  ///     blue.
  ///   - bootTime: how long a colour boots. Default: 2 seconds.
  ///   - mount: how the proxy sees the site file. Default: the file itself is mounted.
  ///   - clock: the clock, if several hosts share one. Default: a clock of its own.
  ///   - change: what else is different from the beginning.
  package init(
    for application: Application, live: Color? = .blue, bootTime: Duration = .seconds(2),
    mount: SimulatedState.SiteMount = .file, clock: VirtualClock = VirtualClock(),
    _ change: (inout SimulatedState) -> Void = { _ in }
  ) {
    self.clock = clock
    var world = SimulatedState(
      application: application, projectName: application.projectName ?? application.name)
    world.mount = mount
    world.advance(to: clock.now.sinceStart)
    world.layOut(live: live, bootTime: bootTime)
    change(&world)
    state = Mutex(State(world: world))
  }

  // MARK: Changing

  /// Changes the world now, as people or accidents do, not as an operation does.
  ///
  /// - Parameter change: what is different.
  /// - Returns: what `change` returns.
  /// - Throws: what `change` throws.
  @discardableResult
  public func change<Result: Sendable>(
    _ change: (inout SimulatedState) throws -> Result
  ) rethrows -> Result {
    try withState { state throws in try change(&state.world) }
  }

  /// Changes the world at a time, counted from the clock's start; at once if it is past.
  ///
  /// The change comes exactly at its time among all others, but is carried out when somebody next
  /// looks: it should change the world and nothing else.
  public func at(
    _ time: Duration, _ change: @escaping @Sendable (inout SimulatedState) -> Void
  ) {
    withState { state in
      state.world.schedule(after: time - state.world.now, isNatural: true, change)
    }
  }

  // MARK: Looking

  /// The whole world as it is now.
  package var world: SimulatedState { withState { $0.world } }

  /// The colour that a request through the proxy gets now; `nil` if it gets no good answer.
  public var serving: Color? { withState { $0.world.serving } }

  /// The colour in the configuration that the proxy has loaded.
  package var loadedColor: Color? { withState { $0.world.loadedColor } }

  /// The colour in the site file on the host.
  package var fileColor: Color? { withState { $0.world.fileColor } }

  /// Whether a container of a service runs.
  public func isRunning(_ service: String) -> Bool {
    withState { $0.world.isRunning(service) }
  }

  /// Everything that changed, the first change first.
  package var timeline: [SimulatedState.TimelineEntry] { withState { $0.world.timeline } }

  /// The times without a good answer from the proxy that an operation began: what a deploy must
  /// never do. Outages that came by themselves are in ``SimulatedState/outages`` only.
  package var violations: [SimulatedState.Outage] {
    withState { $0.world.outages.filter { $0.cause != nil } }
  }

  /// Every operation so far, in the order in which they began.
  package var operations: [OperationRun] { withState { $0.operations } }

  /// The commands so far, as one would type them.
  public var commands: [String] {
    operations.compactMap { $0.operation.request.command?.description }
  }

  /// Locks the state and brings the world up to the clock's time.
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
  /// What was asked for.
  package var operation: HostOperation
  /// When it began, since the clock's start.
  package var began: Duration
  /// When it ended; `nil` if it has not.
  package var ended: Duration?
  /// What it answered; `nil` if it has not, or threw.
  package var reply: OperationResult?

  /// The operation in words: the command as one would type it, or what is done to which file.
  package var description: String {
    if case .writeFile(let file) = operation.request { return "write \(file.path)" }
    return operation.request.description
  }
}
