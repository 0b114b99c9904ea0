import DeployDSL
import DeployRunner
import Testing

/// What a switched site file sends requests to, and who gets them: nobody may be left out.
@Suite("What the site file sends requests to") struct SiteCoverageTests {
  // MARK: One application, its site in several files

  private static let main = "/etc/nginx/nginx.conf"
  private static let sites = "events { } http { include /etc/nginx/sites/*.conf; }"
  private static let other = "server { listen 80 default_server; return 404; }"

  private func shop(url: String? = nil, watches: Bool = true) -> Deploy {
    Deploy(
      "shop", blue: "spring1", green: "spring2", proxy: "nginx",
      site: Site("nginx/url.inc", blue: "nginx/blue.inc", green: "nginx/green.inc", url: url)
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
    let host = SimulatedHost(for: plan.application) { world in
      let server =
        "server { listen \(listen); server_name shop.example.com; resolver 127.0.0.11; "
        + "include /etc/nginx/conf.d/url.inc; location / { proxy_pass $service_url; } }"
      world.nginxFiles = [
        Self.main: Self.sites, "/etc/nginx/sites/a.conf": Self.other,
        "/etc/nginx/sites/b.conf": server,
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

  private func run(_ host: SimulatedHost, _ plan: Deploy) async throws -> RunReport {
    try await Deployer(executor: .mock(host)).run(plan)
  }

  @Test("a server that includes the site file is the one that proves the switch")
  func included() async throws {
    let plan = shop()
    let host = try await host(for: plan)
    let report = try await run(host, plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
    let asked = host.operations.map(\.description).filter { $0.hasPrefix("GET ") }
    #expect(asked.contains("GET http://127.0.0.1:80/ (Host: shop.example.com)"), "\(asked)")
    let status = try await Deployer(executor: .mock(host)).status(of: plan.application)
    #expect(status.answer == 200 && status.isHealthy, "\(status)")
  }

  @Test("a target that is not on the proxy's network is refused before the switch")
  func network() async throws {
    let plan = shop(watches: false)
    let host = try await host(for: plan) { world in
      world.addNetwork("shop_back")
      world.service("spring2") { $0.networks = ["shop_back"] }
    }
    let report = try await run(host, plan)
    #expect(report.exitCode == 1 && host.serving == .blue, "\(report)")
    #expect(
      report.failure?.description
        == "nginx cannot reach spring2: spring2 is on the network shop_back, and nginx on "
        + "shop_default; write `networks: [back, default]` into spring2 in the Compose file, and "
        + "run the plan again")
    #expect(!host.operations.contains { $0.description.hasPrefix("write ") })
    #expect(host.violations.isEmpty)
    #expect(!host.isRunning("spring2"))
  }

  @Test("where the server is not found, another site's answer is no proof")
  func unproved() async throws {
    let plan = shop(watches: false)
    let host = try await host(for: plan, listen: "81")
    let report = try await run(host, plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
    let reload = try #require(report.nodes.first { $0.name == "Reload" })
    #expect(reload.summary == "green is loaded, but no response proves it")
    let warning = try #require(report.warnings.first)
    #expect(warning.contains("nothing proves that clients get the new version"), "\(warning)")
    #expect(warning.contains("its answer (HTTP 404) may be another site's"), "\(warning)")
    #expect(warning.contains("site: Site(…, url: \""), "\(warning)")
    let status = try await Deployer(executor: .mock(host)).status(of: plan.application)
    #expect(status.answer == nil && !status.isHealthy, "\(status)")
    #expect(status.problem?.contains("Site(…, url: \"") == true, "\(status)")
  }

  @Test("Watch does not roll a sound target back because of another site's answers")
  func watch() async throws {
    let plan = shop()
    let host = try await host(for: plan, listen: "81")
    let report = try await run(host, plan)
    #expect(report.exitCode == 2, "\(report)")
    #expect(report.failure?.message.hasPrefix("Watch() cannot observe") == true, "\(report)")
    #expect(report.failure?.fix?.contains("Site(…, url: \"") == true, "\(report)")
    #expect(!host.operations.contains { $0.operation.effect == .change })
  }

  // MARK: Several services in one file

  private func lucky(with workers: [Worker] = []) -> Deploy {
    Deploy(
      "backend", workers: workers, proxy: "nginx", site: Site("nginx/active.conf"),
      health: "/api/health"
    ) {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Stop(.previous)
    }
  }

  /// A host whose site file sends requests to frontend and backend.
  private func several(
    for plan: Deploy, text: String = "", _ change: (inout SimulatedState) -> Void = { _ in }
  ) async throws -> SimulatedHost {
    let host = SimulatedHost(for: plan.application) { world in
      world.nginxFiles[Self.main] =
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
            + "http://frontend-\(color):3000;\n"
            + text.replacing("COLOR", with: color), to: "nginx/active\(path).conf")
      }
      world.run("frontend-blue")
      change(&world)
      world.reload()
    }
    try await host.clock.sleep(for: .seconds(10))
    return host
  }

  @Test("a plan that starts only some of what the file names is refused before anything starts")
  func uncovered() async throws {
    let plan = lucky()
    let host = try await several(for: plan)
    let report = try await run(host, plan)
    #expect(report.exitCode == 2, "\(report)")
    #expect(
      report.failure?.description
        == "nginx/active_green.conf also sends requests to frontend-green, which this plan does "
        + "not "
        + "start: those requests would fail after the switch; deploy them together: "
        + "Deploy(\"backend\", workers: [\"frontend\"], …); or give them a site file and a plan of "
        + "their own")
    #expect(!host.operations.contains { $0.operation.effect == .change })
  }

  @Test("a service that has no other colour is named with what to do")
  func single() async throws {
    let plan = lucky(with: ["frontend"])
    let host = try await several(for: plan) { world in
      world.service("beta") { _ in }
      let path = "nginx/active_green.conf"
      world.write("set $beta beta:80; " + (world.file(path) ?? ""), to: path)
    }
    let report = try await run(host, plan)
    #expect(report.exitCode == 2, "\(report)")
    #expect(report.failure?.fix?.hasPrefix("name beta in both nginx/active_blue.conf") == true)
  }

  @Test("a worker that the file names is asked, not only looked at")
  func gated() async throws {
    let plan = lucky(with: ["frontend"])
    let host = try await several(for: plan)
    let report = try await run(host, plan)
    #expect(report.outcome == .succeeded, "\(report)")
    let gate = try #require(report.nodes.first { $0.name == "Health" }).summary
    #expect(
      gate == "backend-green is healthy: HTTP 200, frontend-green is healthy: HTTP 200", "\(gate)")
    let changes = host.timeline.map(\.what)
    let listens = try #require(changes.firstIndex(of: "frontend-green listens"))
    let switched = try #require(changes.lastIndex(of: "the proxy has new workers"))
    #expect(listens < switched, "\(changes)")
    #expect(host.isRunning("frontend-green") && !host.isRunning("frontend-blue"))
  }

  @Test("a proxy without curl and wget: a worker's own address is tried")
  func withoutTools() async throws {
    let plan = lucky(with: ["frontend"])
    let host = try await several(for: plan)
    host.onExec(in: "nginx") { argv in
      ["curl", "wget"].contains(argv[0])
        ? CommandResult(status: 126, errors: "executable file not found in $PATH") : nil
    }
    let report = try await run(host, plan)
    #expect(report.outcome == .succeeded, "\(report)")
    let gate = try #require(report.nodes.first { $0.name == "Health" }).summary
    #expect(gate.hasSuffix("frontend-green is healthy: it listens on port 3000"), "\(gate)")
  }

  @Test("what goes with the previous colour must not be named by the target's file")
  func leftBehind() async throws {
    let plan = lucky(with: ["frontend"])
    let host = try await several(for: plan) { world in
      let path = "nginx/active_green.conf"
      world.write(
        (world.file(path) ?? "").replacing("frontend-green", with: "frontend-blue"), to: path)
    }
    let report = try await run(host, plan)
    #expect(report.exitCode == 1, "\(report)")
    #expect(
      report.failure?.description
        == "nginx/active_green.conf, the configuration for green, sends requests to frontend-blue, "
        + "which is stopped with blue; write frontend-green there instead of frontend-blue")
    #expect(!host.operations.contains { $0.operation.effect == .change })
  }

  @Test("what both colours share must run", arguments: [true, false])
  func shared(isRunning: Bool) async throws {
    let plan = lucky(with: ["frontend"])
    let host = try await several(for: plan, text: "set $docs http://docs:80;\n") { world in
      world.service("docs") { _ in }
      if isRunning { world.run("docs") }
    }
    let report = try await run(host, plan)
    #expect(report.exitCode == (isRunning ? 0 : 6), "\(report)")
    if !isRunning {
      #expect(
        report.failure?.description
          == "nginx/active_green.conf also sends requests to docs, which does not run; start it: "
          + "`docker compose up -d --no-deps docs`")
      #expect(!host.operations.contains { $0.operation.effect == .change })
    }
  }

  // MARK: Ports and numbers

  @Test("a worker with a port must listen there", arguments: [true, false])
  func port(listens: Bool) async throws {
    let plan = Deploy("shop", workers: ["socket"]) {
      DetectActive()
      Up(.target)
      Health(retries: 5)
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application) { world in
      world.service("socket-green") { service in
        service.publishedPort = 3010
        service.behavior = listens ? .healthy : .deaf
      }
    }
    let report = try await run(host, plan)
    #expect(report.exitCode == (listens ? 0 : 1), "\(report)")
    #expect(host.serving == (listens ? .green : .blue) && host.violations.isEmpty)
    if listens {
      #expect(
        report.nodes.contains { $0.summary.contains("socket-green is healthy: it listens on port") }
      )
    } else {
      #expect(report.failure?.message.hasSuffix("port 3000 refuses connections") == true)
    }
  }

  @Test("a service that was scaled by hand is refused before anything starts")
  func scaled() async throws {
    let plan = Deploy("shop") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application) { $0.scale("shop-blue", to: 2) }
    let report = try await run(host, plan)
    #expect(report.exitCode == 6 && host.serving == .blue, "\(report)")
    #expect(report.failure?.message.hasPrefix("shop-blue runs in 2 containers") == true)
    #expect(
      report.failure?.fix?.hasPrefix(
        "leave one: `docker compose up -d --no-deps --no-recreate --scale shop-blue=1 shop-blue && "
          + "docker exec shop-nginx-proxy-1 nginx -s reload`") == true)
    #expect(!host.operations.contains { $0.operation.effect == .change })
  }
}
