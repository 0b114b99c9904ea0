import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Situations in which a deploy could end well while users of something else, or of a version that
/// has died since its health check, see errors.
@Suite struct SilentHarmTests {
  private func plan(@PlanBuilder _ steps: () -> Steps = { Steps() }) -> Deploy {
    Deploy("grafana", health: "/api/health") {
      DetectActive()
      Up(.target)
      Health(retries: 5, every: 2)
      steps()
      SwapNginx()
      Reload()
      Stop(.previous)
    }
  }

  private static let main = "/etc/nginx/conf.d/service.conf"

  /// A host whose nginx has a second file.
  private func host(for plan: Deploy, _ second: String) async throws -> SimulatedHost {
    let host = SimulatedHost(for: plan.application) { world in
      world.nginxFiles["/etc/nginx/nginx.conf"] =
        "events { } http { include \(Self.main); include /etc/nginx/more/*.conf; }"
      world.nginxFiles["/etc/nginx/more/admin.conf"] = second
      world.reload()
    }
    try await host.clock.sleep(for: .seconds(5))
    return host
  }

  // MARK: Other applications

  /// A reload would load the site file that an interrupted run of another application has changed.
  @Test(arguments: [true, false])
  func `a deploy does not put another application's interrupted switch live`(isResolved: Bool)
    async throws
  {
    let folder = try TemporaryFolder()
    var options = RunOptions(stateFolder: folder.path)
    let shop = Deploy("shop") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Run("flaky").onFailure(.stop)
      Reload()
    }
    let other = SimulatedHost(for: shop.application)
    other.fail(.command(containing: "flaky").onAttempt(1), .failing(exit: 1))
    let first = try await Deployer(executor: .mock(other), options: options).run(shop)
    #expect(first.isInterrupted, "\(first)")
    if isResolved {
      options.resume = .undo
      _ = try await Deployer(executor: .mock(other), options: options).run(shop)
      options.resume = nil
    }
    let deployer = Deployer(
      executor: .mock(SimulatedHost(for: plan().application)), options: options)
    let found = await deployer.inspectHost(of: try plan().graph()).findings
    #expect(found.contains { $0.rule == "interrupted" } == !isResolved, "\(found)")
    for isDryRun in [false, true] {
      options.isDryRun = isDryRun
      let host = SimulatedHost(for: plan().application)
      let report = try await Deployer(executor: .mock(host), options: options).run(plan())
      #expect(report.outcome == (isResolved ? .succeeded : .locked), "\(report)")
      let message = report.failure?.message ?? ""
      #expect(isResolved || message.contains(" of shop was interrupted after it had changed"))
      #expect(isResolved || !host.isRunning("grafana-green"))
    }
  }

  // MARK: Other files of nginx

  @Test(arguments: [
    "server { listen 80; server_name admin; location / { proxy_pass http://grafana-blue:3000; } }",
    "upstream admin { server grafana-blue:3000; } server { listen 81; location / { proxy_pass http://admin; } }",
    "server { listen 81; set $up grafana-blue; location / { proxy_pass http://$up:3000; } }",
  ])
  func `another site that leads to the active colour only refuses the switch`(second: String)
    async throws
  {
    let host = try await host(for: plan(), second)
    let report = try await Deployer(executor: .mock(host)).run(plan())
    #expect(report.outcome == .failed && report.serving == .blue)
    let message = report.failure?.message ?? ""
    #expect(message.hasPrefix("/etc/nginx/more/admin.conf also sends requests to grafana-blue"))
    #expect(host.fileColor == .blue && host.loadedColor == .blue && host.isRunning("grafana-blue"))
    #expect(host.violations.isEmpty)
  }

  @Test func `a resume refuses such a switch, too`() async throws {
    let second = "server { listen 81; location / { proxy_pass http://grafana-blue:3000; } }"
    let scenario = Scenario(
      .init(.isKilledWhenDone, at: "overwrite nginx/service.conf …"), thenBy: .resume)
    let rehearsal = try await plan().rehearse(
      scenario, on: try await host(for: plan(), second))
    let host = rehearsal.host
    #expect(rehearsal.report.outcome == .rolledBack, "\(rehearsal.transcript)")
    #expect(host.fileColor == .blue && host.loadedColor == .blue && host.isRunning("grafana-blue"))
  }

  @Test(arguments: [
    // A preview of each colour, and another application.
    "server { listen 81; location / { proxy_pass http://grafana-blue:3000; } }"
      + " server { listen 82; location / { proxy_pass http://grafana-green:3000; } }",
    "server { listen 81; location / { return 204; } }",
  ])
  func `files that name both colours, or none, prevent nothing`(second: String) async throws {
    // A name that nginx cannot look up would be another fault.
    let host = try await host(
      for: plan(), second.replacing("http://grafana-green", with: "http://grafana-blue"))
    host.change { world in
      world.run("grafana-green")
      world.nginxFiles["/etc/nginx/more/admin.conf"] = second
      world.reload()
    }
    try await host.clock.sleep(for: .seconds(5))
    var options = RunOptions()
    options.active = .blue
    let report = try await Deployer(executor: .mock(host), options: options).run(plan())
    #expect(report.outcome == .succeeded && report.serving == .green, "\(report)")
  }

  @Test func `a syntax error in another file stops the run before anything is started`()
    async throws
  {
    let host = try await host(for: plan(), "server { listen 81; }")
    host.change { world in
      world.mount = .file
      world.nginxFiles["/etc/nginx/more/admin.conf"] = "server { listen 81 }"
    }
    let report = try await Deployer(executor: .mock(host)).run(plan())
    #expect(report.outcome != .succeeded && host.serving == .blue)
    #expect(report.failure?.message.contains("/etc/nginx/more/admin.conf") == true, "\(report)")
    #expect(!host.commands.contains { $0.contains("compose up") })
  }

  // MARK: Other options of Compose

  @Test(arguments: [
    ("docker compose --env-file", "COMPOSE_ENV_FILES=/srv/prod.env"),
    ("docker compose --project-directory /srv", "move the Compose file to /srv"),
  ])
  func `containers that were created with other options are not replaced without them`(
    option: String, fix: String
  ) async throws {
    let plan = plan()
    let host = SimulatedHost(for: plan.application) { world in
      if option.hasSuffix("--env-file") {
        world.environmentFiles = ["/srv/prod.env"]
      } else {
        world.namedFolder = "/srv"
      }
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome != .succeeded && report.serving == .blue)
    #expect(report.failure?.message.contains(option) == true, "\(report)")
    #expect(report.failure?.fix?.contains(fix) == true, "\(report)")
    #expect(!host.commands.contains { $0.contains("compose up") })
  }

  // MARK: A target that has died since

  @Test func `a target that no longer answers after a long wait is not switched to`() async throws {
    let plan = plan { Wait(20) }
    let host = SimulatedHost(for: plan.application)
    host.at(.seconds(15)) { $0.behavior(of: "grafana-green", .unhealthy) }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .failed && report.serving == .blue)
    #expect(!host.timeline.contains { $0.loaded == .green })
    #expect(host.violations.isEmpty)
  }

  @Test func `a health check that was just passed is not repeated`() async throws {
    let host = SimulatedHost(for: plan().application)
    _ = try await Deployer(executor: .mock(host)).run(plan())
    let texts = host.operations.map(\.description)
    let swap = try #require(texts.firstIndex { $0.hasPrefix("write ") })
    let gate = try #require(texts.lastIndex { $0.hasPrefix("GET http://127.0.0.1:3004") })
    #expect(!texts[gate..<swap].dropFirst().contains { $0.hasPrefix("GET http://127.0.0.1:3004") })
  }

  // MARK: The way back

  @Test func `a rollback does not wait for the answer of the version that has failed`() async throws
  {
    let plan = Deploy("grafana", health: "/api/health") {
      DetectActive()
      Up(.target)
      Health(retries: 5, every: 2)
      SwapNginx()
      Reload()
      Watch(for: 6, every: 1)
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application)
    host.at(.seconds(5)) { $0.pause("grafana-green") }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .rolledBack && report.serving == .blue, "\(report)")
    let operations = host.operations
    let reload = try #require(operations.last { $0.text.hasSuffix("nginx -s reload") })
    let write = try #require(operations.last { $0.description.hasPrefix("write ") })
    #expect(!operations[write.number..<(reload.number - 1)].contains { $0.text.hasPrefix("GET ") })
  }
}
