import DeployDSL
import DeployRunner
import Synchronization

/// Flags on the proxy that steps of one's own put up and take down: what really happened to them on
/// the host, and which code was called for it.
final class FlagBoard: Sendable {
  private struct State {
    var flags: Set<String> = []
    var raised: [String] = []
    var lowered: [String] = []
    var begun: [String] = []
    var undone: [String] = []
  }

  private let state = Mutex(State())

  /// The flags that are up.
  var flags: Set<String> { state.withLock { $0.flags } }
  /// Every flag that was put up on the host, in order.
  var raised: [String] { state.withLock { $0.raised } }
  /// Every flag that was taken down on the host, in order.
  var lowered: [String] { state.withLock { $0.lowered } }
  /// Every flag whose step has begun, in order.
  var begun: [String] { state.withLock { $0.begun } }
  /// Every flag whose step's undo was called, in order.
  var undone: [String] { state.withLock { $0.undone } }

  /// Makes the proxy of a host understand `flag up NAME` and `flag down NAME`.
  func hang(on host: SimulatedHost) {
    host.onExec(in: FaultScene.application.proxy) { [self] argv in
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
  }

  fileprivate func begin(_ flag: String) { state.withLock { $0.begun.append(flag) } }
  fileprivate func undo(_ flag: String) { state.withLock { $0.undone.append(flag) } }
}

/// A step as people write it: puts a flag up, and down again when the deploy is taken back.
struct RaiseFlag: UndoableStep {
  let name: String
  let board: FlagBoard

  init(_ name: String, on board: FlagBoard) {
    self.name = name
    self.board = board
  }

  var summary: String { "flag \(name)" }

  func run(in context: StepContext) async throws {
    board.begin(name)
    try await context.exec(service: context.application.proxy, "flag", "up", name)
  }

  func undo(in context: StepContext) async throws {
    board.undo(name)
    try await context.exec(service: context.application.proxy, "flag", "down", name)
  }
}

/// A plan with steps of one's own around the switch.
struct OwnSteps {
  /// The flags in the order in which the plan puts them up: two before the switch, one after it.
  static let flags = ["maintenance", "read-only", "announcement"]

  let board = FlagBoard()

  /// README's plan with the flags; one that fails takes all of it back.
  func plan(failing: Bool = false) -> Deploy {
    Deploy("grafana", port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      RaiseFlag("maintenance", on: board)
      RaiseFlag("read-only", on: board)
      SwapNginx()
      Reload()
      RaiseFlag("announcement", on: board)
      if failing { GiveUp() }
      Stop(.previous)
      Prune()
    }
  }

  /// What taking back must do, if it was declared, in this order.
  static func undos(in scene: FaultScene) -> [String] {
    [
      "undo flag announcement", "switch back to \(scene.live)", "undo flag read-only",
      "undo flag maintenance", "stop \(scene.targetService)",
    ]
  }

  private struct GiveUp: PrimitiveStep {
    func run(in context: StepContext) async throws {
      throw DeployError(.code, "the smoke test failed")
    }
  }
}
