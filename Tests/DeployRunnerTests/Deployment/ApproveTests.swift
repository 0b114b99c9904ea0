import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

@Suite struct ApproveTests {
  private static let plan = Deploy.standard("grafana", before: { Approve("Switch to green?") })

  static let approvals: [(String, RunOptions, questions: [String])] = [
    ("no terminal", RunOptions(approval: .refuse), []),
    ("yes", RunOptions(approval: .ask { $0 == "Switch to green?" }), ["asked Switch to green?"]),
    ("no", RunOptions(approval: .ask { _ in false }), ["asked Switch to green?"]),
    ("approved beforehand", RunOptions(approval: .always), []),
    ("dry run", RunOptions(isDryRun: true), ["asks: Switch to green?"]),
  ]

  @Test(arguments: approvals.indices)
  func `a deploy continues only after an approval`(index: Int) async throws {
    let (name, options, questions) = Self.approvals[index]
    let run = try await expectEnd("Approval", of: Self.plan, options, name)
    let asked = run.events.compactMap { event in
      switch event.kind {
      case .asked(let question): "asked \(question)"
      case .note(let note) where note.hasPrefix("asks"): note
      default: nil
      }
    }
    #expect(asked == questions)
  }
}
