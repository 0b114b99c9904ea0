import DeployDSL
import DeployRunner
import DeploySimulator
import Synchronization

/// Collects what a callback receives, from any thread.
final class Collected<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])

  var all: [Element] { elements.withLock { $0 } }

  func add(_ element: Element) { elements.withLock { $0.append(element) } }
}

/// Changes the host, as another process or a person would, and fails if it is to.
struct Meddle: PrimitiveStep {
  let host: SimulatedHost
  var fails = true
  let change: @Sendable (inout SimulatedState) -> Void

  func run(in context: StepContext) async throws {
    host.change { change(&$0) }
    if fails { throw DeployError(.code, "meddled") }
  }
}

extension Deployer {
  /// A runner on a simulated host that keeps its runs' journals in a folder, as `bgrun` does.
  static func onRecord(
    _ host: SimulatedHost, _ folder: TemporaryFolder,
    _ change: (inout RunOptions) -> Void = { _ in }
  ) -> Deployer {
    var options = RunOptions(stateFolder: folder.stateFolder)
    change(&options)
    return Deployer(executor: .mock(host), options: options)
  }
}

extension SimulatedHost {
  /// How many containers of a service run.
  func running(_ service: ServiceID) -> Int {
    world.containers.count { $0.service.id == service && $0.state == .running }
  }

  /// Runs a graph until an operation at which the run ends although the engine may carry on.
  ///
  /// - Parameters:
  ///   - options: the options of the run.
  ///   - pattern: the operation.
  ///   - whenDone: whether it has been carried out then, only not answered.
  ///   - isKilled: whether nothing of the run reaches the host afterwards. An interrupted run undoes.
  ///   - meanwhile: what happens then.
  @discardableResult
  func run(
    _ graph: StepGraph, _ options: RunOptions, endingAt pattern: OperationPattern,
    whenDone: Bool = false, isKilled: Bool = true, _ meanwhile: @escaping @Sendable () -> Void
  ) async -> Rehearsal {
    let interrupter = Interrupter()
    let isDead = Mutex(false)
    beforeEach { _ in if isDead.withLock(\.self) { throw CancellationError() } }
    let end: SimulatedHost.Script.Hook = { _ in
      meanwhile()
      isDead.withLock { $0 = isKilled }
      await interrupter.cancel()
      throw CancellationError()
    }
    if whenDone { afterEach(pattern, end) } else { beforeEach(pattern, end) }
    let rehearsal = await graph.rehearse(on: self, options, interrupter)
    isDead.withLock { $0 = false }
    return rehearsal
  }

  /// The same with the journals in a folder.
  @discardableResult
  func run(
    _ graph: StepGraph, in folder: TemporaryFolder?, endingAt pattern: OperationPattern,
    whenDone: Bool = false, isKilled: Bool = true, _ meanwhile: @escaping @Sendable () -> Void
  ) async -> RunReport {
    await run(
      graph, RunOptions(stateFolder: folder?.stateFolder), endingAt: pattern, whenDone: whenDone,
      isKilled: isKilled, meanwhile
    ).report
  }
}
