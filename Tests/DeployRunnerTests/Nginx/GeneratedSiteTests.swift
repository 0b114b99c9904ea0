import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

@Suite("Generated sites")
struct GeneratedSiteTests {
  static let sites: [(name: String, site: Site)] = [
    ("defaults", .generated()),
    (
      "TLS with everything",
      .generated(
        serverName: "shop.example.com www.example.com",
        tls: Site.TLS(certificate: "/etc/nginx/shop.pem", key: "/etc/nginx/shop.key"),
        redirectHTTP: true, headers: ["Strict-Transport-Security": "max-age=31536000"],
        webSockets: true, timeout: 300, bodySize: "50m", oauthBuffers: true,
        routes: ["/", Site.Route("/api/", port: 4000, timeout: 5, lines: ["proxy_buffering off"])],
        lines: ["access_log off"])
    ),
  ]

  @Test(arguments: sites.indices)
  func `the text is what nginx needs`(index: Int) throws {
    let (name, site) = Self.sites[index]
    let generated = try #require(site.generated)
    try expectGolden(
      "GeneratedSite.txt", generated.text(for: "shop", port: 3000) { "shop-green:\($0)" }, name)
  }

  @Test(arguments: [
    Site.generated(serverName: "a; return 200"), .generated(serverName: "a\nb"),
    .generated(headers: ["X": "a\"; b"]), .generated(headers: ["X y": "a"]),
    .generated(bodySize: "1m; x"), .generated(routes: ["/ { }"]), .generated(routes: ["api"]),
    .generated(routes: []), .generated(routes: ["/", "/"]), .generated(lines: ["a;"]),
    .generated(lines: ["a {"]), .generated(lines: ["a\nb"]), .generated(lines: ["a # b"]),
    .generated(tls: Site.TLS(certificate: "/a b", key: "/k")), .generated(redirectHTTP: true),
    .generated(listen: 0), .generated(timeout: 0),
    .generated(routes: [Site.Route("/", lines: ["}"])]),
  ])
  func `no value can end a directive or a block`(site: Site) {
    #expect(throws: PlanError.self) { try Self.plan(site).graph() }
  }

  private static func plan(_ site: Site, then: [any Step] = []) -> Deploy {
    Deploy("app", site: site, port: 3000) {
      DetectActive()
      Up(.target)
      Health(retries: 5, every: 1)
      SwapNginx()
      Reload()
      for step in then { step }
      Stop(.previous)
    }
  }

  @Test func `a deploy writes the text for the target, and a failure restores the old one`()
    async throws
  {
    let plan = Self.plan(.generated(serverName: "app.example.com", bodySize: "5m"))
    let run = try await plan.rehearse()
    #expect(run.outcome == .succeeded && run.report.serving == .green, "\(run.report)")
    let failing = Self.plan(.generated(), then: [Run("fail")])
    let host = SimulatedHost(for: failing)
    host.fail(.command(containing: "fail"))
    let failed = try await failing.rehearse(on: host)
    #expect(failed.outcome == .rolledBack && failed.report.serving == .blue, "\(failed.report)")
  }
}
