import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Where the site is asked for.
@Suite struct SiteAddressTests {
  private func plan(_ site: Site = Site(), watches: Bool = true) -> Deploy {
    .standard(
      "grafana", site: site, port: 3000, health: "/api/health",
      after: { if watches { Watch(for: 4, every: 2) } })
  }

  /// Lets green's site file name another port, and send requests to further ones.
  private static func sendGreen(
    to port: String, and more: String = "", in world: inout SimulatedState
  ) {
    let text = world.file("nginx/service_green.conf") ?? ""
    world.write(text.replacing("3000", with: port) + more, to: "nginx/service_green.conf")
  }

  private let shop = Site(url: "https://shop.example.com:8443")

  @Test func `a site with TLS is asked by curl, at the proxy of this machine`() async throws {
    let plan = plan(shop)
    let host = try await expectEnd("Site", of: plan).host
    let asked = host.commands.last { $0.hasPrefix("curl ") && $0.contains("--connect-to") }
    #expect(
      asked?.hasSuffix(
        "--insecure --noproxy '*' --user-agent bgrun --connect-to ::127.0.0.1:8443 "
          + "https://shop.example.com/api/health") == true)
    let runner = Deployer(executor: .mock(host))
    #expect(try await runner.status(of: plan.application).answer == 200)
  }

  @Test func `a site that only curl could ask, without curl: nothing begins`() async throws {
    let plan = plan(shop)
    let host = SimulatedHost(for: plan)
    host.fail(
      .command(containing: "curl"),
      .throwing(.cannotStart(program: "curl", reason: "No such file or directory")))
    try await expectEnd("Site", of: plan, on: host)
    #expect(host.timeline.isEmpty)
  }

  @Test(arguments: [true, false])
  func `another site's good answers prove nothing`(hasTarget: Bool) async throws {
    let plan = plan()
    let host = SimulatedHost(for: plan) { world in
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
    try await expectEnd("Site", of: plan, on: host, RunOptions(), "\(hasTarget)")
    let probes = host.operations.map(\.description)
    #expect(
      probes.contains("GET http://127.0.0.1:80/api/health (Host: shop.example.com)"), "\(probes)")
  }

  @Test func `where the health path is not clients', one that leads to the colours is the proof`()
    async throws
  {
    let plan = Deploy("wiki", port: 3000, health: "/healthz") {
      DetectActive()
      Up(.target)
      Health(.tcp(port: 3000))
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan) { world in
      for (path, color) in [
        ("nginx/service.conf", "blue"), ("nginx/service_blue.conf", "blue"),
        ("nginx/service_green.conf", "green"),
      ] {
        world.write(
          """
          server {
            listen 80;
            location /wiki/ { proxy_pass http://wiki-\(color):3000; }
            location / { return 404; }
          }

          """, to: path)
      }
      world.reload()
      // A version that runs, but without the page.
      world.behavior(of: "wiki-green", .unhealthy(status: 404))
    }
    try await host.clock.sleep(for: .seconds(5))
    let report = try await Deployer(executor: .mock(host), options: RunOptions()).run(plan)
    #expect(report.outcome == .rolledBack && report.serving == .blue, "\(report)")
    #expect(
      report.failure?.message
        == "the new configuration is loaded, but 127.0.0.1:80 answers HTTP 404 for /wiki/, before it "
        + "was HTTP 200")
  }

  @Test(arguments: [true, false])
  func `a port where the target does not listen is found before the switch, if it can be reached`(
    isReachable: Bool
  ) async throws {
    let plan = plan()
    let host = SimulatedHost(for: plan) { Self.sendGreen(to: "3999", in: &$0) }
    if !isReachable {
      host.fail(.probe(containing: "172."), .failing(errors: "No route to host"))
    }
    try await expectEnd("Site", of: plan, on: host, RunOptions(), "\(isReachable)")
    let isTouched = host.timeline.contains { $0.what.contains("service.conf") }
    #expect(isTouched != isReachable)
  }

  @Test func `a closed port beside the one that is open is the site file's own business`()
    async throws
  {
    let plan = plan()
    let more = "server { listen 81; location / { proxy_pass http://grafana-green:9229; } }\n"
    let host = SimulatedHost(for: plan) { Self.sendGreen(to: "3000", and: more, in: &$0) }
    try await expectEnd("Site", of: plan, on: host)
  }

  @Test(arguments: [true, false], [true, false])
  func `during an outage, the same bad answer as before proves no switch`(
    hasTarget: Bool, isRemoved: Bool
  ) async throws {
    let plan = plan(watches: false)
    let host = SimulatedHost(for: plan) { world in
      if isRemoved { world.remove("grafana-blue") } else { world.stop("grafana-blue") }
      // It gets blue's address, so that green does not: nginx goes on answering 502.
      world.service("cache") { _ in }
      world.run("cache")
      Self.sendGreen(to: hasTarget ? "3000" : "3999", in: &world)
    }
    host.fail(.probe(containing: "172."), .failing(errors: "No route to host"))
    try await expectEnd("Site", of: plan, on: host, RunOptions(), "\(hasTarget), \(isRemoved)")
  }
}
