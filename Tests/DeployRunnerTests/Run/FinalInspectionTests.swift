import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// A run says only what it has seen at its end, also where every step succeeded.
@Suite struct FinalInspectionTests {
  typealias Change = @Sendable (inout SimulatedState) -> Void

  private let application = Deploy("app") { DetectActive() }.application

  /// The usual plan, in which another process changes something at a place.
  private func plan(
    _ host: SimulatedHost, at place: String = "", _ change: @escaping Change = { _ in }
  ) -> Deploy {
    let meddle = Meddle(host: host, fails: false, change: change)
    return .standard(port: 3000, health: "/api/health", stops: false) {
    } written: {
      if place == "before Reload" { meddle }
    } after: {
      if place == "before Stop" { meddle }
      Stop(.previous)
      if place == "at the end" { meddle }
    }
  }

  private static let accidents: [(String, place: String, Change)] = [
    ("the target dies", "during Stop", { $0.stop("app-green") }),
    (
      "the target dies, and the previous version is ill", "during Stop",
      { world in
        world.stop("app-green")
        world.behavior(of: "app-blue", .unhealthy(status: 500))
      }
    ),
    (
      "the target is restarted", "during Stop",
      { world in
        world.restart("app-green")
        world.run("app-green")
      }
    ),
    (
      "the target answers badly", "during Stop",
      { $0.behavior(of: "app-green", .unhealthy(status: 500)) }
    ),
    ("the proxy stops", "before Stop", { $0.stop("nginx-proxy") }),
    ("the proxy stops", "at the end", { $0.stop("nginx-proxy") }),
    ("the proxy stops", "during Stop", { $0.stop("nginx-proxy") }),
    ("the proxy is paused", "before Stop", { $0.pause("nginx-proxy") }),
    ("the proxy is paused", "at the end", { $0.pause("nginx-proxy") }),
    ("the proxy is paused", "during Stop", { $0.pause("nginx-proxy") }),
    ("the site file is changed", "before Reload", { $0.pointFile(at: .blue) }),
    (
      "the site file is emptied", "before Reload",
      { $0.write("# nothing\n", to: "nginx/service.conf") }
    ),
    ("the site file is changed", "at the end", { $0.pointFile(at: .blue) }),
    (
      "the site file is changed and loaded", "at the end",
      { world in
        world.pointFile(at: .blue)
        world.reload()
      }
    ),
  ]

  @Test(arguments: accidents.indices)
  func `what has changed by the end of a run is no success`(index: Int) async throws {
    let (name, place, change) = Self.accidents[index]
    let host = SimulatedHost(for: application)
    if place == "during Stop" {
      host.fail(.command(containing: "docker stop"), .meanwhile(change))
    }
    try await expectEnd(
      "FinalInspection", of: plan(host, at: place, change), on: host, RunOptions(),
      "\(name) \(place)")
  }

  @Test func `one bad answer at the end is tolerated`() async throws {
    let host = SimulatedHost(for: application)
    host.fail(
      .command(containing: "docker stop"),
      .meanwhile { $0.behavior(of: "app-green", .unhealthy(status: 500)) })
    host.afterEach { run in
      guard run.description.contains("GET "), run.number > 20 else { return }
      host.change { $0.behavior(of: "app-green", .healthy) }
    }
    try await expectEnd("FinalInspection", of: plan(host), on: host)
  }

  @Test func `what nginx has loaded is unknown if the file was changed after a manual reload`()
    async throws
  {
    let host = SimulatedHost(for: application)
    let plan = Deploy.standard(
      port: 3000, health: "/api/health", stops: false,
      after: {
        Meddle(host: host, fails: false) { world in
          world.pointFile(at: .blue)
          world.reload()
        }
        Wait(30)
        Meddle(host: host, fails: false) { $0.pointFile(at: .green) }
      })
    try await expectEnd("FinalInspection", of: plan, on: host)
  }

  @Test func `a run that switches nothing does not say that a dead version serves`() async throws {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Run("backup")
      Meddle(host: host, fails: false) { $0.stop("app-blue") }
    }
    try await expectEnd("FinalInspection", of: plan, on: host)
  }

  @Test func `what cannot be inspected changes nothing`() async throws {
    let host = SimulatedHost(for: application)
    host.afterEach(.command(containing: "docker stop")) { _ in
      host.fail(
        .command(containing: "docker"), .failing(errors: "Cannot connect to the Docker daemon"))
    }
    try await expectEnd("FinalInspection", of: plan(host), on: host)
  }

  @Test func `accidents are rehearsed, and no report denies them`() async throws {
    let plan = plan(SimulatedHost(for: application))
    let count = try await plan.rehearseEveryFault(of: RehearsedFault.accidents) { rehearsal in
      let (report, serving) = (rehearsal.report, rehearsal.host.serving)
      let said = "\(Rehearsal.circumstances ?? ""): \(report)"
      #expect(report.serving == nil || report.serving == serving, "\(said)")
      #expect(report.exitCode != 0 || serving == .green, "\(said)")
    }
    #expect(count >= 16)
  }
}
