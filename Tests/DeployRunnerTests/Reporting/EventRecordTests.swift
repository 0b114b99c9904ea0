import DeployDSL
import DeploySimulator
import Foundation
import Synchronization
import Testing

@testable import DeployRunner

@Suite("Events from elsewhere")
struct EventRecordTests {
  /// The runs whose events are sent.
  enum Scene: String, CaseIterable {
    case deployed, failed, rolledBack, undoFails, interrupted, dryRun

    func rehearse() async throws -> Rehearsal {
      switch self {
      case .deployed:
        try await Deploy.standard(
          workers: [Worker("queue")],
          before: {
            Parallel {
              Run("true"); Print("half way")
            }
          }
        ).rehearse()
      case .failed:
        try await Deploy.standard(before: {
          Run("false"); Fail("no luck")
        }).rehearse()
      case .rolledBack: try await Deploy.standard(after: { Fail("too late") }).rehearse()
      case .undoFails:
        try await Deploy.standard(after: {
          Run("true").undo { Fail("stuck") }
          Fail("too late")
        }).rehearse()
      case .interrupted:
        try await Deploy.standard().rehearse(interruptedAt: "docker compose up")
      case .dryRun: try await Deploy.standard().rehearse(options: RunOptions(isDryRun: true))
      }
    }
  }

  @Test(arguments: Scene.allCases)
  func `are shown as here, to people and to programs`(scene: Scene) async throws {
    let events = try await scene.rehearse().events
    let sent = try events.map { event in
      let record = EventRecord(
        DeploymentGroup.MemberEvent(member: 3, isRollback: true, event: event))
      let line = try JSONEncoder().encode(record)
      let got = try JSONDecoder().decode(EventRecord.self, from: line).event
      #expect(got.member == 3 && got.isRollback)
      return got.event
    }
    for detail in [ReportStyle.Detail.normal, .verbose] where scene != .dryRun {
      #expect(Self.text(of: sent, detail) == Self.text(of: events, detail))
    }
    #expect(Self.json(of: sent) == Self.json(of: events))
  }

  @Test func `a group's end is summed up as here`() async throws {
    let host = SimulatedHost(for: Deploy.standard("a"))
    let members = try ["a", "b"].map { name in
      DeploymentGroup.Member(
        try Deploy.standard(name, after: { if name == "b" { Fail("late") } }).graph(),
        on: Deployer(executor: .mock(SimulatedHost(for: Deploy.standard(name)))))
    }
    _ = host
    let group = DeploymentGroup([.atomically(members)])
    let events = Mutex<[DeploymentGroup.MemberEvent]>([])
    let report = try await group.run { event in events.withLock { $0.append(event) } }
    let ending = try JSONDecoder().decode(
      RunRecord.Ending.self, from: JSONEncoder().encode(RunRecord.Ending(report)))
    let again = DeploymentGroupReport(ending, runs: events.withLock { $0 })
    let texts = [report, again].map {
      DeploymentGroupSummary(report: $0, signal: nil).messages.map(\.text)
    }
    #expect(texts[0] == texts[1] && texts[0].count == 3, "\(texts)")
    #expect(again.exitCode == report.exitCode && report.exitCode == 3)
  }

  private static func text(
    of events: [DeployRunner.Event], _ detail: ReportStyle.Detail
  ) -> String {
    let text = Mutex("")
    var reporter = HumanReporter(
      to: ReportSink { part, _ in text.withLock { $0 += part } },
      style: ReportStyle(detail: detail))
    for event in events { reporter.report(event) }
    return text.withLock { $0 }
  }

  private static func json(of events: [DeployRunner.Event]) -> String {
    let text = Mutex("")
    var reporter = JSONReporter(to: ReportSink { part, _ in text.withLock { $0 += part } })
    for event in events { reporter.report(event) }
    return text.withLock { $0 }
  }
}

@Suite("What a file becomes")
struct FileDifferenceTests {
  @Test func `each removed line before the one that replaces it, by its number`() {
    let old = "a\nb\n\n  c\nd\ne\n"
    let new = "b\n  x\n\nd\n\tf\n"
    let difference = FileDifference(of: "f", from: Array(old.utf8), to: Array(new.utf8))
    let texts = difference.lines.map { "\($0.change == .removed ? "-" : "+")\($0.line) \($0.text)" }
    #expect(
      texts == ["-1 a", "+2 x", "-4 c", "-6 e", "+5 f"]
        || texts == ["-1 a", "-4 c", "+2 x", "-6 e", "+5 f"], "\(texts)")
  }

  @Test func `a run's events say which run it is and when they happened; a dry run's only when`()
    async throws
  {
    let events = try await Deploy.standard().rehearse().events
    #expect(Set(events.map(\.run)).count == 1 && events[0].run.flatMap(RunID.init) != nil)
    let times = events.compactMap(\.milliseconds)
    #expect(times.count == events.count && times == times.sorted())
    let dry = try await Deploy.standard().rehearse(options: RunOptions(isDryRun: true)).events
    #expect(dry.allSatisfy { $0.run == nil && $0.milliseconds != nil })
    #expect(Timestamp.milliseconds(iso: Timestamp.iso(milliseconds: times[0])) == times[0])
  }
}
