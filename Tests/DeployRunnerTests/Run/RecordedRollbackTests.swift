import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// The file that Compose reads names the version that is live, whatever happened: an everyday
/// `docker compose up -d` changes nothing.
@Suite struct RecordedRollbackTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func plan(
    _ version: String, fails: (any Step)? = nil, before: (any Step)? = nil
  ) -> Deploy {
    .standard(
      "shop", health: "/up", environment: ["VERSION": version],
      gate: Health(retries: 3, every: 1),
      after: {
        Record("VERSION")
        if let before { before }
        if let fails { fails }
      })
  }

  private func host(image: String = "shop:${VERSION:-1.0}", file: String = "VERSION=1.0\n")
    -> SimulatedHost
  {
    SimulatedHost(for: Self.plan("1.0")) { world in
      world.write(file, to: ".env")
      for service in ["shop-blue", "shop-green"] { world.service(service) { $0.image = image } }
    }
  }

  private func run(_ graph: StepGraph, on host: SimulatedHost) async -> RunReport {
    await Deployer.onRecord(host, folder).start(graph) { _ in }.report()
  }

  private func rollback(of plan: Deploy, on host: SimulatedHost) async throws -> RunReport {
    await run(try Deployer.rollback(of: plan.graph()), on: host)
  }

  /// Runs `docker compose up -d` and expects the live container to stay as it is.
  private func expectNoChange(
    _ host: SimulatedHost, _ service: String,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    func ids() -> [String] {
      host.world.containers.filter { $0.service.name == service }.map(\.id)
    }
    let before = ids()
    host.change { $0.composeUp() }
    #expect(
      ids() == before && host.world.outages.isEmpty && host.isRunning(service),
      sourceLocation: sourceLocation)
    // The other colour, which it may have started, is not what is looked at.
    let other = service == "shop-blue" ? "shop-green" : "shop-blue"
    host.change { $0.stop(other) }
  }

  @Test func `rollback and rollback again write the value of the version that is live`()
    async throws
  {
    let (host, plan) = (host(), Self.plan("2.0"))
    #expect(await run(try plan.graph(), on: host).outcome == .succeeded)
    #expect(host.world.file(".env") == "VERSION=2.0\n")
    for (version, service) in [("1.0", "shop-blue"), ("2.0", "shop-green"), ("1.0", "shop-blue")] {
      let report = try await rollback(of: plan, on: host)
      #expect(report.outcome == .succeeded && report.warnings.isEmpty, "\(report)")
      #expect(host.world.file(".env") == "VERSION=\(version)\n")
      let status = try await Deployer(executor: .mock(host))
        .status(of: try plan.graph().applicationAlone)
      #expect(!status.nextUp.contains { $0.change == .recreate })
      #expect(host.serving.map { "shop-\($0)" } == service)
    }
    expectNoChange(host, "shop-blue")
  }

  @Test func `a value that the image does not show comes from the journals`() async throws {
    // Compose compares settings, the simulated one the image: both tags are one word of it.
    let host = host(image: "shop:v${VERSION:-1.0}-full")
    for version in ["2.0", "3.0"] {
      #expect(await run(try Self.plan(version).graph(), on: host).outcome == .succeeded)
    }
    // Somebody else's line does not matter.
    host.change { $0.write("A=longer than before\nVERSION=3.0\n", to: ".env") }
    let report = try await rollback(of: Self.plan("3.0"), on: host)
    #expect(report.outcome == .succeeded && report.warnings.isEmpty, "\(report)")
    #expect(host.world.file(".env") == "A=longer than before\nVERSION=2.0\n")
    expectNoChange(host, "shop-green")
  }

  @Test func `an unknown value is named with its file and line, and nothing is written`()
    async throws
  {
    let host = host(image: "shop:v${VERSION:-1.0}-full", file: "# shop\nVERSION=2.0\n")
    // The old container was started when the file said 1.0, which no journal knows.
    let plan = Self.plan("2.0")
    #expect(await run(try plan.graph(), on: host).outcome == .succeeded)
    let report = try await rollback(of: plan, on: host)
    try expectGolden("Record.txt", report.told(on: host))
    #expect(host.world.file(".env") == "# shop\nVERSION=2.0\n")
  }

  @Test func `a rollback to the image of a run starts it with its values, under its name`()
    async throws
  {
    let host = host()
    for version in ["2.0", "3.0"] {
      #expect(await run(try Self.plan(version).graph(), on: host).outcome == .succeeded)
    }
    let graph = try Self.plan("3.0").graph()
    let runner = Deployer.onRecord(host, folder)
    let versions = try await runner.earlierVersions(of: graph)
    #expect(versions.map(\.version.name) == ["3.0", "2.0", "1.0"])
    #expect(versions.map(\.runs.count) == [1, 1, 0])
    let first = try #require(versions.last)
    #expect(first.isNamed("1.0") && first.isNamed(first.key) && !first.isNamed("20"))
    guard case .image(let image) = first.way else { return #expect(Bool(false), "\(first.way)") }
    let pinned = try await runner.pinned(image, of: first, in: graph)
    #expect(pinned.values == ["VERSION": "1.0"])
    let report = await run(try Deployer.rollback(of: graph, to: pinned), on: host)
    #expect(report.outcome == .succeeded && report.warnings.isEmpty, "\(report)")
    #expect(host.world.file(".env") == "VERSION=1.0\n")
    #expect(host.commands.contains { $0.contains("up --detach --no-deps --pull never shop-green") })
    expectNoChange(host, "shop-green")
  }

  @Test(arguments: [true, false])
  func `workers that run the application's image go back with it`(shared: Bool) async throws {
    func plan(_ version: String) -> Deploy {
      .standard(
        "shop", workers: ["jobs"], health: "/up", environment: ["VERSION": version],
        after: { Record("VERSION") })
    }
    let host = SimulatedHost(for: plan("1.0")) { world in
      world.write("VERSION=1.0\n", to: ".env")
      for color in Color.allCases {
        world.service("shop-\(color)") { $0.image = "shop:${VERSION:-1.0}" }
        world.service("jobs-\(color)") {
          $0.image = shared ? "shop:${VERSION:-1.0}" : "jobs:${VERSION:-1.0}"
        }
      }
    }
    for version in ["2.0", "3.0"] {
      #expect(await run(try plan(version).graph(), on: host).outcome == .succeeded)
    }
    let (graph, runner) = (try plan("3.0").graph(), Deployer.onRecord(host, folder))
    let first = try #require(try await runner.earlierVersions(of: graph).last)
    switch first.way {
    case .image(let image) where shared:
      let pinned = try await runner.pinned(image, of: first, in: graph)
      let report = await run(try Deployer.rollback(of: graph, to: pinned), on: host)
      #expect(report.outcome == .succeeded && report.warnings.isEmpty, "\(report)")
      let images = host.world.containers.filter { host.isRunning($0.service.name) }
        .filter { $0.service.name.hasSuffix("green") }.map(\.service.image)
      #expect(images.count == 2 && Set(images).count == 1, "\(images)")
      expectNoChange(host, "shop-green")
    case .none(let reason) where !shared:
      #expect(reason == "the image of its worker jobs-green is not recorded")
    default: Issue.record("\(first.way)")
    }
  }

  @Test func `while the new version stays live, the file names it`() async throws {
    let host = host()
    let plan = Self.plan(
      "2.0", fails: Meddle(host: host) { $0.behavior(of: "shop-blue", .unhealthy) })
    let report = await run(try plan.graph(), on: host)
    #expect(report.outcome == .rollbackFailed && report.serving == .green, "\(report)")
    #expect(host.world.file(".env") == "VERSION=2.0\n")
    // Once the previous version is healthy again, the rollback does the rest.
    host.change { $0.behavior(of: "shop-blue", .healthy) }
    let undone = await Deployer.onRecord(host, folder) { $0.resume = .undo }
      .start(try plan.graph()) { _ in }.report()
    #expect(undone.outcome == .undone && host.serving == .blue, "\(undone)")
    #expect(host.world.file(".env") == "VERSION=1.0\n")
    expectNoChange(host, "shop-blue")
  }

  @Test(arguments: ["VERSION=1.0\n", "B=1", ""])
  func `another run's line in the file does not prevent the undo`(file: String) async throws {
    let host = host(file: file)
    let meddle = Meddle(host: host, fails: false) { world in
      world.write("OTHER=longer\n" + (world.file(".env") ?? ""), to: ".env")
    }
    let report = await run(
      try Self.plan("2.0", fails: Run("fail"), before: meddle).graph(), on: host)
    #expect(report.outcome == .succeeded)
    host.fail(.command(containing: "fail"))
    let again = await run(
      try Self.plan("3.0", fails: Run("fail"), before: meddle).graph(), on: host)
    #expect(again.outcome == .rolledBack, "\(again)")
    #expect(
      EnvironmentFile(bytes: Array((host.world.file(".env") ?? "").utf8)).value(of: "VERSION")
        == "2.0")
  }

  @Test func `a version that is deployed again uses up the way back, which is said`() async throws {
    let (host, plan) = (host(), Self.plan("2.0"))
    #expect(await run(try plan.graph(), on: host).warnings.isEmpty)
    let notes = Collected<String>()
    let report = await Deployer.onRecord(host, folder).start(try plan.graph()) { event in
      if case .note(let text) = event.kind { notes.add(text) }
    }.report()
    try expectGolden(
      "Rollback.txt",
      (notes.all.filter { $0.contains("again") } + [report.told(on: host)])
        .joined(separator: "\n"))
    // Once is enough.
    #expect(await run(try plan.graph(), on: host).warnings.isEmpty)
  }

  @Test func `a plan whose port nobody says is rejected before anything starts`() async throws {
    let plan = Deploy.standard("shop", health: "/up")
    let host = SimulatedHost(for: plan) { $0.hidePorts() }
    try await expectEnd("Causes", of: plan, on: host)
    #expect(!host.commands.contains { $0.contains(" up ") })
    // With a health check of the image, it need not be known.
    host.change { world in
      for service in ["shop-blue", "shop-green"] {
        world.service(service) { $0.healthcheck = .init() }
      }
    }
    #expect(try await plan.rehearse(on: host).report.outcome == .succeeded)
  }
}
