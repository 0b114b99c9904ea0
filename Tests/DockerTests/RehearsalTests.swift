import Foundation
import Testing

extension DockerTests {
  /// `bgrun rehearse` on a running host: what it predicts happens on the real engine.
  @Suite("Rehearsals of running hosts") struct RehearsalTests {
    /// A row of `bgrun rehearse --format json`.
    private struct Row: Decodable {
      var operation: String?
      var detail: String?
      var exitCode: Int32
      var serving: String?
      var problems: [String]
    }

    /// The faults of the docker in front of the real one, and what they are in a rehearsal.
    private static let details: [FakeDocker.Fault: String] = [
      .fail: "fails", .lie: "is done but reports failure", .interrupt: "is interrupted",
      .killBefore: "is not done and bgrun is killed", .killAfter: "is done and bgrun is killed",
    ]

    /// Each of these faults at each of the changes.
    private static let cells: [FakeDocker.Cell] = [
      "compose up", "nginx -s reload", "stop -t", "image prune",
    ].flatMap { words in
      details.keys.sorted { $0.rawValue < $1.rawValue }.map { .init($0, words) }
    }

    private func rehearse(_ project: Project) async throws -> [Row] {
      let ended = try await project.bgrun("rehearse", "--format", "json")
      return try ended.output.split(separator: "\n").map {
        try JSONDecoder().decode(Row.self, from: Data($0.utf8))
      }
    }

    @Test func `twenty cells end as predicted`() async throws {
      try await Project.with { project in
        // What is predicted depends on what the cell before has left.
        var known: [Set<Colour>: [Colour: [Row]]] = [:]
        for cell in Self.cells {
          let detail = try #require(Self.details[cell.fault])
          let live = try #require(project.live(), "\(detail)")
          let running = try await project.running()
          let rows: [Row]
          if let old = known[running]?[live] {
            rows = old
          } else {
            rows = try await rehearse(project)
          }
          known[running, default: [:]][live] = rows
          #expect(rows.flatMap(\.problems) == [])
          let row = try #require(
            rows.first { $0.operation?.contains(cell.words) == true && $0.detail == detail })
          let isDeath = [.killBefore, .killAfter].contains(cell.fault)
          let ended = try await project.bgrun(fault: cell, exits: isDeath ? -9 : nil)
          let status =
            isDeath ? try await project.bgrun("resume", exits: nil).status : ended.status
          #expect(status == row.exitCode, "\(cell): \(ended)")
          #expect(project.live()?.rawValue == row.serving, "\(cell): \(ended)")
          // What was interrupted after the switch is resumed before the next deploy.
          if cell.fault == .interrupt { try await project.bgrun("resume") }
        }
      }
    }

    @Test func `containers and nginx's configuration are read, and nothing is changed`()
      async throws
    {
      try await Project.with { project in
        let list = ["docker", "ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.State}}"]
        let mine = list + ["--filter", "label=com.docker.compose.project=\(project.name)"]
        let before = try await Shell.run(mine).output
        let ended = try await project.bgrun(
          "rehearse", says: ["a simulated copy of this host", "12.4 → 12.3", "blue active"])
        #expect(ended.errors.isEmpty, "\(ended)")
        try await project.bgrun(
          "rehearse", "--show", "5:hangs",
          says: ["step 5 Reload, when docker exec \(project.container("nginx-proxy"))"])
        #expect(try await Shell.run(mine).output == before)
        let state = project.folder.appending(path: ".bgrun")
        #expect(!FileManager.default.fileExists(atPath: state.path))
        try await project.bgrun("lock", "--reason", "load test")
        try await project.bgrun(
          "rehearse", says: ["a deploy would not start now: grafana is locked", "bgrun unlock"])
      }
    }
  }
}
