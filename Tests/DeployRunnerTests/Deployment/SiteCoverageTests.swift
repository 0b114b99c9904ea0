import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// What a switched site file sends requests to, and whether all of it is deployed.
@Suite struct SiteCoverageTests {
  // MARK: One application, its site in several files

  private func shop(watches: Bool = false) -> Deploy {
    Deploy(
      "shop", blue: "spring1", green: "spring2", proxy: "nginx",
      site: Site("nginx/url.inc", blue: "nginx/blue.inc", green: "nginx/green.inc")
    ) {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      if watches { Watch(for: 4, every: 2) }
      Stop(.previous)
    }
  }

  /// A host where the site file is included in a server of another file.
  private func host(
    for plan: Deploy, listen: String = "80", _ change: (inout SimulatedState) -> Void = { _ in }
  ) async throws -> SimulatedHost {
    let host = SimulatedHost(for: plan) { world in
      world.nginxFiles = [
        "/etc/nginx/nginx.conf": "events { } http { include /etc/nginx/sites/*.conf; }",
        "/etc/nginx/sites/a.conf": "server { listen 80 default_server; return 404; }",
        "/etc/nginx/sites/b.conf":
          "server { listen \(listen); server_name shop.example.com; resolver 127.0.0.11; "
          + "include /etc/nginx/conf.d/url.inc; location / { proxy_pass $service_url; } }",
      ]
      for (path, service) in [("url", "spring1"), ("blue", "spring1"), ("green", "spring2")] {
        world.write("set $service_url http://\(service):3000;\n", to: "nginx/\(path).inc")
      }
      change(&world)
      world.reload()
    }
    try await host.clock.sleep(for: .seconds(5))
    return host
  }

  @Test func `a server that includes the site file is the one that proves the switch`()
    async throws
  {
    let plan = shop(watches: true)
    let host = try await host(for: plan)
    try await expectEnd("Site", of: plan, on: host)
    let asked = host.operations.map(\.description).filter { $0.hasPrefix("GET ") }
    #expect(asked.contains("GET http://127.0.0.1:80/ (Host: shop.example.com)"), "\(asked)")
    let status = try await Deployer(executor: .mock(host)).status(of: plan.application)
    #expect(status.answer == 200 && status.isHealthy, "\(status)")
  }

  @Test func `a target that is not on the proxy's network is refused before the switch`()
    async throws
  {
    let plan = shop()
    let host = try await host(for: plan) { world in
      world.addNetwork("shop_back")
      world.service("spring2") { $0.networks = ["shop_back"] }
    }
    try await expectEnd("Site", of: plan, on: host)
    #expect(!host.operations.contains { $0.description.hasPrefix("write ") })
  }

  @Test func `where the server is not found, another site's answer is no proof`() async throws {
    let plan = shop()
    let host = try await host(for: plan, listen: "81")
    let report = try await expectEnd("Site", of: plan, on: host).report
    let reload = try #require(report.nodes.first { $0.name == "Reload" })
    #expect(reload.summary == "green is loaded, but no response proves it")
    let status = try await Deployer(executor: .mock(host)).status(of: plan.application)
    #expect(status.answer == nil && !status.isHealthy, "\(status)")
    #expect(status.problem?.contains("Site(…, url: \"") == true, "\(status)")
  }

  @Test func `Watch does not roll a sound target back because of another site's answers`()
    async throws
  {
    let plan = shop(watches: true)
    let host = try await host(for: plan, listen: "81")
    try await expectEnd("Site", of: plan, on: host)
    #expect(!host.operations.contains { $0.operation.effect == .change })
  }

  // MARK: Several services in one file

  /// A plan for a host whose site file sends requests to frontend and backend.
  private func several(
    with workers: [Worker] = ["frontend"], text: String = "",
    _ change: (inout SimulatedState) -> Void = { _ in }
  ) async throws -> (Deploy, SimulatedHost) {
    let plan = Deploy.standard(
      "backend", workers: workers, proxy: "nginx", site: Site("nginx/active.conf"),
      health: "/api/health")
    let host = SimulatedHost(for: plan) { world in
      world.nginxFiles["/etc/nginx/nginx.conf"] =
        "events { } http { server { listen 80; resolver 127.0.0.11; "
        + "include /etc/nginx/conf.d/active.conf; location /api/ { proxy_pass $backend; } "
        + "location / { proxy_pass $frontend; } } }"
      for color in ["blue", "green"] {
        world.service("frontend-\(color)") { service in
          service.port = 3000
          service.bootTime = .seconds(8)
        }
      }
      for (path, color) in [("", "blue"), ("_blue", "blue"), ("_green", "green")] {
        world.write(
          "set $backend http://backend-\(color):3000; set $frontend "
            + "http://frontend-\(color):3000;\n" + text, to: "nginx/active\(path).conf")
      }
      world.run("frontend-blue")
      change(&world)
      world.reload()
    }
    try await host.clock.sleep(for: .seconds(10))
    return (plan, host)
  }

  private static let green = "nginx/active_green.conf"

  @Test func `a plan that starts only some of what the file names is refused before any start`()
    async throws
  {
    let (plan, host) = try await several(with: [])
    try await expectEnd("Site", of: plan, on: host)
    #expect(!host.operations.contains { $0.operation.effect == .change })
  }

  @Test func `a service that has no other colour is named with what to do`() async throws {
    let (plan, host) = try await several { world in
      world.service("beta") { _ in }
      world.write("set $beta beta:80; " + (world.file(Self.green) ?? ""), to: Self.green)
    }
    try await expectEnd("Site", of: plan, on: host)
  }

  @Test func `a worker that the file names is asked, not only inspected`() async throws {
    let (plan, host) = try await several()
    let report = try await expectEnd("Site", of: plan, on: host).report
    #expect(
      report.nodes.contains {
        $0.summary
          == "backend-green is healthy: HTTP 200, frontend-green is healthy: HTTP 200"
      })
    let changes = host.timeline.map(\.what)
    let listens = try #require(changes.firstIndex(of: "frontend-green listens"))
    let switched = try #require(changes.lastIndex(of: "the proxy has new workers"))
    #expect(listens < switched, "\(changes)")
  }

  @Test func `a proxy without curl and wget: a worker's own address is tried`() async throws {
    let (plan, host) = try await several()
    host.onExec(in: "nginx") { argv in
      ["curl", "wget"].contains(argv[0])
        ? CommandResult(status: 126, errors: "executable file not found in $PATH") : nil
    }
    let report = try await expectEnd("Site", of: plan, on: host).report
    #expect(
      report.nodes.contains {
        $0.summary.hasSuffix("frontend-green is healthy: it listens on port 3000")
      })
  }

  @Test func `the target's file must not name a worker of the previous colour`() async throws {
    let (plan, host) = try await several { world in
      let text = world.file(Self.green) ?? ""
      world.write(text.replacing("frontend-green", with: "frontend-blue"), to: Self.green)
    }
    try await expectEnd("Site", of: plan, on: host)
    #expect(!host.operations.contains { $0.operation.effect == .change })
  }

  @Test(arguments: [true, false])
  func `a service that both colours share must run`(isRunning: Bool) async throws {
    let (plan, host) = try await several(text: "set $docs http://docs:80;\n") { world in
      world.service("docs") { _ in }
      if isRunning { world.run("docs") }
    }
    try await expectEnd("Site", of: plan, on: host, RunOptions(), "\(isRunning)")
    #expect(host.operations.contains { $0.operation.effect == .change } == isRunning)
  }

  @Test(arguments: [true, false])
  func `a worker with a port must listen there`(listens: Bool) async throws {
    let plan = Deploy.standard("shop", workers: ["socket"], gate: Health(retries: 5))
    let host = SimulatedHost(for: plan) { world in
      world.service("socket-green") { service in
        service.publishedPort = 3010
        service.behavior = listens ? .healthy : .deaf
      }
    }
    let report = try await expectEnd("Site", of: plan, on: host, RunOptions(), "\(listens)").report
    let isSaid = report.nodes.contains {
      $0.summary.contains("socket-green is healthy: it listens on port")
    }
    #expect(isSaid == listens)
  }
}
