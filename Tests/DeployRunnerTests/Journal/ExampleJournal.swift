import DeployDSL

@testable import DeployRunner

/// The records of a deploy that died while it was switching back.
enum ExampleJournal {
  static let run = RunID("20261123-021405-7f3a")

  static func header(_ run: RunID) -> JournalHeader {
    var header = JournalHeader(
      run: run, application: "grafana", plan: "0123456789abcdef", reason: "hotfix 42",
      bgrun: "0.1.0", steps: ["DetectActive", "Up", "SwapNginx", "Reload"],
      started: Timestamp(seconds: 1_795_400_045))
    header.user = "ann"
    header.host = "web1"
    return header
  }

  static let entries: [JournalEntry] = [
    .nodeStarted(node: 0, name: "DetectActive"),
    .active(.blue),
    .nodeFinished(
      node: 0, status: .succeeded, milliseconds: 12, summary: "blue serves", failure: nil),
    .nodeStarted(node: 1, name: "Up"),
    .undoDeclared(
      id: 1, node: 1,
      undo: .stopStarted(
        service: "grafana-green",
        before: ContainerLives([
          ContainerLife(id: "c0ffee", startedAt: "2026-11-20T00:00:00Z", wasRunning: false)
        ]))),
    .operationStarted(node: 1, text: "docker compose up -d --no-deps grafana-green"),
    .operationFinished(
      node: 1, text: "docker compose up -d --no-deps grafana-green", status: 0,
      tail: ["Container grafana-green  Started", "ümläut \u{1F680} \"quoted\" \\ \u{0}"]),
    .nodeFinished(node: 1, status: .succeeded, milliseconds: 900, summary: "", failure: nil),
    .nodeStarted(node: 2, name: "SwapNginx"),
    .undoDeclared(
      id: 2, node: 2,
      undo: .restoreSite(
        color: .blue, bytes: JournalBytes(Array("upstream app { server blue; }\n".utf8)),
        method: .inPlace)),
    .phase(.written),
    .nodeFinished(node: 2, status: .succeeded, milliseconds: 3, summary: "", failure: nil),
    .nodeStarted(node: 3, name: "Reload"),
    .oldWorkers([12, 13]),
    .phase(.reloading),
    .operationStarted(node: 3, text: "docker exec proxy nginx -s reload"),
  ]

  /// A finished, a resumed and an undone run's entries as well: every kind that there is.
  static let rest: [JournalEntry] = [
    .runResumed(
      by: "bob", on: "web1", process: ProcessIdentity(pid: 7),
      time: Timestamp(seconds: 1_795_400_100),
      undo: true),
    .undoDeclared(id: 3, node: 3, undo: .code(node: 3, name: "Notify")),
    .committed,
    .undoStarted(id: 3),
    .undoFinished(id: 3, failure: "no network"),
    .undoStarted(id: 2),
    .undoFinished(id: 2, failure: nil),
    .runLeft(JournalEnd(outcome: .rollbackFailed, exitCode: 4, failure: "no network")),
    .runFinished(
      JournalEnd(outcome: .rolledBack, exitCode: 3, serving: .blue, failure: "nginx refused")),
    .resolved(by: "bob", time: Timestamp(seconds: 1_795_400_200), how: "taken back by hand"),
  ]

  static func lines(_ entries: [JournalEntry], run: RunID) throws -> [[UInt8]] {
    try ([.runStarted(header(run))] + entries).enumerated().map { index, entry in
      try JournalLine.encode(JournalRecord(number: index + 1, at: index * 10, entry: entry))
    }
  }
}
