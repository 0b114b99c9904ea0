import DeployDSL
import DeployRunner
import Testing

@Suite("What a failure means") struct FailurePolicyTests {
  private func run(_ plan: Deploy, _ host: SimulatedHost) async throws -> RunReport {
    try await Deployer(executor: .mock(host)).run(plan)
  }

  private func host(_ plan: Deploy) -> SimulatedHost {
    let host = SimulatedHost(for: plan.application)
    host.respond(to: "fail", with: CommandResult(status: 1, errors: "no"))
    return host
  }

  @Test("a step that may fail is passed over with a warning")
  func passedOver() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Run("fail").onFailure(.continue)
      Stop(.previous)
    }
    let host = host(plan)
    let report = try await run(plan, host)
    #expect(report.outcome == .succeeded && report.exitCode == 0)
    #expect(report.nodes.map(\.status).filter { $0 == .passedOver }.count == 1)
    #expect(report.warnings.contains { $0.hasPrefix("Run fail failed, continuing") })
    #expect(host.serving == .green && !host.isRunning("grafana-blue"))
  }

  @Test("a step that must stop the run leaves everything for a person")
  func stopped() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Run("fail").onFailure(.stop)
      Health()
      SwapNginx()
      Reload()
    }
    let host = host(plan)
    let report = try await run(plan, host)
    #expect(report.outcome == .failed && report.isInterrupted && report.undone.isEmpty)
    #expect(host.serving == .blue && host.isRunning("grafana-green"))
  }

  @Test("a plan's own undo takes the place of the step's")
  func ownUndo() async throws {
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
    let host = host(plan)
    host.respond(to: "flag", with: CommandResult(status: 0))
    host.respond(to: "cache", with: CommandResult(status: 0))
    let report = try await run(plan, host)
    #expect(report.outcome == .rolledBack, "\(report)")
    #expect(
      report.undone.map(\.what) == ["switch back to blue", "undo Run flag", "undo Up target"])
    #expect(host.serving == .blue && host.isRunning("grafana-green"))
    let flags = host.commands.filter { $0.contains("flag") || $0.contains("cache") }
    #expect(
      flags == ["flag on", "flag off", "docker exec grafana-grafana-blue-1 cache clear"], "\(flags)"
    )
  }

  @Test("an undo runs once, however often its step was tried, also if it never succeeded")
  func retried() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Run("fail").retry(3, backoff: .constant(1)).undo { Run("undo") }
    }
    let host = host(plan)
    host.respond(to: "undo", with: CommandResult(status: 0))
    let report = try await run(plan, host)
    #expect(report.undone.map(\.what) == ["undo Run fail"])
    #expect(host.commands.filter { $0 == "undo" }.count == 1)
  }

  @Test("an undo that fails is told beside the first error, and the others still run")
  func failingUndo() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Run("first").undo { Run("fail", "undo") }
      Run("fail", "step")
    }
    let host = host(plan)
    host.respond(to: "first", with: CommandResult(status: 0))
    let report = try await run(plan, host)
    #expect(report.outcome == .rollbackFailed)
    #expect(report.failure?.message.contains("fail step") == true, "\(report.failure as Any)")
    #expect(report.undone.map { $0.failure == nil } == [false, true])
    #expect(!host.isRunning("grafana-green"))
  }

  @Test("the target is not stopped by an undo while the proxy may serve it")
  func guarded() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Health()
      // Where nobody can tell beforehand which comes first.
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
    }
    let host = host(plan)
    host.respond(to: "late", with: CommandResult(status: 0))
    let report = try await run(plan, host)
    #expect(report.outcome == .rollbackFailed)
    #expect(host.violations.isEmpty, "\(host.violations)")
    #expect(report.undone.first?.failure?.message.contains("the proxy may serve it") == true)
    #expect(host.serving == .blue)
  }

  @Test("the plan's last steps are told how a failed run ended")
  func told() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Run("fail")
    } onFailure: {
      Run("notify", "ops", environment: ["CHANNEL": "night"])
      Tell()
    }
    let host = host(plan)
    host.respond(to: "notify", with: CommandResult(status: 0))
    let report = try await run(plan, host)
    #expect(report.outcome == .failed && report.warnings == [])
    let notify = host.operations.compactMap { record -> Command? in
      guard case .command(let command) = record.operation.request, command.argv[0] == "notify"
      else { return nil }
      return command
    }
    let variables = try #require(notify.first).environment.mapValues(\.description)
    #expect(
      variables == [
        "CHANNEL": "night", "BGRUN_APPLICATION": "grafana", "BGRUN_OUTCOME": "failed",
        "BGRUN_SERVING": "grafana-blue", "BGRUN_FAILURE": "\(try #require(report.failure))",
      ])
    let failure = try #require(report.failure)
    #expect(host.commands.last == Command(["told", failure.message]).description)
    // Telling comes after everything has been taken back.
    #expect(
      host.commands.lastIndex { $0.contains("docker stop") } ?? .max < host.commands.count - 2)
  }

  private struct Tell: PrimitiveStep {
    func run(in context: StepContext) async throws {
      let message = context.failure?.split(separator: ";").first.map(String.init) ?? "nothing"
      try await context.run("told", message)
    }
  }

  @Test("a failure while telling is a warning, and never hides the first error")
  func tellingFails() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Run("fail", "first")
    } onFailure: {
      Run("fail", "second")
      Run("never")
    }
    let host = host(plan)
    let report = try await run(plan, host)
    #expect(report.failure?.message.contains("fail first") == true)
    #expect(report.warnings.contains { $0.contains("fail second") }, "\(report.warnings)")
    #expect(!host.commands.contains("never"))
  }

  @Test("nothing is told after success, nor in a dry run")
  func silent() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
    } onFailure: {
      Run("notify")
    }
    let host = host(plan)
    #expect(try await run(plan, host).outcome == .succeeded)
    #expect(!host.commands.contains("notify"))
  }
}
