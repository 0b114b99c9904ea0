import Foundation
import Testing

extension DockerTests {
  /// `kill -9` of bgrun before, during and after every step, under load.
  @Suite("Killed deploys") struct CrashTests {
    /// The commands of a deploy, in its order; the counts choose those between two changes.
    private static let cells: [FakeDocker.Cell] = [
      .init(.killBefore, "compose config"),  // DetectActive
      .init(.killAfter, "-o pid"),
      .init(.killBefore, "compose up"),  // Up
      .init(.killDuring, "compose up"),
      .init(.killAfter, "compose up"),
      .init(.killBefore, "inspect --type container", 2),  // Health
      .init(.killAfter, "inspect --type container", 2),
      .init(.killBefore, "nginx -T"),  // SwapNginx, which has written the file by then
      .init(.killAfter, "nginx -T"),
      .init(.killBefore, "nginx -s reload"),  // Reload
      .init(.killDuring, "nginx -s reload"),
      .init(.killAfter, "nginx -s reload"),
      .init(.killBefore, "-o pid", 3),  // the proof
      .init(.killBefore, "stop -t"),  // Stop
      .init(.killDuring, "stop -t"),
      .init(.killAfter, "stop -t"),
      .init(.killBefore, "image prune"),  // Prune
      .init(.killAfter, "image prune"),
    ]

    @Test(arguments: [false, true], [0..<9, 9..<18])
    func `a resume makes the new colour active, a rollback the old one`(
      undo: Bool, part: Range<Int>
    ) async throws {
      try await Project.with { project in
        for cell in Self.cells[part] {
          let before = try #require(project.live(), "\(cell)")
          let downloads = Downloads(port: project.port, count: 2, seconds: 2)
          try await project.bgrun(fault: cell, exits: -9, "\(cell)")
          try await project.bgrun(
            exits: 5,
            says: ["`", " --undo`"].map { project.resume + $0 }, "\(cell)")
          try await project.bgrun(
            "resume", undo ? "--undo" : "--reason=fixed", live: undo ? before : before.other,
            "\(cell)")
          let arrived = await downloads.results()
          #expect(arrived.allSatisfy { $0 == "whole" }, "\(cell): \(arrived)")
        }
      }
    }

    @Test(arguments: ["stop -t", "nginx -s reload"])
    func `a rollback that was killed is rolled back, too`(words: String) async throws {
      try await Project.with { project in
        try await project.bgrun(fault: .init(.killAfter, "nginx -s reload"), exits: -9)
        try await project.bgrun("resume", "--undo", fault: .init(.killBefore, words), exits: -9)
        try await project.bgrun("resume", exits: 5)
        try await project.bgrun("resume", "--undo", live: .blue)
      }
    }
  }
}
