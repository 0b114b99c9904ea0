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
      case .answer(let answer):
        // What docker prints is spoiled where it is read: see InputFuzzTests.
        let value = Self.spoiled(answer.value, by: &garbler)
        spoiled.add(value.map { "\($0)" } ?? "not understood")
        return value.map { .answer(HostAnswer($0)) } ?? .command(CommandResult(status: 0))
      case .done, .assumed: return reply
      }
    }
  }
}

extension GarblingExecutor {
  /// An answer with a wrong detail; `nil` if it is not understood at all.
  private static func spoiled(
    _ value: HostAnswer.Value, by garbler: inout Garbler
  ) -> HostAnswer.Value? {
    switch value {
    case .project(var project):
      project.name = garbler.text(project.name)
      return garbler.chance(2) ? .project(project) : nil
    case .list(let found):
      return .list(found.map { .init(garbler.text($0.name), project: $0.project) })
    case .containers(var found):
      guard !found.isEmpty, garbler.chance(2) else { return nil }
      let fields = [\Container.status, \.name, \.startedAt, \.image, \.service]
      let field = fields[found.count % fields.count]
      found[0][keyPath: field] = garbler.text(found[0][keyPath: field])
      return .containers(found)
    case .processes(var table):
      table.isWhole = false
      for index in table.rows.indices {
        table.rows[index].command = garbler.text(table.rows[index].command)
      }
      return .processes(table)
    case .http(var answer):
      answer.body = garbler.text(answer.body)
      return .http(answer)
    case .flag, .pids, .names, .freed: return nil
    }
  }
}

/// A garbler that several tasks may use.
private final class SharedGarbler: Sendable {
  let value: Mutex<Garbler>
  init(seed: UInt64) { value = Mutex(Garbler(seed: seed)) }
}
