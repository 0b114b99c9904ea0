import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

@Suite("ActiveColorResolver")
struct ActiveColorResolverTests {
  private static let application = Deploy("app") { DetectActive() }.application
  private static let neither =
    "nginx/service.conf names neither app-blue nor app-green alone, "
  private static let stale = """
     but it was changed after nginx had loaded its configuration, so the proxy may still serve \

    """

  private func verdict(_ color: Color?, _ isStale: Bool, _ running: Set<Color>)
    -> Result<Color, DeployError>
  {
    ActiveColorResolver(
      application: Self.application, fileColor: color, isStale: isStale, running: running
    ).verdict
  }

  @Test(
    arguments: [
      (.blue, false, [.blue]), (.green, false, [.green]), (.blue, false, [.blue, .green]),
      (.green, false, [.blue, .green]),
      // Nothing runs: there is nothing that could serve anything else.
      (.blue, false, []), (.green, true, []),
      // Changed since, but the other colour is not there to be served.
      (.blue, true, [.blue]),
    ] as [(Color, Bool, Set<Color>)])
  func `the site file's colour serves where nothing speaks against it`(
    color: Color, isStale: Bool, running: Set<Color>
  ) {
    #expect(verdict(color, isStale, running) == .success(color))
  }

  @Test(
    arguments: [
      (nil, false, [], neither + "neither service is running"),
      (nil, false, [.blue], neither + "only app-blue is running"),
      (nil, true, [.blue, .green], neither + "both services are running"),
      (.blue, false, [.green], "nginx/service.conf says blue, but only app-green is running"),
      (.green, false, [.blue], "nginx/service.conf says green, but only app-blue is running"),
      (
        .blue, true, [.blue, .green],
        "nginx/service.conf says blue," + stale + "green; both services are running"
      ),
      (
        .green, true, [.blue],
        "nginx/service.conf says green," + stale + "blue; only app-blue is running"
      ),
    ] as [(Color?, Bool, Set<Color>, String)])
  func `a disagreement says what each witness said and how to resolve it`(
    color: Color?, isStale: Bool, running: Set<Color>, text: String
  ) {
    let colors = running.count == 1 ? Array(running) : Color.allCases
    let choice = colors.map { "`bgrun deploy PLAN --active \($0)`" }.joined(separator: " or ")
    let failure = DeployError(
      .disagreement, "the active colour is ambiguous: " + text,
      fix: "check which version the proxy serves, then: \(choice)")
    #expect(verdict(color, isStale, running) == .failure(failure))
  }

  @Test func `a person's word against what serves is told, and is no outage`() async throws {
    let plan = Deploy("app") { DetectActive() }
    let host = SimulatedHost(for: plan) { $0.run("app-green") }
    try await host.clock.sleep(for: .seconds(5))
    let report = try await Deployer(
      executor: .mock(host), options: RunOptions(active: .green)
    ).run(plan)
    #expect(report.warnings == ["using --active green, although blue is active"])
  }

  @Test func `a stated colour that does not run is refused while the proxy answers`() async throws {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
    }
    let host = SimulatedHost(for: plan)
    let options = RunOptions(active: .green)
    let report = try await Deployer(executor: .mock(host), options: options).run(plan)
    #expect(report.failure?.code == .disagreement)
    #expect(
      report.failure?.message
        == "app-green is not running, and the proxy answers (HTTP 200): so blue is active, not green"
    )
    #expect(host.operations.allSatisfy { $0.operation.effect != .change })
    // During an outage the word counts.
    host.change { $0.stop("app-blue") }
    #expect(
      try await Deployer(executor: .mock(host), options: options).run(plan).outcome == .succeeded)
  }
}
