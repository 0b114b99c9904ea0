public import DeployDSL

/// Migrates the database before the switch, if the version that still serves can live with it.
///
/// The migration tool is asked first whether the pending migration is backward compatible: until
/// the switch, and again after an undo, the previous version works with the new schema. If the tool
/// says no, nothing is migrated and the deploy ends; so it does if the migration fails. When a later
/// step fails the migration is taken back.
///
/// ```swift
/// MigrationGate(tool: "bin/migrate")
/// MigrationGate(in: .service("shop-tools"), tool: "flyway", check: "validate", up: "migrate")
/// ```
/// The tool is run with one word: a check that ends with 0 allows the migration. What takes it back
/// must do no harm where the migration was cut off half-way.
public struct MigrationGate: Step {
  let place: Exec.Place
  let tool: String
  let check: String
  let up: String
  let down: String

  /// Migrates the database.
  ///
  /// - Parameters:
  ///   - place: the container that has the tool. Default: the target's, which must run then.
  ///   - tool: the program.
  ///   - check: its word for "is it backward compatible?". Default: `check`.
  ///   - up: its word for "migrate". Default: `up`.
  ///   - down: its word for "take the last migration back". Default: `down`.
  public init(
    in place: Exec.Place = .role(.target), tool: String, check: String = "check",
    up: String = "up", down: String = "down"
  ) {
    self.place = place
    self.tool = tool
    self.check = check
    self.up = up
    self.down = down
  }

  /// The question and the migration: two steps, so that a refusal takes nothing back.
  public var body: Steps {
    CompatibilityCheck(gate: self)
    Migration(gate: self)
  }
}

/// Asks whether the migration is backward compatible.
struct CompatibilityCheck: PrimitiveStep {
  let gate: MigrationGate

  var summary: String { "Check migration" }

  func run(in context: StepContext) async throws {
    do {
      try await context.exec(gate.check, of: gate)
    } catch {
      // A person who pressed Ctrl-C wants to read nothing about migrations.
      try Task.checkCancellation()
      let previous = try context.service(.previous)
      throw DeployError(
        "the migration was not started: `\(gate.tool) \(gate.check)` reports that \(previous), which "
          + "is still live, is not compatible with it (\(error))",
        fix: "split it into a compatible migration now and the rest after the deploy")
    }
  }
}

/// Migrates, and takes it back.
struct Migration: UndoableStep {
  let gate: MigrationGate

  var summary: String { "Migrate" }

  func run(in context: StepContext) async throws {
    let printed = try await context.exec(gate.up, of: gate)
    if let last = printed.output.split(separator: "\n").last { context.log("\(last)") }
  }

  func undo(in context: StepContext) async throws {
    try await context.exec(gate.down, of: gate)
  }
}

extension StepContext {
  /// Runs the gate's tool with one word.
  @discardableResult
  fileprivate func exec(_ word: String, of gate: MigrationGate) async throws -> CommandOutput {
    switch gate.place {
    case .role(let role): try await exec(role, gate.tool, word)
    case .service(let name): try await exec(service: name, gate.tool, word)
    }
  }
}
