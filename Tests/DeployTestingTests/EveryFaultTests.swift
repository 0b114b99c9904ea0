import DeployDSL
import DeploySimulator
import DeployTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(30)))
struct EveryFaultTests {
  @Test
  func `Whichever change goes wrong, the shop stays up and its migration goes with the switch`()
    async throws
  {
    let count = try await shop.rehearseEveryFault { rehearsal in
      expectNeverDown(on: rehearsal.host)
      #expect(rehearsal.outcome != .rollbackFailed)
      let hasMigrated = rehearsal.changes.contains { $0.hasSuffix("bin/migrate up") }
      if rehearsal.host.serving == .blue, hasMigrated {
        expectCommand("… bin/migrate down", in: rehearsal)
      } else {
        expectNoCommand("… bin/migrate down", in: rehearsal)
      }
    }
    // One of them writes a file, and only that can find the disk full.
    #expect(count == shopCommands.count * (RehearsedFault.ofOperations.count - 1) + 1)
  }

  @Test func `Looking may go wrong too, on a host of one's own`() async throws {
    let outcomes = Mutex<Set<RunReport.Outcome>>([])
    let count = try await shop.rehearseEveryFault(
      of: [.fails], including: [.observe, .verify],
      on: { SimulatedHost(for: shop, live: .green, { $0.addImage(nil) }) }
    ) { rehearsal in
      outcomes.withLock { _ = $0.insert(rehearsal.outcome) }
      expectNeverDown(on: rehearsal.host)
    }
    #expect(count > 10)
    #expect(outcomes.withLock { $0 }.contains(.failed))
  }

  @Test func `A plan that fails by itself is no test of its faults`() async throws {
    let plan = Deploy("shop") {
      DetectActive()
      Fail()
      Up(.target)
    }
    await #expect(throws: DeployError.self) { try await plan.rehearseEveryFault { _ in } }
  }

  @Test func `An expectation that is not met says what went wrong`() async throws {
    let said = Mutex<[String]>([])
    try await shop.rehearseEveryFault(of: [.isInterrupted]) { rehearsal in
      withKnownIssue(isIntermittent: true) {
        expectServing(.green, on: rehearsal.host)
      } matching: { issue in
        said.withLock { $0 += issue.comments.map(\.rawValue) }
        return true
      }
    }
    let texts = said.withLock { $0 }
    #expect(
      texts.first?.hasPrefix(
        "when docker compose up --detach --no-deps shop-green is interrupted: blue serves, not ")
        == true)
    #expect(texts.count == shopCommands.count - 1)
  }
}
