import Foundation
import Testing

extension DockerTests {
  /// `kill -9` of bgrun before, during and after every step, under load: reliability 5.1.
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

    @Test("resumed: the new colour serves", .timeLimit(.minutes(10)))
    func resumed() async throws {
      try await killEverywhere(undo: false)
    }

    @Test("taken back: the old colour serves", .timeLimit(.minutes(10)))
    func takenBack() async throws {
      try await killEverywhere(undo: true)
    }

    private func killEverywhere(undo: Bool) async throws {
      try await Project.with { project in
        let docker = try FakeDocker(in: project)
        for cell in Self.cells {
          try await kill(at: cell, undo: undo, project, docker)
        }
        print("\(Self.cells.count) cells of kill -9, \(undo ? "taken back" : "resumed")")
      }
    }

    private func kill(
      at cell: FakeDocker.Cell, undo: Bool, _ project: Project, _ docker: FakeDocker
    ) async throws {
      let before = try #require(project.live(), "\(cell)")
      let load = Load(port: project.port, clients: 4, pause: 20)
      let downloads = Downloads(port: project.port, count: 2, seconds: 2)
      try docker.arm(cell)
      let killed = try await project.bgrun(environment: docker.environment)
      try docker.disarm()
      #expect(killed.status == -9, "\(cell): \(killed)")
      let refused = try await project.bgrun()
      #expect(refused.status == 5, "\(cell): \(refused)")
      for word in ["`", " --undo`"].map({ "`bgrun resume \(Repository.plan.path)\($0)" }) {
        #expect(refused.errors.contains(word), "\(cell): \(refused)")
      }
      let ended = try await project.bgrun(command: "resume", undo ? "--undo" : "--reason=mended")
      #expect(ended.status == 0, "\(cell): \(killed)\n\(ended)")
      let arrived = await downloads.results()
      #expect(arrived.allSatisfy { $0 == "whole" }, "\(cell): \(arrived)")
      let tally = await load.stop()
      #expect(tally.failed == 0, "\(cell): \(tally)")
      try await project.expect(
        live: undo ? before : before.other, "\(cell)\(undo ? ", taken back" : ""): \(ended)")
    }

    @Test(
      "killed while it takes back: taken back again", arguments: ["stop -t", "nginx -s reload"])
    func killedWhileTakingBack(words: String) async throws {
      try await Project.with { project in
        let docker = try FakeDocker(in: project)
        let load = Load(port: project.port, clients: 4, pause: 20)
        try docker.arm(.init(.killAfter, "nginx -s reload"))
        let killed = try await project.bgrun(environment: docker.environment)
        #expect(killed.status == -9, "\(killed)")
        try docker.arm(.init(.killBefore, words))
        let again = try await project.bgrun(
          command: "resume", "--undo", environment: docker.environment)
        #expect(again.status == -9, "\(again)")
        try docker.disarm()
        let onward = try await project.bgrun(command: "resume")
        #expect(onward.status == 5, "\(onward)")
        let ended = try await project.bgrun(command: "resume", "--undo")
        #expect(ended.status == 0, "\(ended)")
        let tally = await load.stop()
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .blue, "\(ended)")
      }
    }
  }
}
