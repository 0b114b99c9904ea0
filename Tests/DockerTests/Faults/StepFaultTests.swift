import Foundation
import Testing

extension DockerTests {
  /// Ctrl-C, and a docker that hangs, fails or lies, at every step.
  @Suite("Faults at steps") struct StepFaultTests {
    /// A fault, the exit codes that fit, and whether the new colour is active after it.
    struct Row: Sendable, CustomStringConvertible {
      var cell: FakeDocker.Cell
      var statuses: Set<Int32>
      var moves = false
      var description: String { cell.description }

      init(
        _ fault: FakeDocker.Fault, _ words: String, _ statuses: Set<Int32>, count: Int = 1,
        moves: Bool = false
      ) {
        (cell, self.statuses, self.moves) = (.init(fault, words, count), statuses, moves)
      }
    }

    @Test(arguments: [
      [
        Row(.interrupt, "compose config", [130]),
        Row(.interrupt, "compose up", [130]),
        Row(.interrupt, "inspect --type container", [130], count: 2),
        Row(.interrupt, "nginx -T", [130]),
        Row(.interrupt, "nginx -s reload", [130]),
        Row(.interrupt, "stop -t", [130], moves: true),
      ],
      [
        Row(.hang, "compose config", [1, 6]),
        Row(.hang, "compose up", [1]),
        Row(.hang, "inspect --type container", [1], count: 2),
        Row(.hang, "nginx -T", [1]),
      ],
      [
        Row(.hang, "nginx -s reload", [1, 3]),
        Row(.hang, "stop -t", [7], moves: true),
        Row(.hang, "image prune", [7], moves: true),
      ],
      [
        Row(.fail, "compose config", [1, 6]),
        Row(.fail, "compose up", [1]),
        Row(.lie, "compose up", [1]),
        Row(.fail, "nginx -T", [1]),
        Row(.fail, "nginx -s reload", [1, 3]),
        Row(.lie, "nginx -s reload", [1, 3]),
        Row(.fail, "stop -t", [7], moves: true),
        Row(.lie, "stop -t", [7], moves: true),
        Row(.fail, "image prune", [7], moves: true),
      ],
    ])
    func `the deploy is rolled back until the previous colour is being stopped`(rows: [Row])
      async throws
    {
      try await Project.with { project in
        let plan = try Self.hastyPlan(of: project)
        for row in rows {
          let before = try #require(project.live(), "\(row.cell)")
          let ended = try await project.bgrun(
            plan: plan, fault: row.cell, exits: nil, "\(row.cell)")
          #expect(row.statuses.contains(ended.status), "\(row.cell): \(ended)")
          try await project.expect(
            live: row.moves ? before.other : before, alone: !row.moves, "\(row.cell): \(ended)")
          if row.moves { try await project.compose("stop", before.service) }
        }
      }
    }

    /// README's plan with steps that time out soon, though not on a machine that has much to do.
    private static func hastyPlan(of project: Project) throws -> URL {
      try project.plan([
        "every: 2)": "every: 2).timeout(12)",
        "Reload()": "Reload(within: 4).timeout(8); Drain(upTo: 2)",
        "Stop(.previous)": "Stop(.previous, grace: 2).timeout(12)",
        "DetectActive()": "DetectActive().timeout(12)", "Up(.target)": "Up(.target).timeout(12)",
        "SwapNginx()": "SwapNginx().timeout(12)", "Prune()": "Prune().timeout(12)",
      ])
    }
  }
}
