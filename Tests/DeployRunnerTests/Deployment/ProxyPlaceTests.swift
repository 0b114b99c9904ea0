import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Foundation
import Testing

@testable import DeployRunner

/// Deploys behind an nginx that is not a service of the Compose project.
@Suite struct ProxyPlaceTests {
  private static func plan(_ proxy: Proxy) -> Deploy {
    Deploy("shop", proxy: proxy) {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Drain()
      Stop(.previous)
    }
  }

  private static func host(
    _ proxy: Proxy, isRewritten: Bool = true, _ change: (inout SimulatedState) -> Void = { _ in }
  ) -> SimulatedHost {
    SimulatedHost(for: plan(proxy)) { world in
      if isRewritten { world.removeSiteSources() }
      change(&world)
    }
  }

  private func nginx(_ host: SimulatedHost) -> [String] {
    var seen: [String] = []
    for command in host.commands
    where ["nginx -T", " reload"].contains(where: command.contains) && !seen.contains(command) {
      seen.append(command)
    }
    return seen
  }

  @Test(arguments: [Proxy.host, .container("edge-nginx")], [true, false])
  func `a deploy and its rollback`(proxy: Proxy, isRewritten: Bool) async throws {
    let (plan, host) = (Self.plan(proxy), Self.host(proxy, isRewritten: isRewritten))
    let report = try await plan.rehearse(on: host).report
    #expect(report.outcome == .succeeded, "\(report.told(on: host))")
    #expect(report.warnings == [] && host.violations == [] && host.serving == .green)
    let status = try await Deployer(executor: .mock(host)).status(of: plan.application)
    #expect(status.isHealthy && status.serving == .green && status.answer == 200, "\(status)")
    let back = try await Deployer.rollback(of: plan.graph()).rehearse(on: host).report
    #expect(back.outcome == .succeeded && host.serving == .blue, "\(back.told(on: host))")
    #expect(host.violations == [])
  }

  @Test func `nginx on the host is tested with its own options and reloaded through systemd`()
    async throws
  {
    let host = Self.host(.host)
    _ = try await Self.plan(.host).rehearse(on: host)
    #expect(nginx(host) == ["/usr/sbin/nginx -T", "systemctl reload nginx.service"])
  }

  @Test func `without root it uses sudo, and overwrites a site file in a folder of root`()
    async throws
  {
    let host = Self.host(.host) { world in
      world.user = 1000
      world.nginxUnit = nil
      world.forbiddenPaths = ["/srv/shop/nginx"]
    }
    let report = try await Self.plan(.host).rehearse(on: host).report
    #expect(report.outcome == .succeeded, "\(report.told(on: host))")
    #expect(nginx(host) == ["sudo -n /usr/sbin/nginx -T", "sudo -n /usr/sbin/nginx -s reload"])
    let texts = host.operations.map(\.text)
    #expect(texts.contains { $0.hasPrefix("overwrite nginx/service.conf") })
  }

  @Test(arguments: [
    "stopped", "suspended", "forbidden", "no port", "one port", "sudo", "not included",
    "elsewhere", "unrelated",
  ])
  func `what cannot work is refused before anything is started`(name: String) async throws {
    let host = Self.host(.host) { world in
      switch name {
      case "stopped": world.stop("nginx")
      case "suspended": world.pause("nginx")
      case "forbidden":
        world.user = 1000
        world.forbiddenPaths = ["/srv/shop/nginx", "/srv/shop/nginx/service.conf"]
      case "no port": world.service("shop-green") { $0.publishedPort = nil }
      case "one port": world.service("shop-green") { $0.publishedPort = 3003 }
      case "sudo": world.user = 1000
      case "not included": world.nginxFiles["/etc/nginx/nginx.conf"] = "events { } http { }"
      case "elsewhere", "unrelated":
        world.stop("nginx")
        world.service("edge") {
          $0.image = "nginx:1.27"
          $0.containerName = "edge-1"
          // That of another project has nothing to do with the plan's site.
          let folder = name == "elsewhere" ? "/srv/shop/nginx" : "/srv/blog/nginx"
          $0.described.mounts = [.init(source: folder, target: "/etc/nginx/conf.d")]
        }
        world.run("edge")
      default: break
      }
    }
    if name == "sudo" {
      host.fail(
        .command(containing: "sudo", "-n"),
        .failing(exit: 1, errors: "sudo: a password is required\n"))
    }
    let report = try await Self.plan(.host).rehearse(on: host).report
    try expectGolden("ProxyPlaces.txt", report.told(on: host), name)
    #expect(!host.operations.contains { $0.operation.effect == .change })
  }

  @Test func `a proxy that is not a service of the project: the error tells where nginx runs`()
    async throws
  {
    for proxy in [Proxy.host, .container("edge-nginx")] {
      let host = Self.host(proxy) { $0.nginxUnit = nil }
      let report = try await Self.plan("nginx-proxy").rehearse(on: host).report
      try expectGolden("ProxyPlaces.txt", report.told(on: host), "nginx-proxy, but \(proxy)")
    }
    let report = try await Self.plan(.container("nginx-edge"))
      .rehearse(on: Self.host(.container("edge-nginx"))).report
    #expect(report.failure?.message == "there is no container nginx-edge")
  }

  @Test func `old workers on the host can be cut`() async throws {
    let plan = Deploy.standard("shop", proxy: .host, after: { Drain(upTo: 2, atDeadline: .cut) })
    let host = SimulatedHost(for: plan) { $0.openRequest("a socket", lasting: nil) }
    let report = try await plan.rehearse(on: host).report
    #expect(report.outcome == .succeeded && report.warnings == [], "\(report.told(on: host))")
    #expect(host.world.oldWorkers == 0)
    #expect(host.commands.contains { $0.hasPrefix("kill -TERM ") })
  }

  @Test func `nginx on the host may be restarted during a run`() async throws {
    let host = Self.host(.host)
    host.afterEach(.command(containing: "up").onAttempt(1)) { _ in
      host.change { $0.restart("nginx") }
    }
    let report = try await Self.plan(.host).rehearse(on: host).report
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report.told(on: host))")
  }

  @Test func `a dry run names the commands of the host's nginx`() async throws {
    let host = Self.host(.host)
    let runner = Deployer(executor: .mock(host), options: RunOptions(isDryRun: true))
    let run = try runner.start(Self.plan(.host))
    var texts: [String] = []
    for await event in run.events {
      if case .operation(let entry) = event.kind { texts.append(entry.text) }
    }
    _ = await run.report()
    #expect(texts.contains("/usr/sbin/nginx -T"))
    #expect(texts.contains("systemctl reload nginx.service"))
    #expect(host.serving == .blue && host.timeline.isEmpty)
  }

  @Test func `the encoding of a plain service is unchanged`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    func text(_ proxy: Proxy) throws -> String {
      String(decoding: try encoder.encode([proxy]), as: UTF8.self)
    }
    #expect(try text("nginx") == #"["nginx"]"#)
    #expect(try text(.container("edge")) == #"[{"container":"edge"}]"#)
    #expect(try text(.host) == #"[{"host":true}]"#)
  }
}
