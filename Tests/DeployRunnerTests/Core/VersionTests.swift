import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

@Suite("Version")
struct VersionTests {
  @Test(arguments: [
    ("grafana/grafana:12.4", nil, "12.4"),
    ("registry:5000/team/app:v2@sha256:0123456789", nil, "v2"),
    ("registry:5000/team/app", nil, "latest"),
    ("registry:5000/team/app", "sha256:a1b2c3d4e5f6", "latest a1b2c3d"),
    ("app:latest", "sha256:a1b2c3d4e5f6", "latest a1b2c3d"),
    ("app@sha256:0123456789ab", nil, "0123456"),
    ("sha256:0123456789ab", nil, "0123456"),
  ])
  func `a version is its tag, or what its digest begins with`(
    image: String, id: String?, text: String
  ) {
    #expect(Version(image: image, id: id).text == text)
  }

  @Test(arguments: [
    (Version(image: "app:12.3", id: "sha256:aaaaaaaaa"), Version(image: "app:12.4"), "12.3 → 12.4"),
    (Version(image: "app:12.4", id: "sha256:aaaaaaaaa"), Version(image: "app:12.4"), "12.4"),
    (Version(image: "app", id: "sha256:aaaaaaaaa"), Version(image: "app"), "latest"),
    (
      Version(image: "app", id: "sha256:aaaaaaaaa"), Version(image: "app", id: "sha256:bbbbbbbbb"),
      "latest aaaaaaa → latest bbbbbbb"
    ),
    (
      Version(image: "app:12.4", id: "sha256:aaaaaaaaa"),
      Version(image: "app:12.4", id: "sha256:aaaaaaaaa"), "12.4 (same image)"
    ),
    (
      Version(image: "app", id: "sha256:aaaaaaaaa", label: "1.2"),
      Version(image: "app", id: "sha256:bbbbbbbbb", label: "1.3"), "latest 1.2 → latest 1.3"
    ),
    (
      // A label that both have from their base image distinguishes nothing.
      Version(image: "app", id: "sha256:aaaaaaaaa", label: "22.04", revision: "1111111222"),
      Version(image: "app", id: "sha256:bbbbbbbbb", label: "22.04", revision: "3333333444"),
      "latest 1111111 → latest 3333333"
    ),
    (Version(image: "one/app:1"), Version(image: "two/app:1"), "one/app:1 → two/app:1"),
  ])
  func `a change shows what distinguishes the two, and claims nothing unseen`(
    from: Version, to: Version, text: String
  ) {
    #expect(VersionChange(from: from, to: to).text == text)
  }

  @Test func `a run tells its versions first and last, and history keeps them`() async throws {
    let plan = Deploy("app", environment: ["VERSION": "2.0"]) {
      DetectActive()
      Up(.target)
      Health(retries: 5, every: 1)
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let run = try await plan.rehearse()
    let seen = run.events.compactMap { event -> String? in
      if case .versions(let change) = event.kind { change.text } else { nil }
    }
    #expect(seen == ["1.0 → 2.0", "1.0 → 2.0"])
    #expect(run.report.versions?.text == "1.0 → 2.0")
    #expect(run.report.versions?.to?.id != nil && run.report.versions?.from?.id != nil)
  }

  @Test func `a rollback names the version that it starts again`() async throws {
    let plan = Deploy("app", environment: ["VERSION": "2.0"]) {
      DetectActive()
      Up(.target)
      Health(retries: 5, every: 1)
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let host = try await plan.rehearse().host
    let back = try await Deployer(executor: .mock(host)).start(Deployer.rollback(of: plan.graph()))
      .report()
    #expect(back.versions?.text == "2.0 → 1.0")
  }
}

/// The versions that can be rolled back to, on a simulated host.
@Suite("Earlier versions on a simulated host")
struct EarlierVersionTests {
  private func plan(_ version: String) -> Deploy {
    Deploy("app", environment: ["VERSION": version]) {
      DetectActive()
      Up(.target)
      Health(retries: 5, every: 1)
      SwapNginx()
      Reload()
      Stop(.previous)
    }
  }

  @Test func `each version is listed with its way back, and a run chooses one`() async throws {
    let (host, folder) = (SimulatedHost(for: plan("1").application), try TemporaryFolder())
    let deployer = Deployer.onRecord(host, folder)
    for version in ["2.0", "3.0", "4.0"] { #expect(try await deployer.run(plan(version)).isDone) }
    let graph = try plan("4.0").graph()
    func ways() async throws -> [String] {
      try await deployer.earlierVersions(of: graph).map { "\($0.version.name) \($0.way)" }
        .map { String($0.prefix { $0 != "(" }) }
    }
    #expect(try await ways() == ["4.0 live", "3.0 container", "2.0 image", "1.0 image"])
    let oldest = try #require(try await deployer.earlierVersions(of: graph).last)
    guard case .image(let image) = oldest.way else { return }
    let back = try await deployer.start(Deployer.rollback(of: graph, to: image)).report()
    #expect(back.outcome == .succeeded && back.versions?.text == "4.0 → 1.0")
    #expect(try await ways() == ["1.0 live", "4.0 container", "3.0 image", "2.0 image"])
  }
}
