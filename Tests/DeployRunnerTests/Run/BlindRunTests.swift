import DeployDSL
import DeployRunner
import Testing

/// The engine goes away: nothing is said to be undone that nobody could look at.
@Suite struct BlindRunTests {
  private static let silent = SimulatedFault.failing(
    errors: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock")

  @Test(arguments: [false, true])
  func `a resumed run that cannot look at the host undoes nothing and can be resumed`(
    hasSwitched: Bool
  ) async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Health()
      if hasSwitched {
        SwapNginx()
        Reload()
      }
      Run("migrate").undo { Run("unmigrate") }
      Run("flaky").onFailure(.stop)
      if !hasSwitched {
        SwapNginx()
        Reload()
      }
      Stop(.previous)
    }
    let folder = try TemporaryFolder()
    let host = SimulatedHost(for: plan.application)
    host.respond(to: "migrate", with: CommandResult(status: 0))
    host.fail(.command(containing: "flaky").onAttempt(1))
    host.respond(to: "flaky", with: CommandResult(status: 0))
    // The second look at the project is the resumed run's.
    host.fail(.command(containing: "compose config").onAttempt(2), Self.silent)
    var options = RunOptions(stateFolder: folder.path)
    let first = try await Deployer(executor: .mock(host), options: options).run(plan)
    #expect(first.isInterrupted, "\(first)")

    options.resume = .goOn
    let blind = try await Deployer(executor: .mock(host), options: options).run(plan)
    #expect(blind.exitCode == 6 && blind.isInterrupted, "\(blind)")
    #expect(blind.undone.isEmpty && blind.serving == nil)
    #expect(host.isRunning("grafana-green") && !host.commands.contains("unmigrate"))

    let third = try await Deployer(executor: .mock(host), options: options).run(plan)
    #expect(third.outcome == .succeeded && host.serving == .green, "\(third)")
    #expect(host.violations.isEmpty)
  }

  @Test func `what cannot be looked at is not said to be stopped`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Run("fail")
    }
    let folder = try TemporaryFolder()
    let host = SimulatedHost(for: plan.application)
    host.respond(to: "fail", with: CommandResult(status: 1))
    host.fail(
      .command(containing: "label=com.docker.compose.service=grafana-green"), Self.silent)
    let report = try await Deployer(
      executor: .mock(host), options: RunOptions(stateFolder: folder.path)
    ).run(plan)
    #expect(report.exitCode == 4 && report.isInterrupted, "\(report)")
    let undone = try #require(report.undone.first)
    #expect(undone.failure?.code == .environment && host.isRunning("grafana-green"))
  }

  @Test func `what ran before is neither said to be started nor to be stopped`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Run("fail")
    }
    let host = SimulatedHost(for: plan.application)
    host.respond(to: "fail", with: CommandResult(status: 1))
    host.change { $0.run("grafana-green") }
    let report = try await Deployer(
      executor: .mock(host), options: RunOptions(active: .blue)
    ).run(plan)
    #expect(report.outcome == .failed && report.undone.isEmpty, "\(report)")
    #expect(report.nodes.contains { $0.summary == "grafana-green is already running" }, "\(report)")
    #expect(host.isRunning("grafana-green") && host.isRunning("grafana-blue"))
  }
}
