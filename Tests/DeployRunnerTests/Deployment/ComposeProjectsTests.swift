import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Colours that are services of Compose projects of their own.
@Suite("Colours in two Compose projects") struct ComposeProjectsTests {
  private static let plan = Deploy(
    "shop", blue: .project("shop-blue", service: "web"),
    green: .project("shop-green", service: "web", compose: "green.yml", environment: ["PORT": 2]),
    workers: ["mail"], compose: "shop.yml", port: 3000
  ) {
    DetectActive()
    Pull(.target)
    Up(.target)
    Health(retries: 5, every: 2)
    SwapNginx()
    Reload()
    Stop(.previous)
  }
  private static let blue = ServiceID("web", in: "shop-blue")
  private static let green = ServiceID("web", in: "shop-green")

  @Test func `a deploy acts on the target's project, and on no other service of that name`()
    async throws
  {
    let host = SimulatedHost(for: Self.plan.application)
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.exitCode == 0, "\(report)")
    #expect(host.serving == .green && host.violations.isEmpty)
    #expect(host.isRunning("\(Self.green)") && !host.isRunning("\(Self.blue)"))
    let up = host.commands.filter { $0.contains(" up ") }
    #expect(
      up
        == ["web", "mail"].map {
          "PORT=2 docker compose --file green.yml --project-name shop-green up --detach --no-deps \($0)"
        }, "\(up)")
    let back = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(back.exitCode == 0 && host.serving == .blue, "\(back)")
    #expect(!host.isRunning("\(Self.green)"))
    #expect(
      host.commands.contains {
        $0 == "docker compose --file shop.yml --project-name shop-blue up --detach --no-deps web"
      })
  }

  @Test func `messages say which project`() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    host.change { $0.behavior(of: "\(Self.green)", .crashingAtBoot()) }
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(
      report.failure?.message.contains("web (project shop-green) is not healthy") == true,
      "\(report)")
    let status = try await Deployer(executor: .mock(host)).status(of: Self.plan.application)
    #expect(status.services.map(\.title).first == "web (project shop-blue)")
    #expect(status.serving == .blue && status.isHealthy, "\(status)")
  }

  @Test func `a name that both colours have is refused where the site uses it`() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    host.change { world in
      for path in ["nginx/service.conf", "nginx/service_blue.conf", "nginx/service_green.conf"] {
        world.write(
          (world.file(path) ?? "").replacing("shop-blue-web-1", with: "web")
            .replacing("shop-green-web-1", with: "web"), to: path)
      }
    }
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.exitCode == 1, "\(report)")
    let failure = try #require(report.failure)
    #expect(failure.message.contains("nginx would send requests to both colours"))
    #expect(failure.fix?.contains("shop-blue-web-1 or shop-green-web-1") == true)
  }

  @Test func `network aliases name a colour`() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    host.change { world in
      for color in Color.allCases {
        world.service("\(Self.plan.application.serviceID(color))") {
          $0.aliases = ["app", "shop-\(color)-api"]
        }
        let path = "nginx/service_\(color).conf"
        world.write(
          (world.file(path) ?? "")
            .replacing("shop-\(color)-web-1", with: "shop-\(color)-api"), to: path)
      }
      world.remove("\(Self.blue)")
      world.run("\(Self.blue)")
      world.pointFile(at: .blue)
      world.reload()
    }
    try await host.clock.sleep(for: .seconds(2))
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.exitCode == 0 && host.serving == .green, "\(report)")
  }
}
