import DeployDSL
import DeployRunner
import Testing

@Suite("A gate by Docker's health check")
struct DockerHealthCheckTests {
  private static let plan = Deploy("app", health: "/up") {
    DetectActive()
    Up(.target)
    Health(retries: 15, every: 2)
    SwapNginx()
    Reload()
    Stop(.previous)
  }

  private func host(
    _ check: SimulatedService.Healthcheck, boots: Duration = .seconds(1), plan: Deploy = plan,
    _ change: @escaping (inout SimulatedService) -> Void = { _ in }
  ) -> SimulatedHost {
    SimulatedHost(for: plan.application) { world in
      world.service("app-green") { service in
        service.healthcheck = check
        service.bootTime = boots
        change(&service)
      }
    }
  }

  private func gate(_ report: RunReport) throws -> NodeReport {
    try #require(report.nodes.first { $0.name == "Health" })
  }

  @Test(
    "a sound application passes as soon as it is up, however seldom Docker asks",
    arguments: [
      SimulatedService.Healthcheck(isInImage: true),
      SimulatedService.Healthcheck(interval: .seconds(300)),
      SimulatedService.Healthcheck(interval: .seconds(30), startPeriod: .seconds(120)),
    ])
  func passesEarly(check: SimulatedService.Healthcheck) async throws {
    let host = host(check)
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(try gate(report).duration < .seconds(3))
    #expect(try gate(report).summary.hasSuffix("its health check passes"))
    #expect(host.commands.contains("docker exec app-app-green-1 /bin/sh -c healthcheck"))
    #expect(host.violations.isEmpty)
  }

  @Test("a start period is boot time: bad answers within it use up no attempts")
  func startPeriod() async throws {
    let host = host(
      .init(interval: .seconds(30), startPeriod: .seconds(120)), boots: .seconds(100))
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(try gate(report).duration < .seconds(105))
  }

  @Test("bad until the plan's time was over, while Docker still waits: the plan's line is named")
  func planTooShort() async throws {
    let host = host(.init(interval: .seconds(300)), boots: .seconds(60))
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.outcome == .failed)
    let failure = try #require(report.failure)
    let within = "within 30 s (15 attempts, 2 s apart)"
    #expect(failure.message.hasPrefix("app-green did not become healthy \(within)"))
    #expect(failure.message.contains("the plan's time is too short"), "\(failure)")
    #expect(failure.message.contains("Docker waits longer (3 bad checks, 5 min apart)"))
    #expect(failure.fix?.contains("`Health(retries: 30, every: 2)`") == true, "\(failure)")
  }

  @Test("bad when Docker has given it up as well: the start period is named")
  func checkTooShort() async throws {
    let host = host(
      .init(interval: .seconds(5), retries: 2, startPeriod: .seconds(10)), boots: .seconds(600))
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    let failure = try #require(report.failure)
    #expect(
      failure.message.contains("within 40 s (start_period 10 s, then 15 attempts, 2 s apart)"))
    #expect(failure.message.contains("Docker marked it unhealthy, too"), "\(failure)")
    #expect(failure.fix?.contains("start_period: 80s") == true, "\(failure)")
    #expect(host.serving == .blue && !host.isRunning("app-green"))
  }

  @Test("what Docker said of it before the run began is asked again")
  func oldVerdict() async throws {
    let host = host(.init(interval: .seconds(300)))
    host.change {
      $0.run("app-green")
      $0.behavior(of: "app-green", .unhealthy)
    }
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.outcome == .failed, "\(report)")
    #expect(host.serving == .blue)
    #expect(host.violations.isEmpty)
  }

  @Test("Docker's own verdict is enough once it comes")
  func verdict() async throws {
    let host = host(.init(interval: .seconds(3)))
    host.onExec(in: "app-green") { argv in
      argv.last == "healthcheck" ? CommandResult(status: 126) : nil
    }
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(try gate(report).summary.hasSuffix("Docker says healthy"))
  }

  @Test("a worker's is asked in the same way")
  func worker() async throws {
    let plan = Deploy("shop", workers: ["worker"], health: "/up") {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application) {
      $0.service("worker-green") {
        $0.healthcheck = .init(startPeriod: .seconds(60))
        $0.bootTime = .seconds(50)
      }
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(try gate(report).duration < .seconds(60))
    #expect(try gate(report).summary.hasSuffix("worker-green is healthy: its health check passes"))
  }

  @Test("the way back is asked in the same way")
  func wayBack() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    host.change {
      $0.service("app-blue") {
        $0.healthcheck = .init(startPeriod: .seconds(60))
        $0.bootTime = .seconds(45)
      }
      $0.remove("app-blue")
      $0.run("app-blue")
      $0.reload()
    }
    _ = try await Deployer(executor: .mock(host)).run(Self.plan)
    let graph = try Deployer.rollback(of: Self.plan.graph())
    let report = try await Deployer(executor: .mock(host)).start(graph).report()
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(try gate(report).summary.hasSuffix("its health check passes"))
  }

  @Test("a rollback waits for what must boot again as long as its start period says")
  func rollback() async throws {
    let plan = Deploy("app", health: "/up") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Wait(10)
      Run("false")
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application)
    host.change {
      $0.service("app-blue") {
        $0.healthcheck = .init(startPeriod: .seconds(200))
        $0.bootTime = .seconds(150)
        $0.restart = .no
      }
      $0.remove("app-blue")
      $0.run("app-blue")
      $0.reload()
    }
    host.respond(to: "false", with: CommandResult(status: 1))
    host.at(.seconds(8)) { $0.crash("app-blue") }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .rolledBack, "\(report)")
    #expect(host.serving == .blue)
    #expect(host.violations.isEmpty)
  }

  @Test("a dry run shows the check that Docker runs, if there was a container to read it from")
  func dryRun() async throws {
    let host = host(.init(isInImage: true))
    host.change {
      $0.run("app-green")
      $0.stop("app-green")
    }
    let run = try Deployer(
      executor: .mock(host), options: RunOptions(isDryRun: true)
    ).start(Self.plan)
    var operations: [String] = []
    for await event in run.events {
      if case .operation(let record) = event.kind { operations.append(record.text) }
    }
    #expect(operations.contains { $0.hasPrefix("docker exec app-app-green-1 ") }, "\(operations)")
    #expect(try gate(await run.report()).status == .wouldRun)
  }
}
