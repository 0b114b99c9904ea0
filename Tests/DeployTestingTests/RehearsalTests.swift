import DeploySimulator
import DeployTesting
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RehearsalTests {
  @Test func `A rehearsal of a good plan meets every expectation`() async throws {
    let host = SimulatedHost(for: shop)
    host.change { $0.openRequest("a download", lasting: .seconds(8)) }
    let rehearsal = try await shop.rehearse(on: host)
    expectOutcome(.succeeded, of: rehearsal)
    expectServing(.green, on: host)
    expectCommands(shopCommands, in: rehearsal)
    expectCommand("… bin/migrate up", in: rehearsal)
    expectNoCommand("… bin/migrate down", in: rehearsal)
    expectUndone([], in: rehearsal)
    expectNeverDown(on: host)
    expectNoRequestCut(on: host)
    #expect(rehearsal.notes.contains("the database is migrated"))
    #expect(rehearsal.transcript.contains("s  Migrate: succeeded"))
  }

  @Test func `Without a host it takes one where blue serves`() async throws {
    let rehearsal = try await shop.rehearse()
    expectServing(.green, on: rehearsal.host)
  }

  @Test func `A fault after the switch takes back in reverse order`() async throws {
    let host = SimulatedHost(for: shop, live: .green)
    host.fail(
      .command(containing: "nginx", "-s", "reload").onAttempt(1),
      .failing(errors: "no room for workers"))
    let rehearsal = try await shop.rehearse(on: host)
    expectFailure("…no room for workers…", in: "Reload", of: rehearsal)
    expectUndone(["switch back to green", "undo Migrate", "stop shop-blue"], in: rehearsal)
    expectServing(.green, on: host)
    expectNeverDown(on: host)
  }

  @Test func `An interruption comes as its operation begins, and once`() async throws {
    let rehearsal = try await shop.rehearse(interruptedAt: "docker exec … bin/migrate up")
    expectOutcome(.cancelled, of: rehearsal)
    expectUndone(["undo Migrate", "stop shop-green"], in: rehearsal)
    expectServing(.blue, on: rehearsal.host)
    let next = try await shop.rehearse(on: rehearsal.host)
    expectOutcome(.succeeded, of: next)
  }

  @Test func `A dry run says what would change the host, and changes nothing`() async throws {
    let host = SimulatedHost(for: shop)
    let rehearsal = try await shop.rehearse(on: host, options: RunOptions(isDryRun: true))
    expectCommands(shopCommands, in: rehearsal)
    #expect(host.timeline.isEmpty)
  }

  @Test func `A plan with mistakes is not run`() async throws {
    let plan = Deploy("shop") { Reload() }
    await #expect(throws: PlanError.self) { try await plan.rehearse() }
  }

  @Test func `A step alone is run after the roles are known, and only what it does is seen`()
    async throws
  {
    let host = SimulatedHost(for: shop)
    host.change { $0.run("shop-green") }
    let rehearsal = try await Migrate().rehearse(on: host)
    expectOutcome(.succeeded, of: rehearsal)
    expectCommands(["docker exec shop-shop-green-1 bin/migrate up"], in: rehearsal)
  }

  @Test func `A step alone is taken back when a later one fails`() async throws {
    let host = SimulatedHost(for: shop)
    host.change { $0.run("shop-green") }
    let rehearsal = try await Migrate().rehearse(on: host, failingAfterwards: true)
    expectUndone(["undo Migrate"], in: rehearsal)
    expectCommands(["docker exec … up", "docker exec … down"], in: rehearsal)
    expectFailure("a later step failed…", in: "Fail", of: rehearsal)
  }

  @Test func `Half a minute of the host takes no time: its clock is the test's`() async throws {
    let host = SimulatedHost(for: shop)
    try await host.clock.sleep(for: .seconds(30))
    let rehearsal = try await Wait(.seconds(1800 - 1)).rehearse(on: host)
    #expect(host.clock.now.sinceStart >= .seconds(1829))
    #expect(rehearsal.report.duration >= .seconds(1799))
  }
}
