import DeployDSL
import DeployRunner

/// One of the situations that a fault matrix is gone through in: README's plan, a live colour and
/// how the proxy sees its site file.
struct FaultScene: Sendable, CustomStringConvertible {
  let live: Color
  let mount: SimulatedState.SiteMount

  /// Both kinds of mounts, and both directions.
  static let all = [
    FaultScene(live: .blue, mount: .file), FaultScene(live: .green, mount: .folder),
  ]

  static let plan = Deploy("grafana", port: 3000, health: "/api/health") {
    DetectActive()
    Up(.target)
    Health(retries: 15, every: 2)
    SwapNginx()
    Reload()
    Stop(.previous)
    Prune()
  }

  static var application: Application { plan.application }

  var target: Color { live.other }
  var targetService: String { Self.application.service(target) }
  var description: String { "\(live) live, \(mount) mounted" }

  /// A host where a download is in flight when a clean run reloads the proxy, and for seconds after.
  func host() -> SimulatedHost {
    let host = SimulatedHost(
      for: Self.application, live: live, bootTime: .milliseconds(150), mount: mount)
    host.change { world in
      world.addImage(nil)
      world.addNetwork("left-behind")
    }
    host.at(.milliseconds(700)) { $0.openRequest("a download", lasting: .milliseconds(600)) }
    return host
  }

  /// What the operations of a clean run are, in their order.
  func cleanRun(of plan: Deploy = Self.plan) async throws -> [FaultPoint] {
    let control = FaultControl(fault: nil, at: nil)
    let host = host()
    let executor = FaultyExecutor(base: .mock(host), control: control)
    _ = try await Deployer(executor: executor).run(plan)
    return control.seen
  }
}

/// An operation of a run: what it is and which of its like, because operations that begin at the
/// same time may do so in either order.
struct FaultPoint: Hashable, Sendable, CustomStringConvertible {
  var text: String
  var occurrence: Int
  var isChange: Bool

  var description: String { occurrence == 1 ? text : "\(text) (\(occurrence))" }
}

/// What goes wrong with one operation.
enum OperationFault: String, CaseIterable, Sendable {
  case fails = "fails"
  case hangs = "hangs until its timeout"
  case hangsWhenDone = "is done, and hangs until its timeout"
  case reportsFailure = "succeeds but reports failure"
  case pretends = "reports success and did nothing"
  case targetCrashes = "the target crashes right after, and is started again"
  case targetDies = "the target dies right after"
  case cancelledBefore = "the run is cancelled as it begins"
  case cancelledDuring = "the run is cancelled when it is done and has not answered"
  case cancelledAfter = "the run is cancelled right after"

  func applies(to point: FaultPoint) -> Bool { self != .pretends || point.isChange }

  var isDeathOfTarget: Bool { self == .targetCrashes || self == .targetDies }
}
