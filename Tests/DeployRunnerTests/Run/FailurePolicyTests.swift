import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// What a failure means, and what an undo and the plan's last steps do.
@Suite struct FailurePolicyTests {
  /// Programs whose name begins with `fail` do.
  private func run(
    _ plan: Deploy, _ arguments: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws -> Rehearsal {
    let host = SimulatedHost(for: plan)
    host.respond(to: "fail", with: CommandResult(status: 1, errors: "no"))
    return try await expectEnd(
      "Failure", of: plan, on: host, RunOptions(), arguments, sourceLocation: sourceLocation)
  }

  @Test func `a step that may fail is passed over with a warning`() async throws {
    let report = try await run(.standard(after: { Run("fail").onFailure(.continue) })).report
    #expect(report.nodes.count { $0.status == .passedOver } == 1)
  }

  @Test func `a step that stops the run leaves everything for a person`() async throws {
    _ = try await run(.standard(before: { Run("fail").onFailure(.stop) }))
  }

  @Test func `a plan's own undo takes the place of the step's`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target).undo { Print("left for a look") }
      Run("flag", "on").undo {
        Run("flag", "off")
        Exec(.previous, "cache", "clear")
      }
      Health()
      SwapNginx()
      Reload()
      Run("fail")
    }
    let commands = try await run(plan).host.commands
    let flags = commands.filter { $0.contains("flag") || $0.contains("cache") }
    #expect(flags == ["flag on", "flag off", "docker exec grafana-grafana-blue-1 cache clear"])
  }

  @Test func `an undo runs once, however often its step was tried`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Run("fail").retry(3, backoff: .constant(1)).undo { Run("undo") }
    }
    #expect(try await run(plan).host.commands.count { $0 == "undo" } == 1)
  }

  @Test func `an undo that fails is told beside the first error, and the others still run`()
    async throws
  {
    _ = try await run(
      Deploy("grafana") {
        DetectActive()
        Up(.target)
        Run("first").undo { Run("fail", "undo") }
        Run("fail", "step")
      })
  }

  @Test func `the target is not stopped by an undo while the proxy may serve it`() async throws {
    _ = try await run(
      Deploy("grafana") {
        DetectActive()
        Up(.target)
        Health()
        // Where the order is not known beforehand.
        Parallel {
          Group("switch") {
            SwapNginx()
            Reload()
          }
          Group("beside") {
            Wait(20)
            Run("late").undo { Stop(.target) }
          }
        }
        Run("fail")
      })
  }

  private struct Tell: PrimitiveStep {
    func run(in context: StepContext) async throws {
      let message = context.failure?.split(separator: ";").first.map(String.init) ?? "nothing"
      try await context.run("told", message)
    }
  }

  @Test func `the plan's last steps are told how a failed run ended`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Run("fail")
    } onFailure: {
      Run("notify", "ops", environment: ["CHANNEL": "night"])
      Tell()
    }
    // After everything has been undone.
    try expectGolden(
      "Failure.txt", try await run(plan).host.commands.suffix(3).joined(separator: "\n"), "commands"
    )
  }

  @Test func `a failure in the last steps is a warning, and never hides the first error`()
    async throws
  {
    let plan = Deploy("grafana") {
      DetectActive()
      Run("fail", "first")
    } onFailure: {
      Run("fail", "second")
      Run("never")
    }
    #expect(try await !run(plan).host.commands.contains("never"))
  }

  @Test func `after success the last steps do not run`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
    } onFailure: {
      Run("notify")
    }
    #expect(try await !run(plan).host.commands.contains("notify"))
  }
}
