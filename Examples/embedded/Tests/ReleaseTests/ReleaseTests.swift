import DeployTesting
import Foundation
import Release
import Testing

@Suite struct ReleaseTests {
  @Test("Grafana is deployed after its log-in page has been requested")
  func grafana() async throws {
    let rehearsal = try await Release.grafana.plan().rehearse()
    expectOutcome(.succeeded, of: rehearsal)
    expectServing(.green, on: rehearsal.host)
    expectNeverDown(on: rehearsal.host)
    #expect(rehearsal.requests.contains("http://127.0.0.1:3004/login"))
  }

  @Test("Every check of a release is a step, before the switch")
  func checks() async throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../release.json")
    var release = try JSONDecoder().decode(Release.self, from: Data(contentsOf: file))
    release.checks.append("bin/smoke")
    let plan = release.plan()
    let host = SimulatedHost(for: plan)
    host.onExec(in: "grafana-green") { argv in
      argv == ["bin/smoke"] ? CommandResult(status: 1, errors: "no licence") : nil
    }
    let rehearsal = try await plan.rehearse(on: host)
    expectFailure("…no licence…", in: "Check bin/smoke", of: rehearsal)
    expectCommands(
      [
        "GRAFANA_VERSION=12.4 docker compose up … grafana-green", "… grafana-cli", "… bin/smoke",
        "docker stop … grafana-grafana-green-1",
      ], in: rehearsal)
    expectServing(.blue, on: host)
  }

  @Test("A deploy that is interrupted takes everything back")
  func interrupted() async throws {
    let rehearsal = try await Release.grafana.plan()
      .rehearse(interruptedAt: "docker exec … nginx -s reload")
    expectOutcome(.cancelled, of: rehearsal)
    expectUndone(["switch back to blue", "stop grafana-green"], in: rehearsal)
    expectServing(.blue, on: rehearsal.host)
    expectNeverDown(on: rehearsal.host)
  }
}
