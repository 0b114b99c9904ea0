import DeployDSL
import Testing

@testable import DeployRunner

/// Notes what it is asked and always answers the same.
private struct NotingExecutor: Executor {
  let asked = Collected<HostOperation>()
  let clock: any Clock<Duration> = ContinuousClock()
  let stateFolder: String? = nil
  let isSimulated = false

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    asked.add(operation)
    output(OutputLine("said", on: .output))
    return .done
  }
}

@Suite("DryRunExecutor")
struct DryRunExecutorTests {
  private static let requests: [HostOperation.Request] = [
    .command(Command(["docker", "ps"])), .http(url: "http://h/"), .tcp(host: "h", port: 1),
    .readFile(path: "f"),
    .writeFile(FileWrite(path: "f", bytes: [], method: .inPlace, source: "s")),
  ]

  @Test(arguments: requests, [HostOperation.Effect.observe, .change, .verify])
  func `only what observes is performed`(
    request: HostOperation.Request, effect: HostOperation.Effect
  ) async throws {
    let base = NotingExecutor()
    let lines = Collected<OutputLine>()
    let operation = HostOperation(request, effect: effect, timeout: .seconds(1))
    let reply = try await DryRunExecutor(base).perform(operation) { lines.add($0) }
    let isPerformed = effect == .observe
    #expect(base.asked.all == (isPerformed ? [operation] : []))
    #expect(lines.all.count == (isPerformed ? 1 : 0))
    #expect(reply == (isPerformed ? .done : .assumed))
  }
}
