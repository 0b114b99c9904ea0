package import DeployDSL
package import DeployRunner

/// A fault of one operation in a ``Scenario``, or in
/// ``DeployDSL/Deploy/rehearseEveryFault(of:including:on:_:)``.
public enum RehearsedFault: String, CaseIterable, Sendable {
  /// It does nothing and reports failure.
  case fails = "fails"
  /// It does its work and reports failure.
  case reportsFailure = "is done but reports failure"
  /// It does nothing until its timeout.
  case hangs = "hangs"
  /// It does its work, then hangs until its timeout.
  case hangsWhenDone = "is done but hangs"
  /// The disk is full from then on. Applies only to file writes.
  case findsDiskFull = "finds the disk full"
  /// It takes 8 seconds longer than usual.
  case isLate = "takes 8 seconds longer"
  /// It reports success and does nothing. Applies only to operations that change the host.
  case pretends = "reports success and does nothing"
  /// The run is cancelled, as by Ctrl-C, when the operation begins.
  case isInterrupted = "is interrupted"
  /// The run is cancelled after the operation takes effect and before it returns.
  case isInterruptedWhenDone = "is done but interrupted"
  /// The run is cancelled right after the operation.
  case isInterruptedAfterwards = "is followed by an interruption"
  /// The new version crashes right after the operation and restarts.
  case targetCrashes = "is done and the new version crashes"
  /// The new version answers every request with 503 from 5 seconds after the operation on.
  case targetSickens = "is done and 5 seconds later the new version is sick"
  /// The new version's container exits during the operation and does not restart.
  case targetDies = "is under way and the new version dies"
  /// The proxy's container exits during the operation.
  case proxyDies = "is under way and the proxy dies"
  /// The proxy's container is paused during the operation.
  case proxyIsPaused = "is under way and the proxy is paused"
  /// The previously active version's container is stopped by a user.
  case previousIsStopped = "is under way and a user stops the previous version"
  /// A user reloads the proxy.
  case proxyIsReloaded = "is under way and a user reloads the proxy"
  /// The site file is rewritten for the initially active colour, without a reload.
  case siteIsRewritten = "is running and an editor rewrites the site file"
  /// The Docker engine is unavailable for 3 seconds; containers keep running, as with
  /// `live-restore`.
  case engineRestarts = "is under way and the Docker engine restarts"

  /// bgrun is killed before the operation, and a user comes a minute later.
  case isKilled = "is not done and bgrun is killed"
  /// bgrun is killed after the operation takes effect, and a user comes a minute later.
  case isKilledWhenDone = "is done and bgrun is killed"
  /// The machine reboots before the operation, and a user comes a minute later.
  case machineReboots = "is not done and the machine reboots"
  /// A second run of the plan starts when the operation begins.
  case meetsAnotherRun = "is under way and a second run starts"

  /// The faults of the operation itself.
  public static let ofOperations: [Self] = [
    .fails, .reportsFailure, .hangs, .hangsWhenDone, .isInterrupted, .findsDiskFull,
  ]

  /// Accidents on the host during the operation: no plan can prevent them, but the report must
  /// reflect them.
  public static let accidents: [Self] = [
    .targetDies, .previousIsStopped, .proxyDies, .proxyIsPaused,
    .proxyIsReloaded, .siteIsRewritten, .engineRestarts,
  ]

  /// The faults that a proof tries at an operation that changes the host.
  static let ofChanges: [Self] =
    ofOperations + [
      .pretends, .isInterruptedWhenDone, .isInterruptedAfterwards, .targetCrashes,
      .isKilled, .isKilledWhenDone, .machineReboots, .meetsAnotherRun,
    ] + accidents + [.targetSickens]

  /// The faults that a proof tries at an operation that only looks.
  static let ofReads: [Self] = [.fails, .hangs, .isInterrupted, .targetSickens] + accidents

  /// How long a version is well before it turns sick.
  static let incubation: Duration = .seconds(5)

  /// Whether bgrun ends with it.
  var isDeath: Bool { [.isKilled, .isKilledWhenDone, .machineReboots].contains(self) }

  /// Whether something other than bgrun's own operation breaks.
  var isAccident: Bool {
    Self.accidents.contains(self)
      || [.targetCrashes, .targetSickens, .machineReboots].contains(self)
  }

  /// Injects the fault into operations on a host.
  ///
  /// - Parameter previous: the previous version's colour. Default: the one that serves now.
  package func script(
    _ pattern: OperationPattern, on host: SimulatedHost, _ interrupter: Interrupter,
    previous: Color? = nil
  ) {
    let (application, live) = (host.world.application, previous ?? host.serving ?? .blue)
    let target = "\(application.serviceID(live.other))"
    switch self {
    case .fails: host.fail(pattern)
    case .reportsFailure: host.fail(pattern, .reportingFailureButDone)
    case .hangs: host.fail(pattern, .hanging)
    case .hangsWhenDone: host.fail(pattern, .hangingWhenDone)
    case .findsDiskFull: host.fail(pattern, .fillingDisk)
    case .isLate: host.fail(pattern, .delayed(by: .seconds(8)))
    case .pretends: host.fail(pattern, .succeedingWithoutEffect)
    case .isInterrupted: host.beforeEach(pattern) { _ in await interrupter.cancel() }
    case .isInterruptedWhenDone:
      host.afterEach(pattern) { _ in
        await interrupter.cancel()
        throw CancellationError()
      }
    case .isInterruptedAfterwards: host.afterEach(pattern) { _ in await interrupter.cancel() }
    case .targetCrashes: host.afterEach(pattern) { _ in host.change { $0.crash(target) } }
    case .targetSickens:
      host.afterEach(pattern) { _ in
        host.at(host.clock.now.sinceStart + Self.incubation) { world in
          if world.container(of: target) != nil { world.behavior(of: target, .unhealthy) }
        }
      }
    case .previousIsStopped:
      host.fail(pattern, .meanwhile { $0.stop("\(application.serviceID(live))") })
    case .proxyIsReloaded: host.fail(pattern, .meanwhile { $0.reload() })
    case .targetDies: host.fail(pattern, .meanwhile { $0.stop(target) })
    case .proxyDies: host.fail(pattern, .meanwhile { $0.stop($0.proxyName) })
    case .proxyIsPaused: host.fail(pattern, .meanwhile { $0.pause($0.proxyName) })
    case .siteIsRewritten: host.fail(pattern, .meanwhile { $0.pointFile(at: live) })
    case .engineRestarts: host.fail(pattern, .meanwhile { $0.takeEngineAway(for: .seconds(3)) })
    // These need more than one run.
    case .isKilled, .isKilledWhenDone, .machineReboots, .meetsAnotherRun: break
    }
  }

  package func applies(to operation: HostOperation) -> Bool {
    switch (self, operation.request) {
    case (.findsDiskFull, .writeFile): true
    case (.findsDiskFull, _): false
    default: self != .pretends || operation.effect == .change
    }
  }
}
