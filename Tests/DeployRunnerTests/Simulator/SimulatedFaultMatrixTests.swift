import DeployDSL
import DeployRunner
import Testing

/// One thing goes wrong at every operation of a deploy, in turn.
@Suite(.timeLimit(.minutes(30)))
struct SimulatedFaultMatrixTests {
  private func host() -> SimulatedHost {
    SimulatedHost(for: FaultScene.application, bootTime: .milliseconds(100))
  }

  /// What must hold after every run, whatever went wrong in it.
  private func check(_ host: SimulatedHost, _ report: RunReport?, _ what: String) async throws {
    // What the engine still carries out after its client has gone.
    try await host.clock.sleep(for: .seconds(30))
    #expect(host.violations.isEmpty, "\(what): \(host.violations)")
    #expect(host.serving != nil, "\(what)")
    #expect(host.fileColor == host.loadedColor, "\(what)")
    if let said = report?.serving { #expect(said == host.serving, "\(what)") }
    if report?.outcome == .succeeded { #expect(host.serving == .green, "\(what)") }
  }

  @Test(
    "Whichever operation goes wrong, nobody who uses the application notices",
    arguments: ["fails", "fails when done", "hangs", "hangs when done", "is late"])
  func faults(name: String) async throws {
    let fault: SimulatedFault =
      switch name {
      case "fails": .failing()
      case "fails when done": .reportingFailureButDone
      case "hangs": .hanging
      case "hangs when done": .hangingWhenDone
      default: .delayed(by: .seconds(8))
      }
    for number in 1... {
      let host = host()
      host.fail(.operation(number), fault)
      let report = try await Deployer(executor: .mock(host)).run(FaultScene.plan)
      guard host.operations.count >= number else { break }
      let operation = host.operations[number - 1].description
      try await check(host, report, "operation \(number) \(name): \(operation)")
    }
  }

  @Test("A command that changes something and only pretends to is found out, or does no harm")
  func pretending() async throws {
    for number in 1... {
      let host = host()
      host.fail(.everything.with(effect: .change).onAttempt(number), .succeedingWithoutEffect)
      let report = try await Deployer(executor: .mock(host)).run(FaultScene.plan)
      guard host.operations.count(where: { $0.operation.effect == .change }) >= number else {
        break
      }
      try await check(host, report, "change \(number) pretends")
    }
  }

  @Test("Whenever a deploy is cancelled, nobody who uses the application notices")
  func cancellation() async throws {
    for number in 1... {
      let host = host()
      let (tasks, hand) = AsyncStream.makeStream(of: Task<RunReport, any Error>.self)
      host.beforeEach { run in
        guard run.number == number else { return }
        for await task in tasks {
          task.cancel()
          break
        }
      }
      let task = Task { try await Deployer(executor: .mock(host)).run(FaultScene.plan) }
      hand.yield(task)
      let report = try await task.value
      guard host.operations.count >= number else { break }
      try await check(host, report, "cancelled at operation \(number)")
    }
  }
}
