import DeployTesting
import Testing

@Suite struct ShopPlanTests {
  @Test("The whole plan deploys, and nobody notices")
  func deploys() async throws {
    let host = shopHost()
    let rehearsal = try await shop.rehearse(on: host)
    expectOutcome(.succeeded, of: rehearsal)
    expectServing(.green, on: host)
    expectCommands(
      [
        "wget …a deploy of the shop begins…",
        "docker compose up … shop-green",
        "docker exec shop-shop-green-1 bin/migrate check",
        "docker exec shop-shop-green-1 bin/migrate up",
        "overwrite nginx/service.conf with nginx/service_green.conf …",
        "docker exec … nginx -s reload",
        "docker stop … shop-shop-blue-1",
        "wget …shop-green serves the shop…",
      ], in: rehearsal)
    expectNeverDown(on: host)
    expectHidden(webhook, in: rehearsal)
  }

  @Test("Whatever fails after the migration takes it back first, then the target")
  func undoesTheMigration() async throws {
    let host = shopHost()
    host.fail(.writing("nginx/service.conf").onAttempt(1), .failing(errors: "Disk quota exceeded"))
    let rehearsal = try await shop.rehearse(on: host)
    expectFailure("…Disk quota exceeded…", in: "SwapNginx", of: rehearsal)
    expectUndone(["undo Migrate", "stop shop-green"], in: rehearsal)
    expectServing(.blue, on: host)
    expectNeverDown(on: host)
  }

  @Test("Whichever command goes wrong, nobody notices, and the schema fits what serves")
  func everyFault() async throws {
    try await shop.rehearseEveryFault(on: shopHost) { rehearsal in
      expectNeverDown(on: rehearsal.host)
      expectHidden(webhook, in: rehearsal)
      let hasBegun = rehearsal.changes.contains { $0.hasSuffix("bin/migrate up") }
      if rehearsal.host.serving == .blue, hasBegun {
        expectCommand("… bin/migrate down", in: rehearsal)
      } else {
        expectNoCommand("… bin/migrate down", in: rehearsal)
      }
    }
  }
}
