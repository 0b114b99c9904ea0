import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// What `bgrun check` finds in a project: each rule with a project that has the fault, and a sound one.
@Suite struct ProjectInspectionTests {
  /// A rule, a plan, and what is wrong.
  struct Case: Sendable, CustomTestStringConvertible {
    var rule: String
    var plan = Deploy.standard("shop")
    /// Whose project it is.
    var project = Deploy.standard("shop")
    var change: @Sendable (inout SimulatedState) -> Void = { _ in }
    var testDescription: String { rule }
  }

  private static let onHost = behind(.host)

  private static func behind(_ proxy: Proxy) -> Deploy {
    .standard("shop", proxy: proxy, stops: false)
  }

  static let cases = [
    Case(rule: "compose-file") { $0.removeFile("compose.yaml") },
    Case(
      rule: "service",
      plan: Deploy("shop", blue: "shop-blu") {
        DetectActive()
        Up(.target)
        Health()
        SwapNginx()
        Reload()
      }),
    Case(
      rule: "build",
      plan: Deploy("shop") {
        DetectActive()
        Up(.target, build: true)
        Health()
        SwapNginx()
        Reload()
      }
    ) { $0.service("shop-blue") { $0.hasBuild = true } },
    Case(rule: "published-port") { $0.service("shop-green") { $0.publishedPort = 3003 } },
    Case(rule: "host-port", plan: onHost, project: onHost) {
      $0.service("shop-green") { $0.publishedPort = nil }
    },
    Case(rule: "container-name") { world in
      for name in ["shop-blue", "shop-green"] {
        world.service(name) { $0.containerName = "shop" }
      }
    },
    Case(rule: "network") { $0.separate("shop-green") },
    Case(rule: "depends-on") { $0.service("nginx-proxy") { $0.dependsOn = ["shop-blue"] } },
    Case(rule: "fixed-name") { $0.service("nginx-proxy") { $0.described.peers = ["shop-blue"] } },
    Case(rule: "site-file") { $0.makeDirectory("nginx/service.conf") },
    Case(rule: "site-sources") { $0.removeFile("nginx/service_green.conf") },
    Case(rule: "site-colour") {
      $0.write(
        "server { listen 80; location / { proxy_pass http://shop-blue:3000; } }\n",
        to: "nginx/service_green.conf")
    },
    Case(rule: "site-mount") { $0.mountsSite = false },
    Case(rule: "mounted-file") { $0.mount = .file },
    Case(rule: "sources-loaded") { $0.removeFile("nginx.conf") },
    Case(rule: "site-coverage") { $0.addService(toSite: "api") },
    Case(rule: "health-patience") { world in
      world.service("shop-green") { $0.healthcheck = .init(interval: .seconds(30), retries: 10) }
    },
    Case(rule: "health-port") { $0.hidePorts() },
    Case(rule: "restart") { $0.service("shop-blue") { $0.restart = .no } },
    Case(rule: "stop-grace") { $0.service("shop-blue") { $0.stopGracePeriod = .seconds(2) } },
    Case(rule: "shared-database") { world in
      for name in ["shop-blue", "shop-green"] {
        world.service(name) { $0.volumes = ["/var/lib/postgresql/data": "data"] }
      }
    },
    Case(rule: "latest") { $0.service("shop-green") { $0.image = "shop:latest" } },
    Case(rule: "everyday-up", plan: .standard("shop", environment: ["VERSION": "2.0"])),
    Case(
      rule: "secret",
      plan: .standard("shop", environment: ["KEY": Secret("BGRUN_TEST_UNSET_SECRET")])),
    Case(rule: "tracked-site"),
  ]

  private static func host(
    for plan: Deploy, _ change: (inout SimulatedState) -> Void = { _ in }
  ) -> SimulatedHost {
    SimulatedHost(for: plan.application, mount: .folder) { world in
      world.write("http { include /etc/nginx/conf.d/service.conf; }\n", to: "nginx.conf")
      world.mounts.append(
        .init(source: "\(world.folder)/nginx.conf", destination: "/etc/nginx/nginx.conf"))
      change(&world)
    }
  }

  private func inspection(of plan: Deploy, on host: SimulatedHost) async throws -> Inspection {
    await Deployer(executor: .mock(host)).inspectProject(of: try plan.graph())
  }

  @Test(arguments: cases) func `each rule finds its fault, and says what to do`(
    _ each: Case
  ) async throws {
    let host = Self.host(for: each.project, each.change)
    if each.rule == "tracked-site" {
      host.respond(
        to: "git", "ls-files",
        with: CommandResult(status: 0, output: "nginx/service.conf\n"))
    }
    let found = try await inspection(of: each.plan, on: host).findings
    #expect(found.contains { $0.rule == each.rule }, "\(found)")
    #expect(found.allSatisfy { $0.fix != nil && $0.application == "shop" }, "\(found)")
    try expectGolden(
      "Findings.txt", found.map(\.told).joined(separator: "\n"), "check, \(each.rule)")
  }

  @Test func `every rule has such a case`() {
    #expect(Self.cases.map(\.rule) == Inspection.projectRules.map(\.id))
  }

  @Test func `a sound project has no findings, and all of it was looked at`() async throws {
    for plan in [
      Deploy.standard("shop"), .standard("shop", after: { Record("VERSION") }),
    ] where (try? plan.graph()) != nil {
      let inspection = try await inspection(of: plan, on: Self.host(for: plan))
      #expect(inspection.findings == [])
      #expect(Set(inspection.look.areas) == Set(Inspection.projectRules.map(\.area)))
      #expect(inspection.look.files == ["compose.yaml"])
    }
  }

  @Test func `a site file that is rewritten in place is sound, too`() async throws {
    let plan = Deploy.standard("shop")
    let host = Self.host(for: plan) { $0.removeSiteSources() }
    #expect(try await inspection(of: plan, on: host).findings == [])
  }

  @Test func `a container in the host's network is led to the ports of this machine`() async throws
  {
    let plan = Self.behind(.container("edge"))
    #expect(try await inspection(of: plan, on: Self.host(for: Self.onHost)).findings == [])
  }

  @Test func `a site that the plan generates is sound before and after its first deploy`()
    async throws
  {
    let plan = Deploy.standard("shop", site: .generated(), port: 3000)
    for isWritten in [true, false] {
      let host = Self.host(for: plan) { world in
        if !isWritten { world.removeFile(plan.application.site.file) }
      }
      #expect(try await inspection(of: plan, on: host).findings == [])
    }
  }

  @Test func `a file that the plan would overwrite is found`() async throws {
    let plan = Deploy.standard("shop", site: .generated(), port: 3000)
    let host = Self.host(for: plan) { world in
      world.write("server { listen 80; }\n", to: plan.application.site.file)
    }
    #expect(try await inspection(of: plan, on: host).findings.map(\.rule) == ["site-colour"])
  }

  @Test func `with the value recorded an everyday up is no fault`() async throws {
    let plan = Deploy.standard(
      "shop", environment: ["VERSION": "2.0"], after: { Record("VERSION") })
    #expect(try await inspection(of: plan, on: Self.host(for: plan)).findings == [])
  }

  @Test func `an ignored site file may be in git for a start`() async throws {
    let plan = Deploy.standard("shop")
    let host = Self.host(for: plan)
    for command in ["ls-files", "check-ignore"] {
      host.respond(
        to: "git", command, with: CommandResult(status: 0, output: "nginx/service.conf\n"))
    }
    #expect(try await inspection(of: plan, on: host).findings == [])
  }

  @Test func `without docker the project was not looked at`() async throws {
    let plan = Deploy.standard("shop")
    let host = Self.host(for: plan)
    host.fail(
      .command(containing: "docker", "compose", "version"),
      .throwing(.cannotStart(program: "docker", reason: "not found in PATH")))
    let inspection = try await inspection(of: plan, on: host)
    #expect(inspection.findings == [] && inspection.look.areas == [])
    #expect(inspection.look.obstacle?.contains("docker cannot be started") == true)
  }

  @Test func `places are the lines of the Compose files`() async throws {
    let plan = Deploy.standard("shop")
    let host = Self.host(for: plan) { world in
      world.write(
        """
        name: shop
        services:
          # shop-green:
          shop-blue:
            image: shop
          "shop-green":
            image: shop
            ports:
              - 127.0.0.1:3003:3000
        """, to: "compose.yaml")
      world.write("services:\n  shop-blue:\n    restart: 'no'\n", to: "compose.override.yaml")
    }
    let context = ActionContext.looking(at: plan.application, by: .mock(host))
    let text = await ComposeText(of: plan.application, in: context)
    #expect(text.paths == ["compose.yaml", "compose.override.yaml"])
    #expect(text.place(of: "shop-blue") == .init("compose.yaml", line: 4, column: 3))
    #expect(text.place(of: "shop-green", "ports") == .init("compose.yaml", line: 8, column: 5))
    #expect(
      text.place(of: "shop-blue", "restart")
        == .init("compose.override.yaml", line: 3, column: 5))
    #expect(text.place(of: "shop-red") == .init("compose.yaml"))
  }
}

extension Finding {
  /// All that a person is told.
  var told: String {
    let place = place.map { place -> String in
      let file = place.file.split(separator: "/").last.map(String.init) ?? ""
      // The lines of this file change.
      return file.hasSuffix(".swift")
        ? "plan: " : file + (place.line.map { ":\($0)" } ?? "") + ": "
    }
    let parts =
      ["\(place ?? "")\(severity): \(what) [\(rule)]"]
      + [why.map { "  why: \($0)" }].compactMap(\.self)
      + [fix.map { "  fix: \($0)" }].compactMap(\.self) + lines.map { "      \($0)" }
      + details.map { "  | \($0)" }
      + (repair.map { ["  --fix: \($0.preview.joined(separator: " && "))"] } ?? [])
    return parts.joined(separator: "\n")
  }
}

extension SimulatedState {
  /// Takes the colours' ports out of everything that says them.
  mutating func hidePorts() {
    for color in Color.allCases {
      service("shop-\(color)") { ($0.port, $0.publishedPort) = (nil, nil) }
      let source = "nginx/service_\(color).conf"
      write((file(source) ?? "").replacing(":3000", with: ""), to: source)
    }
    write(file("nginx/service_blue.conf") ?? "", to: "nginx/service.conf")
    reload()
  }
}
