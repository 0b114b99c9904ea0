import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// The cause of a failure is in what it says.
@Suite struct RootCauseTests {
  private static let plan = Deploy.standard("shop", gate: Health(retries: 2, every: 1))

  private static let pulling = Deploy("shop") {
    DetectActive()
    Pull(.target)
    Up(.target)
  }

  private static let lost = "pull access denied for shop, repository does not exist"

  private static let causes: [(String, Deploy, @Sendable (SimulatedHost) -> Void)] = [
    (
      "an application that answers badly and has no log", plan,
      { $0.change { $0.behavior(of: "shop-green", .unhealthy(status: 500)) } }
    ),
    (
      "a container that ends without a log line", plan,
      { $0.change { $0.behavior(of: "shop-green", .crashingAtBoot(log: [])) } }
    ),
    (
      "a container that ends with log lines", plan,
      { $0.change { $0.behavior(of: "shop-green", .crashingAtBoot()) } }
    ),
    (
      "an image that is here but in no registry", pulling,
      { host in
        host.change { world in
          world.removeImage("shop:1.0", error: lost)
          world.addLocalImage("shop:1.0")
        }
      }
    ),
    (
      "an image that is nowhere", pulling, { $0.change { $0.removeImage("shop:1.0", error: lost) } }
    ),
    (
      "a registry that does not answer", pulling,
      { host in
        host.change {
          $0.registryFailure = "Get \"https://r/v2/\": dial tcp: lookup r: no such host"
        }
      }
    ),
    (
      "a Compose file that Compose refuses", plan,
      {
        $0.fail(
          .command(containing: "compose config"),
          .failing(exit: 15, errors: "yaml: line 3: did not find expected key"))
      }
    ),
    (
      "a proxy that stops while its processes are listed", plan,
      { host in
        host.fail(
          .command(containing: "docker top").onAttempt(1), .delayed(by: .seconds(2)))
        host.at(.seconds(1)) { $0.stop("nginx-proxy") }
      }
    ),
    (
      "a proxy that stops while its configuration is read", plan,
      { host in
        host.fail(.command(containing: "nginx -T").onAttempt(1), .delayed(by: .seconds(2)))
        host.at(.seconds(1)) { $0.stop("nginx-proxy") }
      }
    ),
    (
      "a proxy that was restarted just then", plan,
      { host in
        host.at(.seconds(1)) { $0.restart("nginx-proxy") }
        // The first one belongs to DetectActive.
        host.fail(
          .command(containing: "nginx -T").onAttempt(2),
          .failing(errors: "Error response from daemon: Container 4711 is restarting"))
      }
    ),
    (
      "a published port of a service with replicas", plan,
      { $0.change { $0.service("shop-green") { $0.replicas = 2 } } }
    ),
  ]

  @Test(arguments: causes.indices) func `a failure names its cause`(index: Int) async throws {
    let (name, plan, prepare) = Self.causes[index]
    let host = SimulatedHost(for: plan)
    prepare(host)
    try await expectEnd("Causes", of: plan, on: host, RunOptions(), name)
  }

  @Test func `a dry run knows that Docker will check, before there is a container`() async throws {
    let host = SimulatedHost(for: Self.plan) { world in
      for service in ["shop-blue", "shop-green"] {
        world.service(service) { one in
          one.healthcheck = SimulatedService.Healthcheck(interval: .seconds(1))
          (one.port, one.publishedPort) = (nil, nil)
        }
      }
    }
    let dry = try await Self.plan.rehearse(on: host, options: RunOptions(isDryRun: true))
    #expect(dry.outcome == .succeeded, "\(dry.report)")
  }
}
