import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Foundation
import Testing

@testable import DeployRunner

/// What `bgrun doctor` finds on a host: each rule with a host that has the fault, and a sound one.
@Suite struct HostInspectionTests {
  /// A rule, and what is wrong.
  struct Case: Sendable, CustomTestStringConvertible {
    var rule: String
    var plan = Deploy.standard("shop")
    var mount = SimulatedState.SiteMount.folder
    /// Whether bgrun deployed it before.
    var isDeployed = false
    var change: @Sendable (inout SimulatedState) -> Void = { _ in }
    var testDescription: String { rule }
  }

  static let cases = [
    Case(rule: "engine") { $0.takeEngineAway(for: .seconds(3600)) },
    Case(rule: "version") { $0.versions["compose"] = "2.3.3" },
    Case(rule: "disk") { $0.freeSpace = 200 << 20 },
    Case(rule: "crash-loop") { world in
      world.service("mail") { $0.behavior = .crashingAtBoot() }
      world.run("mail")
      world.crash("mail")
    },
    Case(rule: "clock") { $0.aheadOfTime = .seconds(86_400 * 3650) },
    Case(rule: "project") { $0.removeFile("compose.yaml") },
    Case(rule: "site-file") { $0.makeDirectory("nginx/service.conf") },
    Case(rule: "site-sources") { $0.removeFile("nginx/service_green.conf") },
    Case(rule: "proxy") { $0.stop("nginx-proxy") },
    Case(rule: "site-mount") { $0.mountsSite = false },
    Case(rule: "nginx-rejects") { $0.write("server { listen 80 }\n", to: "nginx/service.conf") },
    Case(rule: "site-in-container", mount: .file) { world in
      let text = world.file("nginx/service.conf") ?? ""
      world.write(text + "# changed by mv\n", to: "nginx/service.conf", by: .rename)
    },
    Case(rule: "sources-loaded") { world in
      world.write(
        "server { listen 80; location / { proxy_pass http://shop-blue:3000; } }\n",
        to: "nginx/service.conf")
      world.nginxFiles["/etc/nginx/nginx.conf"] =
        "events { } http { include /etc/nginx/conf.d/service.conf; include /etc/nginx/old/*.conf; }"
      world.nginxFiles["/etc/nginx/old/blue.conf"] = world.file("nginx/service.conf") ?? ""
      world.reload()
    },
    Case(rule: "other-sites") { world in
      world.nginxFiles["/etc/nginx/nginx.conf"] =
        "events { } http { include /etc/nginx/conf.d/service.conf; include /etc/nginx/more/*.conf; }"
      world.nginxFiles["/etc/nginx/more/admin.conf"] =
        "server { listen 81; location / { proxy_pass http://shop-blue:3000; } }"
      world.reload()
    },
    Case(rule: "active-colour") { world in
      world.run("shop-green")
      world.stop("shop-blue")
    },
    Case(rule: "reload-pending") { world in
      world.write(
        (world.file("nginx/service.conf") ?? "") + "# a comment\n", to: "nginx/service.conf")
    },
    Case(rule: "site-coverage") { world in
      world.service("api-blue") { $0.port = 3000 }
      world.service("api-green") { $0.port = 3000 }
      world.addService(toSite: "api")
    },
    Case(rule: "active-down") { $0.stop("shop-blue") },
    Case(rule: "replicas") { $0.service("shop-blue") { $0.replicas = 2 } },
    Case(rule: "proxy-answer") { $0.behavior(of: "shop-blue", .unhealthy) },
    Case(rule: "nginx-log") {
      $0.log(
        "2026/11/27 12:00:00 [error] 29#29: *7 upstream sent too big header while reading response "
          + "header from upstream, client: 10.0.0.7", of: "nginx-proxy")
    },
    Case(rule: "unhealthy") { world in
      world.service("shop-blue") { $0.healthcheck = .init(interval: .seconds(1), retries: 1) }
      world.remove("shop-blue")
      world.run("shop-blue")
      world.reload()
      world.behavior(of: "shop-blue", .unhealthy(status: 499))
    },
    Case(rule: "both-running") { $0.run("shop-green") },
    Case(rule: "old-workers") { world in
      world.openRequest("a web socket", lasting: nil)
      world.reload()
    },
    Case(rule: "port-taken") { world in
      world.service("other") {
        $0.port = 80
        $0.publishedPort = 3004
      }
      world.run("other")
    },
    Case(rule: "state-folder"),
    Case(rule: "interrupted"),
    Case(rule: "locked"),
    Case(rule: "stale-lock"),
    Case(
      rule: "everyday-up", plan: .standard("shop", environment: ["VERSION": "2.0"]),
      isDeployed: true),
  ]

  private static func host(
    for plan: Deploy, _ mount: SimulatedState.SiteMount = .folder, isDeployed: Bool = false,
    _ change: @Sendable (inout SimulatedState) -> Void = { _ in }
  ) async throws -> SimulatedHost {
    let host = SimulatedHost(for: plan.application, mount: mount)
    if isDeployed { _ = try await Deployer(executor: .mock(host)).run(plan) }
    host.change { change(&$0) }
    // Docker's health check, an old worker's age.
    try await host.clock.sleep(for: .seconds(90))
    return host
  }

  private func inspection(
    of plan: Deploy, on host: SimulatedHost, in folder: TemporaryFolder? = nil
  ) async throws -> Inspection {
    let options = RunOptions(stateFolder: folder?.stateFolder)
    return await Deployer(executor: .mock(host), options: options)
      .inspectHost(of: try plan.graph())
  }

  @Test(arguments: cases) func `each rule finds its fault, and says what to do`(
    _ each: Case
  ) async throws {
    let folder = try TemporaryFolder(inMemory: true)
    let host = try await Self.host(
      for: each.plan, each.mount, isDeployed: each.isDeployed, each.change)
    try prepare(each.rule, folder)
    let found = try await inspection(of: each.plan, on: host, in: folder).findings
    #expect(found.contains { $0.rule == each.rule }, "\(found)")
    #expect(found.allSatisfy { $0.fix != nil }, "\(found)")
    let told = found.map(\.told).joined(separator: "\n")
      .replacing(folder.path, with: "FOLDER")
      .replacing(/\d{4}-\d\d-\d\d[T ][\d:]+Z?/, with: "TIME")
      .replacing(/\d\d:\d\d:\d\d/, with: "TIME").replacing(/\d{8}-\d{6}-[0-9a-f]{4}/, with: "RUN")
      .replacing(/by \w+ on [\w.-]+/, with: "by USER on HOST")
      .replacing(/pid \d+ of \w+/, with: "pid N of USER")
    try expectGolden("Findings.txt", told, "doctor, \(each.rule)")
  }

  /// What is wrong in the state folder.
  private func prepare(_ rule: String, _ folder: TemporaryFolder) throws {
    switch rule {
    case "state-folder": try folder.write("", to: ".bgrun")
    case "locked":
      let state = try StateFolder.prepare(at: folder.stateFolder, application: "shop")
      try state.lock.freeze(reason: "audit")
    case "stale-lock":
      let state = try StateFolder.prepare(at: folder.stateFolder, application: "shop")
      var holder = LockHolder(application: "shop", run: "r")
      holder.process.pid = 4_194_303
      try state.folder.write(DeployLock.holderFile, Array(try JSONEncoder().encode(holder)))
    case "interrupted":
      let state = try StateFolder.prepare(at: folder.stateFolder, application: "shop")
      var header = ExampleJournal.header(RunID())
      header.application = "shop"
      let writer = try state.journal.begin(header)
      try writer.append(.nodeStarted(node: 0, name: "Up"), at: .zero)
      writer.close()
    default: break
    }
  }

  @Test func `every rule has such a case`() {
    #expect(Self.cases.map(\.rule) == Inspection.hostRules.map(\.id))
  }

  @Test(arguments: [SimulatedState.SiteMount.file, .folder], [true, false])
  func `a sound host has no findings`(
    mount: SimulatedState.SiteMount, isDeployed: Bool
  ) async throws {
    let plan = Deploy.standard("shop")
    let folder = try TemporaryFolder(inMemory: true)
    let host = try await Self.host(for: plan, mount, isDeployed: isDeployed)
    let inspection = try await inspection(of: plan, on: host, in: folder)
    #expect(inspection.findings == [])
    #expect(Set(inspection.look.areas) == Set(Inspection.hostRules.map(\.area)))
  }

  @Test func `what runs beside the plan on the machine does not concern it`() async throws {
    let plan = Deploy.standard("shop")
    let host = try await Self.host(for: plan) { world in
      world.service("neighbour") {
        $0.origin = .otherProject("blog")
        $0.behavior = .crashingAtBoot()
      }
      world.run("neighbour")
      world.crash("neighbour")
    }
    #expect(try await inspection(of: plan, on: host).findings == [])
    let all = await Deployer(executor: .mock(host)).inspectEngine()
    #expect(all.findings.map(\.rule) == ["crash-loop"])
  }

  @Test(arguments: [true, false])
  func `a site that the plan generates is sound, too`(isDeployed: Bool) async throws {
    let plan = Deploy.standard("shop", site: .generated(), port: 3000)
    let host = try await Self.host(for: plan, isDeployed: isDeployed)
    #expect(try await inspection(of: plan, on: host).findings == [])
  }

  @Test(arguments: [
    (#"nginx: [emerg] "upstream" directive is not allowed here in /etc/nginx/a.conf:1"#, "http {"),
    (#"2026/11/27 12:00:00 [emerg] 1#1: bind() to 0.0.0.0:80 failed (98: in use)"#, ""),
    (#"nginx: [crit] pread() "/etc/nginx/service.conf" failed (21: Is a directory)"#, ""),
    (#"nginx: [emerg] unexpected "}" in /etc/nginx/service.conf:7"#, ""),
    (#"nginx: [emerg] host not found in upstream "shop-blue:3000" in /etc/nginx/a.conf:2"#, ""),
  ])
  func `a proxy that ended tells why by its log`(line: String, first: String) async throws {
    let plan = Deploy.standard("shop")
    let host = try await Self.host(for: plan) { world in
      world.log(line, of: "nginx-proxy")
      world.stop("nginx-proxy")
    }
    let found = try await inspection(of: plan, on: host).findings
    let cause = try #require(found.first { $0.rule == "nginx-log" }, "\(found)")
    #expect(cause.fix?.isEmpty == false && (cause.lines.first ?? "") == first)
  }

  // MARK: Repairs

  @Test func `a pending reload is made, and then nothing is left to do`() async throws {
    let plan = Deploy.standard("shop")
    let host = try await Self.host(for: plan) { world in
      world.write(
        (world.file("nginx/service.conf") ?? "") + "# a comment\n", to: "nginx/service.conf")
    }
    let graph = try plan.graph()
    let deployer = Deployer(executor: .mock(host))
    let repair = try #require(await deployer.inspectHost(of: graph).findings.first?.repair)
    #expect(repair.preview == ["docker exec shop-nginx-proxy-1 nginx -s reload"])
    try await deployer.perform(repair, for: graph)
    try await host.clock.sleep(for: .seconds(5))
    #expect(await deployer.inspectHost(of: graph).findings == [])
    #expect(host.violations.isEmpty && host.world.outages.isEmpty)
  }

  @Test func `a file for the colour that does not serve is never loaded`() async throws {
    let plan = Deploy.standard("shop")
    let host = try await Self.host(for: plan) { $0.pointFile(at: .green) }
    let found = try await inspection(of: plan, on: host).findings
    #expect(!found.isEmpty && found.allSatisfy { $0.repair == nil }, "\(found)")
  }

  @Test func `a folder in the place of the site file is replaced by the right source`() async throws
  {
    let plan = Deploy.standard("shop")
    let host = try await Self.host(for: plan) { $0.makeDirectory("nginx/service.conf") }
    host.afterEach(.command(containing: "rmdir")) { _ in
      host.change { $0.removeFile("nginx/service.conf") }
    }
    let deployer = Deployer(executor: .mock(host))
    let found = await deployer.inspectHost(of: try plan.graph()).findings
    let repair = try #require(found.first { $0.rule == "site-file" }?.repair)
    #expect(
      repair.preview == [
        "rmdir nginx/service.conf", "cp nginx/service_blue.conf nginx/service.conf",
      ])
    try await deployer.perform(repair, for: try plan.graph())
    #expect(host.fileColor == .blue)
  }

  @Test func `a line is added to a file, and no repair is made during a deploy`() async throws {
    let plan = Deploy.standard("shop")
    let folder = try TemporaryFolder(inMemory: true)
    let host = try await Self.host(for: plan) { $0.write("a", to: ".gitignore") }
    let deployer = Deployer.onRecord(host, folder)
    try await deployer.perform(.append("/b", to: ".gitignore"), for: try plan.graph())
    #expect(host.change { $0.file(".gitignore") } == "a\n/b\n")
    let state = try StateFolder.prepare(at: folder.stateFolder, application: "shop")
    let lock = try state.lock.acquire(LockHolder(application: "shop", run: "r"))
    defer { lock.release() }
    await #expect(throws: LockError.self) {
      try await deployer.perform(.append("/c", to: ".gitignore"), for: try plan.graph())
    }
  }

  @Test func `without a plan the engine is looked at`() async throws {
    let host = try await Self.host(for: Deploy.standard("shop")) { $0.fillDisk() }
    let inspection = await Deployer(executor: .mock(host)).inspectEngine()
    #expect(inspection.findings.map(\.rule) == ["disk"])
    #expect(inspection.look.areas.contains("versions"))
  }
}
