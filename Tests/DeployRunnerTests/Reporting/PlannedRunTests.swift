import DeployDSL
import DeploySimulator
import Foundation
import Synchronization
import Testing

@testable import DeployRunner

@Suite("PlannedRun") struct PlannedRunTests {
  private static func plan(health: String = "/api/health", port: Int = 1) -> Deploy {
    Deploy("grafana", health: health, environment: ["TOKEN": Secret("BGRUN_TEST_TOKEN")]) {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Run("make", "smoke-\(port)")
      Stop(.previous)
    }
  }

  private func planned(
    _ plan: Deploy = plan(), on prepare: (inout SimulatedState) -> Void = { _ in }
  ) async throws -> PlannedRun {
    let host = SimulatedHost(for: plan.application)
    host.change(prepare)
    var options = RunOptions(isDryRun: true)
    options.usesPlaceholderSecrets = true
    let group = DeploymentGroup([
      .alone(.init(try plan.graph(), on: Deployer(executor: .mock(host), options: options)))
    ])
    let events = Mutex<[DeploymentGroup.MemberEvent]>([])
    _ = try await group.run { event in events.withLock { $0.append(event) } }
    var planned = PlannedRun(
      of: .init(
        plan: "/srv/p.swift", project: nil, state: nil, only: [], settings: ["a": "b"],
        secretParameters: [], active: nil))
    for event in events.withLock({ $0 }) { planned.note(event) }
    return planned
  }

  @Test func `it has what a dry run finds, and JSON brings it back`() async throws {
    let planned = try await planned()
    let member = try #require(planned.members.first)
    #expect(member.application == "grafana" && member.active == .blue)
    #expect(member.plan.count == 16 && member.host.count == 16)
    let facts = member.facts
    #expect(facts.contains("active: blue"))
    #expect(facts.contains { $0.hasSuffix("docker compose up --detach --no-deps grafana-green") })
    #expect(facts.contains { $0.hasPrefix("version to: grafana:1.0 (") }, "\(facts)")
    #expect(facts.contains { $0.hasPrefix("SwapNginx: nginx/service.conf:1 + ") }, "\(facts)")
    #expect(facts.contains("Run make: $ TOKEN=•••• make smoke-1"), "\(facts)")
    let json = try planned.json()
    let read = try PlannedRun(json: Array(json.utf8))
    #expect(read.members == planned.members && read.call == planned.call)
    #expect(try read.json() == json)
    #expect(try await self.planned().members == planned.members)
  }

  @Test func `files that have changed are told, where both have read them`() async throws {
    var (old, new) = (try await planned(), try await planned())
    new.add(["compose.yaml": "1"], for: "grafana")
    #expect(new.changes(since: old) == [])
    old.add(["compose.yaml": "0", "a.conf": "1"], for: "grafana")
    #expect(new.changes(since: old) == ["- a.conf", "+ compose.yaml has other content"])
    old.add(["compose.yaml": "1"], for: "grafana")
    #expect(new.changes(since: old) == [])
  }

  @Test func `a file of another format, or of something else, is not taken`() async throws {
    let json = try await planned().json()
    for wrong in ["", "{}", json.replacing("\"format\" : 1", with: "\"format\" : 2")] {
      #expect(throws: (any Error).self) { try PlannedRun(json: Array(wrong.utf8)) }
    }
  }

  @Test func `what the host does otherwise is told line by line`() async throws {
    let old = try await planned()
    #expect(try await planned().changes(since: old) == [])
    let site = try await planned(on: { world in
      let text = world.file("nginx/service_green.conf") ?? ""
      world.write(text + "# a comment\n", to: "nginx/service_green.conf")
    })
    let lines = site.changes(since: old)
    let added = lines.filter { $0.hasPrefix("+ SwapNginx: ") }
    #expect(added.contains { $0.contains("a comment") }, "\(lines)")
    #expect(site.members[0].host != old.members[0].host)
    let active = try await planned(on: { world in
      for (name, colour) in [("grafana-green", "green"), ("grafana-blue", "blue")] {
        if colour == "green" { world.run(name) } else { world.stop(name) }
      }
      world.write(world.file("nginx/service_green.conf") ?? "", to: "nginx/service.conf")
      world.reload()
    })
    let changes = active.changes(since: old)
    #expect(changes.contains("- active: blue") && changes.contains("+ active: green"), "\(changes)")
  }

  @Test func `another plan is told even where it does the same on the host`() async throws {
    let old = try await planned()
    #expect(
      try await planned(Self.plan(port: 2)).changes(since: old) == [
        "- Run make: $ TOKEN=•••• make smoke-1", "+ Run make: $ TOKEN=•••• make smoke-2",
      ])
    #expect(
      try await planned(Self.plan(health: "/api/healthz")).changes(since: old) == [
        "+ the plan's steps or arguments have changed"
      ])
  }

  @Test func `it has no secret`() async throws {
    setenv("BGRUN_TEST_TOKEN", "hunter2", 1)
    #expect(try await planned().json().contains("hunter2") == false)
    let graph = try Self.plan().graph()
    #expect(Secrets.publicValues(of: ["a": "b", "c": "hunter2"], in: graph) == ["a": "b"])
  }
}
