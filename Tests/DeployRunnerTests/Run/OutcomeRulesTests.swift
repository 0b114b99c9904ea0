import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite("OutcomeRules")
struct OutcomeRulesTests {
  /// The state of a run that found blue live and has come to a phase.
  private static func state(
    _ phase: CutoverPhase, _ change: (inout DeploymentState.Facts) -> Void = { _ in }
  ) -> DeploymentState.Facts {
    var state = DeploymentState.Facts()
    (state.active, state.phase, state.hasChanged) = (.blue, phase, phase != .untouched)
    change(&state)
    return state
  }

  private static func failure(_ code: DeployError.Code) -> DeployError { DeployError(code, "no") }

  struct Row: Sendable {
    var rules: OutcomeRules
    var reaction: OutcomeRules.Reaction
    /// What the rollback has led to, if there was one.
    var after: CutoverPhase?
    var outcome: RunReport.Outcome
    var serving: Color?
    var isInterrupted: Bool

    init(
      _ rules: OutcomeRules, _ reaction: OutcomeRules.Reaction, after: CutoverPhase? = nil,
      _ outcome: RunReport.Outcome, _ serving: Color?, isInterrupted: Bool = false
    ) {
      self.rules = rules
      self.reaction = reaction
      self.after = after
      self.outcome = outcome
      self.serving = serving
      self.isInterrupted = isInterrupted
    }
  }

  private static let no = [UndoReport(what: "x", failure: failure(.command))]

  static let rows: [Row] = [
    // Without a failure.
    Row(.init(state: state(.proved)), .keep, .succeeded, .green),
    Row(.init(state: state(.untouched)), .keep, .succeeded, .blue),
    Row(
      .init(state: state(.proved) { $0.keepsPrevious = "2 requests" }), .keep, .cleanupIncomplete,
      .green),
    Row(.init(state: state(.proved), isDryRun: true), .keep, .succeeded, .blue),
    // A run that never began, or changed nothing.
    Row(.init(state: .init(), failure: failure(.locked)), .keep, .locked, nil),
    Row(.init(state: .init(), failure: failure(.environment)), .keep, .unusable, nil),
    Row(.init(state: .init(), failure: failure(.plan)), .keep, .invalid, nil),
    Row(.init(state: .init(), failure: failure(.nothingToResume)), .keep, .invalid, nil),
    Row(.init(state: state(.untouched), failure: failure(.command)), .keep, .failed, .blue),
    // Before the switch.
    Row(
      .init(state: state(.written), failure: failure(.unhealthy)), .rollBack, after: .untouched,
      .failed, .blue),
    Row(.init(state: state(.written), failure: failure(.environment)), .rollBack, .failed, .blue),
    Row(.init(state: state(.written), failure: failure(.locked)), .rollBack, .locked, .blue),
    Row(
      .init(state: state(.written), failure: failure(.command), rollsBack: false), .leave, .failed,
      .blue, isInterrupted: true),
    Row(
      .init(state: state(.written), failure: failure(.command), isDryRun: true, rollsBack: false),
      .keep, .failed, .blue),
    Row(.init(state: state(.refused), failure: failure(.reload)), .rollBack, .failed, .blue),
    Row(
      .init(state: state(.reloading), failure: failure(.reload)), .rollBack, after: .restored,
      .rolledBack, .blue),
    Row(
      .init(state: state(.reloading), failure: failure(.reload), rollsBack: false), .leave, .failed,
      nil, isInterrupted: true),
    // After the switch.
    Row(
      .init(state: state(.proved), failure: failure(.unhealthy)), .rollBack, after: .restored,
      .rolledBack, .blue),
    Row(
      .init(state: state(.proved), failure: failure(.unhealthy), undone: no), .rollBack,
      .rollbackFailed, .green, isInterrupted: true),
    Row(
      .init(state: state(.proved), failure: failure(.unhealthy), rollsBack: false), .leave,
      .rollbackFailed, .green, isInterrupted: true),
    Row(
      .init(state: state(.proved), failure: failure(.command), isCleanupFailure: true), .keep,
      .cleanupIncomplete, .green),
    Row(
      .init(state: state(.proved) { $0.isCommitted = true }, failure: failure(.command)), .keep,
      .cleanupIncomplete, .green),
    Row(
      .init(state: state(.written), failure: failure(.command), isCleanupFailure: true), .rollBack,
      .failed, .blue),
    // What the final inspection saw.
    Row(
      .init(state: state(.proved) { $0.isDisturbed = true }, failure: failure(.interference)),
      .rollBack, .rollbackFailed, nil),
    Row(
      .init(state: state(.restored) { $0.isProxyDown = true }, failure: failure(.unhealthy)),
      .rollBack, .rollbackFailed, nil),
    Row(
      .init(state: state(.untouched) { $0.isProxyDown = true }, failure: failure(.environment)),
      .keep, .unusable, nil),
    Row(
      .init(state: state(.restored) { $0.isUnseen = true }, failure: failure(.environment)),
      .rollBack, .rolledBack, nil),
    // Cancelled.
    Row(.init(state: state(.untouched), isCancelled: true), .keep, .cancelled, .blue),
    Row(
      .init(state: state(.proved), isCancelled: true), .rollBack, after: .restored, .cancelled,
      .blue),
    Row(
      .init(state: state(.proved) { $0.isCommitted = true }, isCancelled: true), .keep, .cancelled,
      .green, isInterrupted: true),
    Row(
      .init(state: state(.proved), isCancelled: true, rollsBack: false), .leave, .cancelled, .green,
      isInterrupted: true),
    Row(
      .init(state: state(.written), isCancelled: true, undone: no), .rollBack, .rollbackFailed,
      .blue, isInterrupted: true),
    Row(.init(state: state(.untouched), failure: failure(.cancelled)), .keep, .cancelled, .blue),
    // A resumed run that saw nothing.
    Row(
      .init(
        state: state(.proved) { $0.active = nil }, failure: failure(.environment), isBlind: true),
      .leave, .unusable, nil, isInterrupted: true),
    Row(
      .init(state: state(.proved) { $0.active = nil }, isCancelled: true, isBlind: true), .leave,
      .cancelled, nil, isInterrupted: true),
    // Asked to roll an interrupted run back.
    Row(.init(state: state(.restored), isUndo: true), .keep, .undone, .blue),
    Row(
      .init(state: state(.proved), failure: failure(.command), isUndo: true), .rollBack,
      .rollbackFailed, .green, isInterrupted: true),
    Row(
      .init(state: state(.restored), isUndo: true, undone: no), .keep, .rollbackFailed, .blue,
      isInterrupted: true),
    Row(
      .init(state: state(.reloading), failure: failure(.cancelled), isUndo: true), .rollBack,
      .cancelled, nil, isInterrupted: true),
  ]

  @Test(arguments: rows)
  func `the end of a run`(row: Row) {
    var rules = row.rules
    let reaction = rules.reaction
    #expect(reaction == row.reaction)
    if let after = row.after { rules.state.phase = after }
    #expect(rules.outcome(after: reaction) == row.outcome)
    #expect(rules.serving == row.serving)
    #expect(rules.isInterrupted(after: reaction) == row.isInterrupted)
  }

  @Test func `whatever happened, an exit code of 0 is a run that failed nowhere`() {
    let phases: [CutoverPhase] = [.untouched, .written, .reloading, .refused, .proved, .restored]
    let failures: [DeployError?] = [nil, Self.failure(.command), Self.failure(.environment)]
    let flags = [false, true]
    for (phase, failure) in phases.flatMap({ phase in failures.map { (phase, $0) } }) {
      for (bits, undone) in (0..<256).flatMap({ bits in [[], Self.no].map { (bits, $0) } }) {
        func bit(_ place: Int) -> Bool { flags[bits >> place & 1] }
        var state = Self.state(phase)
        (state.isCommitted, state.isDisturbed, state.isProxyDown) = (bit(0), bit(1), bit(2))
        let rules = OutcomeRules(
          state: state, failure: failure, isCleanupFailure: bit(3), isCancelled: bit(4),
          isUndo: bit(5), rollsBack: bit(6), isBlind: bit(7), undone: undone)
        let reaction = rules.reaction
        let outcome = rules.outcome(after: reaction)
        let isInterrupted = rules.isInterrupted(after: reaction)
        if outcome.exitCode() == 0 {
          #expect(failure == nil && undone.isEmpty && !rules.isCancelled)
        }
        if !undone.isEmpty { #expect(outcome == .rollbackFailed && isInterrupted) }
        if outcome == .rolledBack { #expect(phase == .restored && rules.serving == .blue) }
        if outcome == .cleanupIncomplete { #expect(rules.serving == .green && !isInterrupted) }
        if state.isDisturbed || state.isProxyDown { #expect(rules.serving == nil) }
      }
    }
  }

  @Test(
    arguments: [
      (Self.state(.proved), DeployError.Code.unhealthy, true),
      (Self.state(.proved), .interference, false),
      (Self.state(.restored), .unhealthy, false),
      (Self.state(.proved) { $0.isCommitted = true }, .unhealthy, false),
      (Self.state(.proved) { ($0.isCommitted, $0.isDisturbed) = (true, true) }, .unhealthy, nil),
    ] as [(DeploymentState.Facts, DeployError.Code, Bool?)])
  func `what the final inspection finds is a reason to roll back`(
    state: DeploymentState.Facts, code: DeployError.Code, isReason: Bool?
  ) {
    let found = Self.failure(code)
    var rules = OutcomeRules(state: state)
    #expect(rules.isReasonToRollBack(found) == isReason)
    rules.rollsBack = false
    #expect(rules.isReasonToRollBack(found) == false)
    rules = OutcomeRules(state: state, isCancelled: true)
    #expect(rules.isReasonToRollBack(found) == false)
  }

  @Test func `names that an earlier bgrun has written are read`() throws {
    let names = #"["unfinished","rolledBack","rollbackFailed","takenBack","rolled-back"]"#
    let outcomes = try JSONDecoder().decode([RunReport.Outcome].self, from: Data(names.utf8))
    #expect(outcomes == [.cleanupIncomplete, .rolledBack, .rollbackFailed, .undone, .rolledBack])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([RunReport.Outcome].self, from: Data(#"["half done"]"#.utf8))
    }
  }
}
