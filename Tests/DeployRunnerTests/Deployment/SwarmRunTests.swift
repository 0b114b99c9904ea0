import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Foundation
import Testing

@testable import DeployRunner

/// Deploys to a simulated Swarm.
@Suite("A Swarm") struct SwarmRunTests {
  private static let plan = Deploy(
    "shop", blue: "blue", green: "green", swarm: Swarm("shop"), proxy: "proxy", port: 3000
  ) {
    DetectActive()
    Up(.target)
    Health(retries: 5, every: 2)
    SwapNginx()
    Reload()
    Stop(.previous)
  }

  private func host(_ change: (inout SimulatedState) -> Void = { _ in }) -> SimulatedHost {
    SimulatedHost(for: Self.plan.application) {
      $0.replicate(3)
      change(&$0)
    }
  }

  @Test func `a deploy and its rollback change only images and numbers of tasks`() async throws {
    let host = host()
    let deployer = Deployer(executor: .mock(host))
    let report = try await deployer.run(Self.plan)
    #expect(report.exitCode == 0, "\(report)")
    #expect(host.violations.isEmpty)
    #expect(host.running("green") == 3 && host.running("blue") == 0)
    let changes = host.operations.filter { $0.operation.effect == .change }.map(\.description)
    #expect(
      changes == [
        "docker service update --detach --with-registry-auth --image shop:1.0 --replicas 3 "
          + "shop_green",
        "write nginx/service.conf", "docker exec shop_proxy.1 nginx -s reload",
        "docker service scale --detach shop_blue=0", "docker service scale --detach shop_blue=0",
        "docker service scale --detach shop_blue=0",
      ])
    let status = try await deployer.status(of: Self.plan.application)
    let green = try #require(status.services.first { $0.service == "green" })
    #expect(green.nodes?.map(\.name) == ["node1", "node2", "node3"])
    #expect(green.nodes?.map(\.running) == [1, 1, 1])
    let back = await deployer.start(
      try Deployer.rollback(of: Self.plan.graph()), observer: { _ in }
    ).report()
    #expect(back.exitCode == 0 && host.running("blue") == 3, "\(back)")
    #expect(host.commands.contains("docker service scale --detach shop_blue=3"))
  }

  @Test(arguments: ["curl", "-T"])
  func `a node of the target is lost before the switch: blue serves on, no request failed`(
    word: String
  ) async throws {
    let host = host()
    host.beforeEach(.command(containing: word)) { _ in
      host.change { world in
        let green = world.containers.last {
          $0.service.name == "green" && $0.state == .running && $0.node != "node1"
        }
        if let node = green?.node, world.nodes.count == 3 { world.loseNode(node) }
      }
    }
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.exitCode == 1, "\(report)")
    #expect(report.failure?.message.contains("is down") == true, "\(report)")
    #expect(host.serving == .blue && host.running("green") == 0)
    #expect(host.violations.isEmpty)
  }

  @Test func `a node that only Swarm reaches is named, not the application blamed`() async throws {
    let host = host { $0.service("green") { $0.healthcheck = .init(interval: .seconds(1)) } }
    host.fail(.command(containing: "curl"), .failing(exit: 28))
    let failure = try await Deployer(executor: .mock(host)).run(Self.plan).failure
    let message = try #require(failure?.message)
    #expect(
      message.contains("for Swarm it is healthy, so the proxy does not reach node"), "\(message)")
    #expect(failure?.fix?.contains("overlay network") == true)
    #expect(host.serving == .blue)
  }

  @Test func `another manager's lock excludes this one, and a dead run's own lock does not`()
    async throws
  {
    let folder = try TemporaryFolder()
    let host = host()
    func lock(of machine: String) throws -> String {
      var holder = LockHolder(application: "shop", run: "20261128-000000-aaaa")
      if !machine.isEmpty { (holder.host, holder.user) = (machine, "ann") }
      return String(decoding: try JSONEncoder().encode(holder), as: UTF8.self)
    }
    let docker = DockerCLI(application: Self.plan.application)
    func perform(_ call: HostCall) async throws -> OperationResult {
      try await MockExecutor(host).perform(
        HostOperation(.call(call), effect: .change, timeout: .seconds(5))
      ) { _ in }
    }
    _ = try await perform(docker.claim(lock(of: "manager2")))
    let refused = try await Deployer.onRecord(host, folder).run(Self.plan)
    #expect(refused.exitCode == 5)
    #expect(
      refused.failure?.message.hasPrefix("shop is being deployed by ann on manager2") == true)
    #expect(host.serving == .blue)
    let swarm = try #require(SwarmLock(of: Self.plan.application, by: MockExecutor(host)))
    #expect(try await swarm.holder()?.host == "manager2")
    try await swarm.release()
    _ = try await perform(docker.claim(lock(of: "")))
    let report = try await Deployer.onRecord(host, folder).run(Self.plan)
    #expect(report.exitCode == 0, "\(report)")
    #expect(try await swarm.holder() == nil)
  }

  @Test func `what a Swarm cannot do is an issue of the plan`() throws {
    let plan = Deploy(
      "shop", project: "other", swarm: Swarm("shop"), proxy: .host
    ) {
      DetectActive()
      Build(.target)
      Up(.target, build: true)
      Job("migrate")
      Exec(.target, "id")
      Health(.target, .command("true"))
      SwapNginx()
      Reload()
      Stop(.previous, grace: 60)
    }
    let error = #expect(throws: PlanError.self) { try plan.graph() }
    let issues = error?.diagnostics.map { "\($0.problem); \($0.fix)" } ?? []
    try expectGolden("Swarm.txt", issues.joined(separator: "\n"))
  }
}
