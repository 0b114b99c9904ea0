import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// A health check by the one that Docker runs.
@Suite struct DockerHealthCheckTests {
  private static let plan = Deploy.standard(health: "/up", gate: Health(retries: 15, every: 2))

  private func host(
    _ check: SimulatedService.Healthcheck, boots: Duration = .seconds(1),
    of service: String = "app-green", plan: Deploy = plan
  ) -> SimulatedHost {
    SimulatedHost(for: plan) { world in
      world.service(service) { service in
        service.healthcheck = check
        service.bootTime = boots
        service.restart = .no
      }
      if service == "app-blue" {
        world.remove(service)
        world.run(service)
        world.reload()
      }
    }
  }

  private func gate(_ rehearsal: Rehearsal) throws -> NodeReport {
    try #require(rehearsal.report.nodes.first { $0.name == "Health" })
  }

  @Test(
    arguments: [
      SimulatedService.Healthcheck(isInImage: true),
      SimulatedService.Healthcheck(interval: .seconds(300)),
      SimulatedService.Healthcheck(interval: .seconds(30), startPeriod: .seconds(120)),
    ])
  func `a healthy application passes as soon as it is up, however seldom Docker asks`(
    check: SimulatedService.Healthcheck
  ) async throws {
    let run = try await Self.plan.rehearse(on: host(check))
    #expect(run.outcome == .succeeded && run.host.violations.isEmpty, "\(run.report)")
    #expect(try gate(run).duration < .seconds(3))
    #expect(try gate(run).summary.hasSuffix("its health check passes"))
    #expect(run.host.commands.contains("docker exec app-app-green-1 /bin/sh -c healthcheck"))
  }

  @Test func `a start period is boot time: bad answers within it use up no attempts`() async throws
  {
    let host = host(.init(interval: .seconds(30), startPeriod: .seconds(120)), boots: .seconds(100))
    let run = try await Self.plan.rehearse(on: host)
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(try gate(run).duration < .seconds(105))
  }

  /// Bad until the plan's time was over while Docker still waits; and when Docker has given up too.
  @Test(arguments: [
    (SimulatedService.Healthcheck(interval: .seconds(300)), 60, "the plan's time"),
    (.init(interval: .seconds(5), retries: 2, startPeriod: .seconds(10)), 600, "the start period"),
  ])
  func `the time that is too short is named`(
    check: SimulatedService.Healthcheck, seconds: Int, name: String
  ) async throws {
    let host = host(check, boots: .seconds(seconds))
    try await expectEnd("Health", of: Self.plan, on: host, RunOptions(), name)
  }

  @Test func `what Docker said of it before the run began is asked again`() async throws {
    let host = host(.init(interval: .seconds(300)))
    host.change {
      $0.run("app-green")
      $0.behavior(of: "app-green", .unhealthy)
    }
    try await expectEnd("Health", of: Self.plan, on: host)
  }

  @Test func `Docker's own verdict is enough once it comes`() async throws {
    let host = host(.init(interval: .seconds(3)))
    host.onExec(in: "app-green") { argv in
      argv.last == "healthcheck" ? CommandResult(status: 126) : nil
    }
    let run = try await Self.plan.rehearse(on: host)
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(try gate(run).summary.hasSuffix("Docker says healthy"))
  }

  @Test func `a worker's is asked in the same way`() async throws {
    let plan = Deploy.standard("shop", workers: ["worker"], health: "/up")
    let host = host(
      .init(startPeriod: .seconds(60)), boots: .seconds(50), of: "worker-green", plan: plan)
    let run = try await plan.rehearse(on: host)
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(try gate(run).duration < .seconds(60))
    #expect(try gate(run).summary.hasSuffix("worker-green is healthy: its health check passes"))
  }

  @Test func `the previous version's is asked in the same way by a rollback of a deploy`()
    async throws
  {
    let host = host(.init(startPeriod: .seconds(60)), boots: .seconds(45), of: "app-blue")
    _ = try await Self.plan.rehearse(on: host)
    let run = await (try Deployer.rollback(of: Self.plan.graph())).rehearse(on: host)
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(try gate(run).summary.hasSuffix("its health check passes"))
  }

  @Test func `a rollback waits for what must boot again as long as its start period says`()
    async throws
  {
    let plan = Deploy.standard(
      health: "/up",
      after: {
        Wait(10)
        Run("fail")
      })
    let host = host(.init(startPeriod: .seconds(200)), boots: .seconds(150), of: "app-blue")
    host.fail(.command(containing: "fail"))
    host.at(.seconds(8)) { $0.crash("app-blue") }
    try await expectEnd("Health", of: plan, on: host)
  }

  @Test func `a dry run shows the check that Docker runs, if there was a container`() async throws {
    let host = host(.init(isInImage: true))
    host.change {
      $0.run("app-green")
      $0.stop("app-green")
    }
    let dry = try await Self.plan.rehearse(on: host, options: RunOptions(isDryRun: true))
    let operations = dry.events.compactMap { event in
      if case .operation(let record) = event.kind { record.text } else { nil }
    }
    #expect(operations.contains { $0.hasPrefix("docker exec app-app-green-1 ") }, "\(operations)")
    #expect(try gate(dry).status == .wouldRun)
  }
}
