import DeployDSL
import DeployRunner
import Testing

@Suite("Where the site is asked for") struct SiteAddressTests {
  private func plan(_ site: Site = Site(), watches: Bool = true) -> Deploy {
    Deploy("grafana", site: site, port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      if watches { Watch(for: 4, every: 2) }
      Stop(.previous)
    }
  }

  /// Lets green's site file name a port.
  private static func sendGreen(to port: String, in world: inout SimulatedState) {
    let text = world.file("nginx/service_green.conf") ?? ""
    world.write(text.replacing("3000", with: port), to: "nginx/service_green.conf")
  }

  private let shop = Site(url: "https://shop.example.com:8443")

  @Test("a site by TLS is asked by curl, at the proxy of this machine")
  func tls() async throws {
    let plan = plan(shop)
    let host = SimulatedHost(for: plan.application)
    let runner = Deployer(executor: .mock(host))
    let report = try await runner.run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.serving == .green && host.violations.isEmpty)
    let asked = host.commands.filter { $0.hasPrefix("curl ") && $0.contains("--connect-to") }
    #expect(
      asked.last?.hasSuffix(
        "--insecure --noproxy '*' --connect-to ::127.0.0.1:8443 "
          + "https://shop.example.com/api/health") == true, "\(asked)")
    #expect(try await runner.status(of: plan.application).answer == 200)
  }

  @Test("a site that only curl could ask, without curl: nothing is begun")
  func withoutCurl() async throws {
    let plan = plan(shop)
    let host = SimulatedHost(for: plan.application)
    host.fail(
      .command(containing: "curl"),
      .throwing(.cannotStart(program: "curl", reason: "No such file or directory")))
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 6, "\(report)")
    #expect(report.failure?.fix?.contains("install curl") == true, "\(report)")
    #expect(host.timeline.isEmpty)
  }

  @Test("another site's good answers prove nothing", arguments: [true, false])
  func names(hasTarget: Bool) async throws {
    let plan = plan()
    let host = SimulatedHost(for: plan.application) { world in
      for (path, backend) in [
        ("nginx/service.conf", "grafana-blue"), ("nginx/service_blue.conf", "grafana-blue"),
        ("nginx/service_green.conf", "grafana-green"),
      ] {
        let isBroken = !hasTarget && path.contains("green")
        world.write(
          """
          server { listen 80; location / { return 200 other; } }
          server {
            listen 80;
            server_name shop.example.com;
            \(isBroken ? "location /api { return 500 broken; }" : "")
            location / { proxy_pass http://\(backend):3000; }
          }

          """, to: path)
      }
      world.reload()
    }
    try await host.clock.sleep(for: .seconds(5))
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == (hasTarget ? .succeeded : .rolledBack), "\(report)")
    #expect(host.serving == (hasTarget ? .green : .blue))
    let probes = host.operations.map(\.description)
    #expect(
      probes.contains("GET http://127.0.0.1:80/api/health (Host: shop.example.com)"), "\(probes)")
  }

  @Test("a port where the target does not listen is found before the switch, by a side door")
  func deadPort() async throws {
    let plan = plan()
    let host = SimulatedHost(for: plan.application) { Self.sendGreen(to: "3999", in: &$0) }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 1 && host.serving == .blue, "\(report)")
    #expect(
      report.failure?.message
        == "nginx/service_green.conf sends requests to grafana-green:3999, where nothing listens")
    #expect(host.violations.isEmpty && host.loadedColor == .blue && host.fileColor == .blue)
    #expect(!host.timeline.contains { $0.what.contains("service.conf") })
  }

  @Test("where this machine cannot reach containers themselves, the proof of the reload tells")
  func outOfReach() async throws {
    let plan = plan()
    let host = SimulatedHost(for: plan.application) { Self.sendGreen(to: "3999", in: &$0) }
    host.fail(.probe(containing: "172."), .failing(errors: "No route to host"))
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 3 && host.serving == .blue, "\(report)")
  }

  @Test("a port that is closed beside the one that is open is the site file's own business")
  func otherPorts() async throws {
    let plan = plan()
    let host = SimulatedHost(for: plan.application) { world in
      let text = world.file("nginx/service_green.conf") ?? ""
      world.write(
        text + "server { listen 81; location / { proxy_pass http://grafana-green:9229; } }\n",
        to: "nginx/service_green.conf")
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
  }

  @Test(
    "during an outage, the same bad answer as before proves no switch", arguments: [true, false],
    [true, false])
  func outage(hasTarget: Bool, isRemoved: Bool) async throws {
    let plan = plan(watches: false)
    let host = SimulatedHost(for: plan.application) { world in
      if isRemoved { world.remove("grafana-blue") } else { world.stop("grafana-blue") }
      // It gets blue's address, so that green does not: nginx goes on answering 502.
      world.service("cache") { _ in }
      world.run("cache")
      Self.sendGreen(to: hasTarget ? "3000" : "3999", in: &world)
    }
    host.fail(.probe(containing: "172."), .failing(errors: "No route to host"))
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect((report.outcome == .succeeded) == hasTarget, "\(report)")
    #expect(host.serving == (hasTarget ? .green : isRemoved ? nil : .blue))
  }
}
