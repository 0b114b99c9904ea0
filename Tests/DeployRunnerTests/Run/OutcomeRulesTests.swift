import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite("OutcomeRules")
struct OutcomeRulesTests {
  /// The state of a run that found blue live and has come to a phase.
  private static func state(
    _ phase: CutoverPhase, isCommitted: Bool = false, _ doubt: DeploymentState.Doubt? = nil,
    isDetected: Bool = true
  ) -> DeploymentState.Facts {
    var state = DeploymentState.Facts()
    if isDetected {
      state.detected = .init(
        active: .blue, containers: [:], proxy: proxy, gated: [:])
    }
    state.cutover = .init(phase, isCommitted: isCommitted)
    (state.doubt, state.hasChanged) = (doubt, phase != .untouched)
    return state
  }

  private static let proxy = DeploymentState.Proxy(
    running: RunningProxy(
      Container(
        id: "1", name: "proxy", service: "proxy", status: "running", exitCode: 0,
        wasKilledForMemory: false, startedAt: "", restartCount: 0, image: "nginx", error: "",
        mounts: [], ports: [:])),
    sitePath: "/etc/nginx/service.conf", method: .inPlace, siteBytes: [])

  private static var keepingPrevious: DeploymentState.Facts {
    var state = state(.proved)
    state.kept = .init(reason: "2 requests", isPlanned: false)
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
      .init(state: keepingPrevious), .keep, .cleanupIncomplete, .green),
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
      .init(state: state(.proved, isCommitted: true), failure: failure(.command)), .keep,
      .cleanupIncomplete, .green),
    Row(
      .init(state: state(.written), failure: failure(.command), isCleanupFailure: true), .rollBack,
      .failed, .blue),
    // What the final inspection saw.
    Row(
      .init(state: state(.proved, .disturbed), failure: failure(.interference)),
      .rollBack, .rollbackFailed, nil),
    Row(
      .init(state: state(.restored, .proxyDown), failure: failure(.unhealthy)),
      .rollBack, .rollbackFailed, nil),
    Row(
      .init(state: state(.untouched, .proxyDown), failure: failure(.environment)),
      .keep, .unusable, nil),
    Row(
      .init(state: state(.restored, .engineAway), failure: failure(.environment)),
      .rollBack, .rolledBack, nil),
    // Cancelled.
    Row(.init(state: state(.untouched), isCancelled: true), .keep, .cancelled, .blue),
    Row(
      .init(state: state(.proved), isCancelled: true), .rollBack, after: .restored, .cancelled,
      .blue),
    Row(
      .init(state: state(.proved, isCommitted: true), isCancelled: true), .keep, .cancelled,
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
        state: state(.proved, isDetected: false), failure: failure(.environment), isBlind: true),
      .leave, .unusable, nil, isInterrupted: true),
    Row(
      .init(state: state(.proved, isDetected: false), isCancelled: true, isBlind: true), .leave,
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
    if let after = row.after { rules.state.cutover = .init(after, isCommitted: false) }
    #expect(rules.outcome(after: reaction) == row.outcome)
    #expect(rules.serving == row.serving)
    #expect(rules.isInterrupted(after: reaction) == row.isInterrupted)
  }

  @Test func `whatever happened, an exit code of 0 is a run that failed nowhere`() {
    let phases: [CutoverPhase] = [.untouched, .written, .reloading, .refused, .proved, .restored]
    let failures: [DeployError?] = [nil, Self.failure(.command), Self.failure(.environment)]
    let flags = [false, true]
    for (phase, failure) in phases.flatMap({ phase in failures.map { (phase, $0) } }) {
      for (bits, undone) in (0..<64).flatMap({ bits in [[], Self.no].map { (bits, $0) } }) {
        for doubt in [nil, DeploymentState.Doubt.proxyDown, .disturbed] {
          func bit(_ place: Int) -> Bool { flags[bits >> place & 1] }
          let state = Self.state(phase, isCommitted: bit(0), doubt)
          let rules = OutcomeRules(
            state: state, failure: failure, isCleanupFailure: bit(1), isCancelled: bit(2),
            isUndo: bit(3), rollsBack: bit(4), isBlind: bit(5), undone: undone)
          let reaction = rules.reaction
          let outcome = rules.outcome(after: reaction)
          let isInterrupted = rules.isInterrupted(after: reaction)
          if outcome.exitCode() == 0 {
            #expect(failure == nil && undone.isEmpty && !rules.isCancelled)
          }
          if !undone.isEmpty { #expect(outcome == .rollbackFailed && isInterrupted) }
          if outcome == .rolledBack { #expect(phase == .restored && rules.serving == .blue) }
          if outcome == .cleanupIncomplete { #expect(rules.serving == .green && !isInterrupted) }
          if doubt != nil { #expect(rules.serving == nil) }
        }
      }
    }
  }

  @Test(
    arguments: [
      (Self.state(.proved), DeployError.Code.unhealthy, true),
      (Self.state(.proved), .interference, false),
      (Self.state(.restored), .unhealthy, false),
      (Self.state(.proved, isCommitted: true), .unhealthy, false),
      (Self.state(.proved, isCommitted: true, .disturbed), .unhealthy, nil),
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
