import DeployDSL
import DeployRunner
import Synchronization

/// Performs operations on a simulated host; what one of them prints or reads is spoiled.
struct GarblingExecutor: WrappingExecutor {
  let base: any Executor
  let control: FaultControl
  private let garbler: SharedGarbler
  /// What was answered instead.
  let spoiled = Collected<String>()

  init(base: MockExecutor, at point: FaultPoint, seed: UInt64) {
    self.base = base
    control = FaultControl(fault: nil, at: point)
    garbler = SharedGarbler(seed: seed)
  }

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    let isMeant = control.begin(operation)
    let reply = try await base.perform(operation, output: output)
    guard isMeant else { return reply }
    return garbler.value.withLock { garbler in
      switch reply {
      case .command(var result):
        result.output = garbler.text(result.output)
        spoiled.add(result.output)
        return .command(result)
      case .file(var snapshot):
        guard case .file(let bytes) = snapshot.content else { return reply }
        snapshot.content = .file(garbler.bytes(bytes))
        spoiled.add("\(snapshot.content)")
        return .file(snapshot)
      case .http(var answer):
        answer.body = garbler.text(answer.body)
        return .http(answer)
      case .done, .assumed: return reply
      }
    }
  }
}

/// A garbler that several tasks may use.
private final class SharedGarbler: Sendable {
  let value: Mutex<Garbler>
  init(seed: UInt64) { value = Mutex(Garbler(seed: seed)) }
}
