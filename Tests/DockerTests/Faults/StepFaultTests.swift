import Foundation
import Testing

extension DockerTests {
  /// Ctrl-C, a docker that hangs, one that fails, and one that lies, at every step: reliability 5.1.
  @Suite("Faults at steps") struct StepFaultTests {
    /// A fault, the exit codes that fit, and whether the new colour serves after it.
    private struct Row {
      var cell: FakeDocker.Cell
      var statuses: Set<Int32>
      var moves = false

      init(_ cell: FakeDocker.Cell, _ statuses: Set<Int32>, moves: Bool = false) {
        (self.cell, self.statuses, self.moves) = (cell, statuses, moves)
      }
    }

    @Test("SIGINT: all is undone until the previous colour is being stopped")
    func interrupted() async throws {
      try await each([
        Row(.init(.interrupt, "compose config"), [130]),
        Row(.init(.interrupt, "compose up"), [130]),
        Row(.init(.interrupt, "inspect --type container", 2), [130]),
        Row(.init(.interrupt, "nginx -T"), [130]),
        Row(.init(.interrupt, "nginx -s reload"), [130]),
        Row(.init(.interrupt, "stop -t"), [130], moves: true),
      ])
    }

    @Test("a docker that hangs: the step's time ends it, and what it left")
    func hangs() async throws {
      try await each([
        Row(.init(.hang, "compose config"), [1, 6]),
        Row(.init(.hang, "compose up"), [1]),
        Row(.init(.hang, "inspect --type container", 2), [1]),
        Row(.init(.hang, "nginx -T"), [1]),
        Row(.init(.hang, "nginx -s reload"), [1, 3]),
        Row(.init(.hang, "stop -t"), [7], moves: true),
        Row(.init(.hang, "image prune"), [7], moves: true),
      ])
    }

    @Test("a docker that fails, or did it and says that it failed")
    func fails() async throws {
      try await each([
        Row(.init(.fail, "compose config"), [1, 6]),
        Row(.init(.fail, "compose up"), [1]),
        Row(.init(.lie, "compose up"), [1]),
        Row(.init(.fail, "nginx -T"), [1]),
        Row(.init(.fail, "nginx -s reload"), [1, 3]),
        Row(.init(.lie, "nginx -s reload"), [1, 3]),
        Row(.init(.fail, "stop -t"), [7], moves: true),
        Row(.init(.lie, "stop -t"), [7], moves: true),
        Row(.init(.fail, "image prune"), [7], moves: true),
      ])
    }

    private func each(_ rows: [Row]) async throws {
      try await Project.with { project in
        let docker = try FakeDocker(in: project)
        let plan = try project.hastyPlan()
        for row in rows { try await check(row, project, docker, plan) }
        print("\(rows.count) cells")
      }
    }

    private func check(
      _ row: Row, _ project: Project, _ docker: FakeDocker, _ plan: URL
    ) async throws {
      let before = try #require(project.live(), "\(row.cell)")
      let load = Load(port: project.port, clients: 4, pause: 20)
      try docker.arm(row.cell)
      let ended = try await project.bgrun(plan: plan, environment: docker.environment)
      try docker.disarm()
      #expect(row.statuses.contains(ended.status), "\(row.cell): \(ended)")
      #expect(ended.seconds < 40, "\(row.cell): \(ended.seconds) s")
      try await project.expect(
        live: row.moves ? before.other : before, alone: !row.moves, "\(row.cell): \(ended)")
      let tally = await load.stop()
      #expect(tally.failed == 0, "\(row.cell): \(tally)")
      if row.moves { try await project.compose("stop", before.service) }
    }
  }
}

extension Project {
  /// The plan that people copy, with steps that give up after a few seconds.
  func hastyPlan() throws -> URL {
    try plan { text in
      let hasty = text.replacing("every: 2)", with: "every: 2).timeout(5)")
        .replacing("Reload()", with: "Reload(within: 4).timeout(8); Drain(upTo: 2)")
        .replacing("Stop(.previous)", with: "Stop(.previous, grace: 2).timeout(5)")
      return ["DetectActive()", "Up(.target)", "SwapNginx()", "Prune()"].reduce(hasty) {
        $0.replacing($1, with: "\($1).timeout(5)")
      }
    }
  }
}
