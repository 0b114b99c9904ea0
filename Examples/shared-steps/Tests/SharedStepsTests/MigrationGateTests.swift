import DeployTesting
import SharedSteps
import Testing

@Suite struct MigrationGateTests {
  private let host = shopHost()

  init() { host.change { $0.run("shop-green") } }

  /// Lets the tool end with a status when it is asked for a word.
  private func answer(_ word: String, with status: Int32, _ errors: String) {
    host.onExec(in: "shop-green") { argv in
      argv == ["bin/migrate", word] ? CommandResult(status: status, errors: errors) : nil
    }
  }

  @Test("It asks, then migrates")
  func migrates() async throws {
    let rehearsal = try await MigrationGate(tool: "bin/migrate").rehearse(on: host)
    expectOutcome(.succeeded, of: rehearsal)
    expectCommands(["… bin/migrate check", "… bin/migrate up"], in: rehearsal)
  }

  @Test("A migration that is not backward compatible is not begun, and nothing is taken back")
  func refuses() async throws {
    answer("check", with: 3, "column price is dropped")
    let rehearsal = try await MigrationGate(tool: "bin/migrate").rehearse(on: host)
    expectFailure(
      "the migration was not started: `bin/migrate check` reports that shop-blue, which is still "
        + "live, is not compatible with it (…column price is dropped…", in: "Check migration",
      of: rehearsal)
    expectCommands(["… bin/migrate check"], in: rehearsal)
    expectUndone([], in: rehearsal)
  }

  @Test("A migration that fails half-way is taken back")
  func fails() async throws {
    answer("up", with: 1, "lock timeout")
    let rehearsal = try await MigrationGate(tool: "bin/migrate").rehearse(on: host)
    expectFailure("…lock timeout…", in: "Migrate", of: rehearsal)
    expectUndone(["undo Migrate"], in: rehearsal)
    expectCommand("… bin/migrate down", in: rehearsal)
  }

  @Test("When a later step fails the migration is taken back")
  func undoesTheMigration() async throws {
    let rehearsal = try await MigrationGate(tool: "bin/migrate")
      .rehearse(on: host, failingAfterwards: true)
    expectUndone(["undo Migrate"], in: rehearsal)
    expectCommands(["… check", "… up", "… down"], in: rehearsal)
  }

  @Test("The tool may be in another service, with words of its own")
  func elsewhere() async throws {
    host.change {
      $0.service("shop-tools") { $0.restart = .no }
      $0.run("shop-tools")
    }
    let gate = MigrationGate(
      in: .service("shop-tools"), tool: "flyway", check: "validate", up: "migrate", down: "undo")
    let rehearsal = try await gate.rehearse(on: host, failingAfterwards: true)
    expectCommands(
      ["validate", "migrate", "undo"].map { "docker exec shop-shop-tools-1 flyway \($0)" },
      in: rehearsal)
  }

  @Test("An interrupted check is an interruption, not a refusal")
  func interrupted() async throws {
    let rehearsal = try await MigrationGate(tool: "bin/migrate")
      .rehearse(on: host, interruptedAt: "… bin/migrate check")
    expectOutcome(.cancelled, of: rehearsal)
    expectUndone([], in: rehearsal)
  }
}
