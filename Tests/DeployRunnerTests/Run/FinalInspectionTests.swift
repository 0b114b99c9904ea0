import DeployDSL
import DeployRunner
import Testing

/// A run says only what it has seen at its end, also where every step went well.
@Suite("The look at the end of a run")
struct FinalInspectionTests {
  private let application = Deploy("app") { DetectActive() }.application

  /// README's steps, one of them with somebody at work.
  private func plan(
    _ host: SimulatedHost, before: String = "",
    _ change: (@Sendable (inout SimulatedState) -> Void)? = nil
  ) -> Deploy {
    func meddle(_ name: String) -> [any Step] {
      guard name == before, let change else { return [] }
      return [Meddle(host: host, fails: false, change: change)]
    }
    return Deploy("app", port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Steps(meddle("Reload"))
      Reload()
      Steps(meddle("Stop"))
      Stop(.previous)
      Steps(meddle("end"))
    }
  }

  private func run(_ plan: Deploy, _ host: SimulatedHost) async throws -> RunReport {
    try await Deployer(executor: .mock(host)).run(plan)
  }

  private func duringStop(
    _ change: @escaping @Sendable (inout SimulatedState) -> Void
  ) -> SimulatedHost {
    SimulatedHost(for: application).with {
      $0.fail(.command(containing: "docker stop"), .meanwhile(change))
    }
  }

  // MARK: During Stop

  @Test func `a target that dies while the previous colour is stopped is rolled back from`()
    async throws
  {
    let host = duringStop { $0.stop("app-green") }
    let report = try await run(plan(host), host)
    #expect(report.outcome == .rolledBack && report.serving == .blue, "\(report)")
    #expect(
      report.failure?.message == "app-green passed its health check, but then it exited with code 0"
    )
    #expect(host.serving == .blue && !report.isInterrupted)
  }

  @Test func `a target that dies with no way back leaves nothing said to serve`() async throws {
    let host = duringStop { world in
      world.stop("app-green")
      world.behavior(of: "app-blue", .unhealthy(status: 500))
    }
    let report = try await run(plan(host), host)
    #expect(report.exitCode == 4 && report.serving == nil && report.isInterrupted, "\(report)")
  }

  @Test func `a target that is started again and answers serves, and is no success`() async throws {
    let host = duringStop { $0.restart("app-green") }
    host.fail(
      .command(containing: "docker stop"),
      .meanwhile { world in
        world.restart("app-green")
        world.run("app-green")
      })
    let report = try await run(plan(host), host)
    #expect(report.exitCode == 7 && report.serving == .green && host.serving == .green, "\(report)")
    #expect(
      report.failure?.message == "app-green passed its health check, but then it was "
        + "restarted")
  }

  static let ends: [(String, @Sendable (inout SimulatedState) -> Void)] = [
    ("exited with code 0", { $0.stop("nginx-proxy") }), ("is paused", { $0.pause("nginx-proxy") }),
  ]

  @Test(arguments: ends.indices, ["Stop", "end", "during Stop"])
  func `a proxy that does not run at the end is no success`(index: Int, place: String) async throws
  {
    let (fate, change) = Self.ends[index]
    let host = place == "during Stop" ? duringStop(change) : SimulatedHost(for: application)
    let report = try await run(plan(host, before: place, change), host)
    #expect(report.exitCode == 4 && report.serving == nil, "\(report)")
    #expect(
      report.failure?.message == "the proxy nginx-proxy does not run: it \(fate)", "\(report)")
    // What ran is left alone: there is nothing to go back to a proxy with.
    #expect(!report.isInterrupted && host.isRunning("app-green") && report.undone.isEmpty)
    #expect(host.isRunning("app-blue") == (place == "Stop"))
  }

  @Test func `a proxy that answers badly at the end is no success`() async throws {
    let host = duringStop { $0.behavior(of: "app-green", .unhealthy(status: 500)) }
    let report = try await run(plan(host), host)
    #expect(report.exitCode == 4 && report.serving == nil, "\(report)")
    #expect(report.failure?.message.hasSuffix(" answers HTTP 500 at the end of the run") == true)
  }

  @Test func `one bad answer at the end is none`() async throws {
    let host = duringStop { $0.behavior(of: "app-green", .unhealthy(status: 500)) }
    host.afterEach { run in
      guard run.description.contains("GET "), run.number > 20 else { return }
      host.change { $0.behavior(of: "app-green", .healthy) }
    }
    let report = try await run(plan(host), host)
    #expect(report.outcome == .succeeded && report.serving == .green, "\(report)")
  }

  // MARK: The site file

  @Test(arguments: ["", "# nothing\n"])
  func `a site file that is changed before the reload is not loaded`(text: String) async throws {
    let host = SimulatedHost(for: application)
    let plan = plan(host, before: "Reload") { world in
      if text.isEmpty {
        world.pointFile(at: .blue)
      } else {
        world.write(text, to: "nginx/service.conf")
      }
    }
    let report = try await run(plan, host)
    #expect(
      report.outcome == .failed && report.serving == .blue && host.serving == .blue, "\(report)")
    #expect(
      report.failure?.message
        == "nginx/service.conf was changed during this run and no longer leads to "
        + "app-green: nginx is not reloaded")
    #expect(!host.commands.contains { $0.contains("-s reload") } && host.fileColor == .blue)
  }

  @Test(arguments: [true, false])
  func `a site file that is changed after the switch is no success`(isReloaded: Bool) async throws {
    let host = SimulatedHost(for: application)
    let plan = plan(host, before: "end") { world in
      world.pointFile(at: .blue)
      if isReloaded { world.reload() }
    }
    let report = try await run(plan, host)
    #expect(report.exitCode == 4 && report.serving == nil, "\(report)")
    #expect(
      report.failure?.message
        == "nginx/service.conf is no longer for green: it was changed during this run")
    #expect(
      report.failure?.fix?.contains("cp nginx/service_green.conf nginx/service.conf") == true)
  }

  @Test func `what nginx has loaded is not known if the file was changed after a reload by hand`()
    async throws
  {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app", port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Meddle(host: host, fails: false) { world in
        world.pointFile(at: .blue)
        world.reload()
      }
      Wait(30)
      Meddle(host: host, fails: false) { $0.pointFile(at: .green) }
    }
    let report = try await run(plan, host)
    #expect(report.exitCode == 4 && report.serving == nil && host.serving == .blue, "\(report)")
    #expect(report.failure?.message.hasPrefix("nginx was reloaded during this run, and ") == true)
  }

  // MARK: Other ends

  @Test func `a run that switches nothing does not say that a dead version serves`() async throws {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Run("backup")
      Meddle(host: host, fails: false) { $0.stop("app-blue") }
    }
    let report = try await run(plan, host)
    #expect(report.exitCode != 0 && report.serving == nil, "\(report)")
    #expect(report.failure?.message == "app-blue no longer runs: it exited with code 0")
  }

  @Test func `what cannot be seen changes nothing`() async throws {
    let host = SimulatedHost(for: application)
    let plan = plan(host, before: "end") { _ in }
    host.afterEach { run in
      guard run.description.contains("docker stop") else { return }
      host.fail(
        .command(containing: "docker"), .failing(errors: "Cannot connect to the Docker daemon"))
    }
    let report = try await run(plan, host)
    #expect(report.exitCode == 0 || report.exitCode == 7, "\(report)")
    #expect(report.serving == .green)
  }

  @Test func `accidents are rehearsed, and no report denies them`() async throws {
    let plan = plan(SimulatedHost(for: application))
    let count = try await plan.rehearseEveryFault(of: RehearsedFault.accidents) { rehearsal in
      let report = rehearsal.report
      let said = Rehearsal.circumstances ?? ""
      #expect(
        report.serving == nil || report.serving == rehearsal.host.serving, "\(said): \(report)")
      #expect(report.exitCode != 0 || rehearsal.host.serving == .green, "\(said): \(report)")
    }
    #expect(count >= 16)
  }
}

extension SimulatedHost {
  fileprivate func with(_ change: (SimulatedHost) -> Void) -> SimulatedHost {
    change(self)
    return self
  }
}
