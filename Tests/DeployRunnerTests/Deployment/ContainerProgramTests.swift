import DeployDSL
import Testing

@testable import DeployRunner
@testable import DeploySimulator

@Suite("A program inside a container, which does not end with its client")
struct ContainerProgramTests {
  private struct Code: PrimitiveStep {
    func run(in context: StepContext) async throws {
      try await context.exec(service: "nginx-proxy", "bin/migrate")
    }
  }

  private static func plan(_ step: any Step) -> Deploy {
    Deploy("shop") {
      DetectActive()
      Steps([step])
      Up(.target)
    }
  }

  private func run(
    _ step: any Step, _ change: (SimulatedHost) -> Void = { _ in }
  ) async throws -> (report: RunReport, host: SimulatedHost) {
    let plan = Self.plan(step)
    let host = SimulatedHost(for: plan)
    host.fail(.command(containing: "bin/migrate"), .hanging)
    change(host)
    return (try await Deployer(executor: .mock(host)).run(plan), host)
  }

  private func left(_ host: SimulatedHost) -> [SimulatedContainer.Program] {
    host.world.containers.flatMap(\.programs)
  }

  private func starts(_ host: SimulatedHost) -> Int {
    host.commands.count { $0.hasSuffix("bin/migrate") }
  }

  private static let exec = Exec(service: "nginx-proxy", "bin/migrate")

  @Test(arguments: [exec.timeout(6), Code().timeout(6)] as [any Step])
  func `when its time is up it is ended inside the container`(step: any Step) async throws {
    let (report, host) = try await run(step)
    #expect(report.failure?.code == .timeout, "\(report)")
    #expect(left(host).isEmpty && starts(host) == 1)
    #expect(host.commands.contains { $0.hasPrefix("kill -TERM ") }, "\(host.commands)")
  }

  @Test(
    arguments: [
      exec.timeout(perAttempt: 6).retry(3), Retry(3) { exec.timeout(6) },
    ] as [any Step])
  func `what cannot be ended is said to run on, and is not run again`(
    step: any Step
  ) async throws {
    let (report, host) = try await run(step) {
      $0.fail(.command(containing: "kill"), .succeedingWithoutEffect)
    }
    #expect(report.failure?.code == .stillRunning && starts(host) == 1, "\(report)")
    let pid = try #require(left(host).first?.pid)
    #expect(
      report.failure?.message
        == "bin/migrate is still running in shop-nginx-proxy-1 after it was told to stop (process "
        + "\(pid)), so it is not started again")
    #expect(report.failure?.fix == "end it: `sudo kill -9 \(pid)`, then run the plan again")
  }

  @Test func `what may not be ended from here is ended by the container's root`() async throws {
    let (report, host) = try await run(Self.exec.timeout(6)) { host in
      host.fail(
        .command(containing: "kill", "-TERM"),
        .failing(errors: "kill: (1): Operation not permitted"))
      host.fail(.command(containing: "docker", "exec", "--user"), .delayed(by: .zero))
    }
    #expect(report.failure?.code == .timeout, "\(report)")
    #expect(left(host).isEmpty)
    #expect(
      host.commands.contains { $0.hasPrefix("docker exec --user 0 shop-nginx-proxy-1 kill -TERM") })
  }

  @Test func `each attempt begins when the one before has ended`() async throws {
    let (report, host) = try await run(Self.exec.timeout(perAttempt: 6).retry(2))
    #expect(report.failure?.code == .timeout && starts(host) == 3, "\(report)")
    #expect(left(host).isEmpty)
  }

  @Test func `what an earlier run left behind is waited for`() async throws {
    let plan = Self.plan(Self.exec)
    let host = SimulatedHost(for: plan) { world in
      guard let index = world.index(ofService: "nginx-proxy") else { return }
      world.containers[index].programs = [
        SimulatedContainer.Program(pid: 9, mark: "shop/1", argv: ["bin/migrate"])
      ]
    }
    host.at(.seconds(30)) { $0.end(processes: [9]) }
    let began = host.operations.count
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    let start = host.operations.dropFirst(began).first {
      $0.description.hasSuffix("nginx-proxy-1 bin/migrate")
    }
    #expect(try #require(start?.began) >= .seconds(30))
  }

  @Test func `a health command that hangs leaves no processes behind`() async throws {
    let plan = Deploy("shop") {
      DetectActive()
      Up(.target)
      Health(.target, .command("bin/check"), retries: 3, every: 1, probeTimeout: 1)
    }
    let host = SimulatedHost(for: plan)
    host.fail(.command(containing: "bin/check"), .hanging)
    let report = try await Deployer(
      executor: .mock(host), options: RunOptions(rollsBack: false)
    )
    .run(plan)
    #expect(report.failure?.code == .unhealthy, "\(report)")
    #expect(left(host).isEmpty)
  }

  @Test(arguments: [
    "could not translate host name: Temporary failure in name resolution",
    "bind: address already in use", "No such image", "no space left on device",
    "Cannot connect to the Docker daemon", "Error response from daemon: executable file not found",
  ])
  func `its words are not taken for docker's`(words: String) async throws {
    for step in [Exec(service: "nginx-proxy", "x"), Run("x"), Run("docker", "x")] as [any Step] {
      let plan = Self.plan(step)
      let host = SimulatedHost(for: plan)
      host.respond(to: "x", with: CommandResult(status: 1, errors: words + "\n"))
      host.fail(.command(containing: "docker", "x"), .failing(errors: words + "\n"))
      let failure = try await Deployer(executor: .mock(host)).run(plan).failure
      #expect(failure?.code == .command, "\(failure as Any)")
      #expect(
        failure?.message.hasSuffix("failed with exit code 1: \(words)") == true,
        "\(failure as Any)")
    }
  }

  @Test func `an engine that does not answer is told as such`() async throws {
    let plan = Self.plan(Exec(service: "nginx-proxy", "x"))
    let host = SimulatedHost(for: plan)
    let words = "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"
    host.respond(to: "x", with: CommandResult(status: 1, errors: words + "\n"))
    host.afterEach { run in
      guard run.description.hasSuffix(" x") else { return }
      host.fail(.command(containing: "inspect"), .failing(errors: words))
    }
    let failure = try await Deployer(executor: .mock(host)).run(plan).failure
    #expect(failure?.code == .environment, "\(failure as Any)")
  }
}
