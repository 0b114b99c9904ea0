import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// The engine does not answer: nothing is said to be undone that bgrun could not inspect.
@Suite struct BlindRunTests {
  private static let silent = SimulatedFault.failing(
    errors: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock")

  @Test(arguments: [false, true])
  func `a resumed run that cannot inspect the host undoes nothing and can be resumed`(
    hasSwitched: Bool
  ) async throws {
    let steps: [any Step] = [
      Run("migrate").undo { Run("unmigrate") }, Run("flaky").onFailure(.stop),
    ]
    let plan = Deploy.standard("grafana") {
      if !hasSwitched { steps }
    } after: {
      if hasSwitched { steps }
    }
    let (host, folder) = (SimulatedHost(for: plan), try TemporaryFolder())
    host.fail(.command(containing: "flaky").onAttempt(1))
    // The second look at the project is the resumed run's.
    host.fail(.command(containing: "compose config").onAttempt(2), Self.silent)
    for (run, resume) in [("first", nil), ("blind", .goOn), ("third", .goOn)]
      as [(String, RunOptions.Resume?)]
    {
      let options = RunOptions(resume: resume, stateFolder: folder.stateFolder)
      try await expectEnd("Interrupted", of: plan, on: host, options, "\(hasSwitched), \(run)")
    }
    #expect(!host.commands.contains("unmigrate"))
  }

  @Test func `a container that cannot be inspected is not said to be stopped`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Run("fail")
    }
    let (host, folder) = (SimulatedHost(for: plan), try TemporaryFolder())
    host.fail(.command(containing: "fail"))
    host.fail(
      .command(containing: "label=com.docker.compose.service=grafana-green"), Self.silent)
    try await expectEnd(
      "Interrupted", of: plan, on: host, RunOptions(stateFolder: folder.stateFolder))
  }

  @Test func `a container that ran before is neither started nor stopped`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Run("fail")
    }
    let host = SimulatedHost(for: plan) { $0.run("grafana-green") }
    host.fail(.command(containing: "fail"))
    let run = try await expectEnd("Interrupted", of: plan, on: host, RunOptions(active: .blue))
    #expect(run.report.nodes.contains { $0.summary == "grafana-green is already running" })
  }
}
