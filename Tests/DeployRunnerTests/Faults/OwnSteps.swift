import DeployDSL
import DeployRunner
import DeploySimulator
import Synchronization

/// README's plan, also with undoable steps of one's own around the switch: each raises a flag on the
/// proxy, and undo lowers it.
final class OwnSteps: Sendable {
  /// Which steps there are.
  enum Kind: String, CaseIterable, Sendable {
    case none, flags
    /// The plan fails after the switch, so that everything is undone.
    case failing
  }

  /// What happened to the flags on the host, and which code was called for it.
  struct Record {
    var flags: Set<String> = []
    var raised: [String] = []
    var lowered: [String] = []
    var begun: [String] = []
    var undone: [String] = []
  }

  /// The flags in the order in which the plan raises them: two before the switch, one after it.
  static let flags = ["maintenance", "read-only", "announcement"]

  let kind: Kind
  let proxy: Proxy
  private let state = Mutex(Record())

  init(_ kind: Kind, _ proxy: Proxy = "nginx-proxy") { (self.kind, self.proxy) = (kind, proxy) }

  var record: Record { state.withLock(\.self) }

  private struct RaiseFlag: UndoableStep {
    let name: String
    let own: OwnSteps

    var summary: String { "flag \(name)" }

    func run(in context: StepContext) async throws {
      own.state.withLock { $0.begun.append(name) }
      try await context.exec(service: "\(context.application.proxy)", "flag", "up", name)
    }

    func undo(in context: StepContext) async throws {
      own.state.withLock { $0.undone.append(name) }
      try await context.exec(service: "\(context.application.proxy)", "flag", "down", name)
    }
  }

  private func raise(_ name: String) -> RaiseFlag? {
    kind == .none ? nil : RaiseFlag(name: name, own: self)
  }

  var plan: Deploy {
    Deploy("grafana", proxy: proxy, port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      raise("maintenance")
      raise("read-only")
      SwapNginx()
      Reload()
      raise("announcement")
      if kind == .failing { Fail("the smoke test failed") }
      Stop(.previous)
      Prune()
    }
  }

  /// A new host whose proxy understands `flag up NAME` and `flag down NAME`.
  func host(_ scene: FaultScene) -> SimulatedHost {
    state.withLock { $0 = Record() }
    let host = scene.host()
    guard kind != .none else { return host }
    host.onExec(in: "\(FaultScene.application.proxy)") { [self] argv in
      guard argv.first == "flag", argv.count == 3 else { return nil }
      state.withLock { state in
        if argv[1] == "up" {
          state.flags.insert(argv[2])
          state.raised.append(argv[2])
        } else {
          state.flags.remove(argv[2])
          state.lowered.append(argv[2])
        }
      }
      return CommandResult(status: 0)
    }
    return host
  }

  // MARK: What must be so

  /// What is wrong with the flags after a run with a fault: an undo runs exactly when it must, once,
  /// and in reverse order.
  ///
  /// - Parameter lost: the flags that a command pretended to raise.
  func wrong(after report: RunReport, _ scene: FaultScene, lost: [String]) -> [String] {
    guard kind != .none else { return [] }
    let record = record
    let isKept =
      switch report.outcome {
      case .succeeded, .cleanupIncomplete: true
      case .cancelled: report.hasSwitched
      default: false
      }
    if isKept {
      // One that is cancelled after the switch stays as it is.
      let sure = report.outcome == .cancelled ? Self.flags.dropLast() : Self.flags
      let missing = Set(sure).subtracting(record.flags).subtracting(lost)
      return (record.undone.isEmpty ? [] : ["undone for nothing: \(record.undone)"])
        + (missing.isEmpty ? [] : ["not up: \(missing)"])
    }
    let order = [
      "undo flag announcement", "switch back to \(scene.live)", "undo flag read-only",
      "undo flag maintenance", "stop \(scene.targetService)",
    ]
    let undone = report.undone.map(\.what)
    return
      (record.undone == record.begun.reversed()
      ? [] : ["began \(record.begun), but undone \(record.undone)"])
      + (record.flags.isEmpty ? [] : ["still up: \(record.flags)"])
      + (undone == order.suffix(undone.count) ? [] : ["undone in the order \(undone)"])
  }

  /// What is wrong with the flags after a killed run that was resumed.
  ///
  /// A killed run's last undo may be done twice, and a flag whose step was only announced may be
  /// lowered although it was never up; everything else happens once, and in reverse order.
  func wrong(resumed: RunOptions.Resume) -> [String] {
    guard kind != .none else { return [] }
    let record = record
    guard resumed == .undo else {
      return (record.flags == Set(Self.flags) ? [] : ["up are \(record.flags)"])
        + (record.lowered.isEmpty ? [] : ["lowered for nothing: \(record.lowered)"])
    }
    var order: [String] = []
    for flag in record.lowered where order.last != flag { order.append(flag) }
    let isOften = order.count > record.raised.count + 1 || record.lowered.count > order.count + 1
    return (record.flags.isEmpty ? [] : ["still up: \(record.flags)"])
      + (order == Self.flags.prefix(order.count).reversed() ? [] : ["lowered \(record.lowered)"])
      + (isOften ? ["raised \(record.raised), lowered \(record.lowered)"] : [])
  }
}
