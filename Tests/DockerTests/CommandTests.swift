import Foundation
import Testing

extension DockerTests {
  /// The commands around deploys: status, rollback, history, lock and unlock.
  @Suite("Commands") struct CommandTests {
    @Test("there and back: status, rollback, history")
    func thereAndBack() async throws {
      try await Project.with { project in
        let early = try await project.bgrun(command: "rollback")
        #expect(early.status == 6, "\(early)")
        #expect(early.errors.contains("grafana-green has no container"), "\(early)")
        try await project.expectStatus(live: .blue, 0)

        let load = Load(port: project.port, clients: 4, pause: 20)
        let deploy = try await project.bgrun("--reason", "version 12.3")
        #expect(deploy.status == 0, "\(deploy)")
        try await project.expectStatus(live: .green, 0)
        for colour in [Colour.blue, .green] {
          let back = try await project.bgrun(command: "rollback", "--reason", "back again")
          print(back.text)
          #expect(back.status == 0, "\(back)")
          #expect(back.text.contains("Rolling back"), "\(back)")
          try await project.expect(live: colour, "\(back)")
        }
        let tally = await load.stop()
        #expect(tally.failed == 0, "\(tally)")

        let history = try await project.bgrun(command: "history")
        print(history.text)
        let runs = history.output.split(separator: "\n")
        #expect(history.status == 0 && runs.count == 4, "\(history)")
        #expect(runs.last.map { $0.contains("unusable") } == true, "\(history)")
        #expect(history.output.contains("\"version 12.3\""), "\(history)")
        let run = try #require(runs.first?.split(separator: " ").first.map(String.init))
        let one = try await project.bgrun(command: "history", run)
        #expect(one.status == 0, "\(one)")
        for words in ["$ docker stop", "nginx -s reload", "back again", "exit code 0"] {
          #expect(one.output.contains(words), "no “\(words)” in:\n\(one)")
        }
        let none = try await project.bgrun(command: "history", "20200101-000000-0000")
        #expect(none.status != 0 && none.errors.contains("bgrun history"), "\(none)")
      }
    }

    @Test("status says that nothing serves, and exits with 1")
    func outage() async throws {
      try await Project.with { project in
        try await project.compose("stop", "--timeout", "1", Colour.blue.service)
        let human = try await project.bgrun(command: "status")
        print(human.text)
        #expect(human.status == 1, "\(human)")
        #expect(human.output.contains("should serve, but is exited"), "\(human)")
        let json = try await project.bgrun(command: "status", "--format", "json")
        #expect(json.status == 1, "\(json)")
        try await project.compose("stop", "--timeout", "1", "nginx-proxy")
        let down = try await project.bgrun(command: "status")
        print(down.text)
        #expect(down.status == 1, "\(down)")
      }
    }

    @Test("lock forbids deploys until unlock; status says so")
    func lock() async throws {
      try await Project.with { project in
        let locked = try await project.bgrun(command: "lock", "--reason", "migration")
        #expect(locked.status == 0, "\(locked)")
        try await project.expectRefusal(5, saying: ["locked by", "migration", "bgrun unlock"])
        let status = try await project.bgrun(command: "status")
        #expect(status.output.contains("migration"), "\(status)")
        let unlocked = try await project.bgrun(command: "unlock")
        #expect(unlocked.status == 0, "\(unlocked)")
        let deploy = try await project.bgrun()
        #expect(deploy.status == 0, "\(deploy)")
      }
    }

    @Test("--no-rollback leaves a failed run as it is; resume goes on with it")
    func noRollback() async throws {
      try await Project.with { project in
        let docker = try FakeDocker(in: project)
        for words in ["nginx -T", "nginx -s reload"] {
          let before = try #require(project.live())
          try docker.arm(.init(.fail, words))
          let failed = try await project.bgrun("--no-rollback", environment: docker.environment)
          try docker.disarm()
          print(failed.text)
          #expect(failed.status == 1, "\(failed)")
          #expect(failed.errors.contains("bgrun resume \(Repository.plan.path)"), "\(failed)")
          #expect(try await project.isRunning(before.other))
          #expect(project.live() == before)
          let refused = try await project.bgrun()
          #expect(refused.status == 5, "\(refused)")
          let status = try await project.bgrun(command: "status")
          #expect(status.output.contains("interrupted"), "\(status)")
          let resumed = try await project.bgrun(command: "resume")
          #expect(resumed.status == 0, "\(resumed)")
          try await project.expect(live: before.other, "\(resumed)")
        }
      }
    }

    @Test("a rollback that was killed can be resumed, and taken back", arguments: [false, true])
    func killedRollback(undo: Bool) async throws {
      try await Project.with { project in
        let docker = try FakeDocker(in: project)
        let deploy = try await project.bgrun()
        #expect(deploy.status == 0, "\(deploy)")
        try docker.arm(.init(.killAfter, "nginx -s reload"))
        let killed = try await project.bgrun(
          command: "rollback", environment: docker.environment)
        #expect(killed.status == -9, "\(killed)")
        try docker.disarm()
        let resumed = try await project.bgrun(command: "resume", undo ? "--undo" : "--verbose")
        #expect(resumed.status == 0, "\(resumed)")
        try await project.expect(live: undo ? .green : .blue, "\(resumed)")
        let nothing = try await project.bgrun(command: "resume")
        #expect(nothing.status == 2, "\(nothing)")
      }
    }
  }
}

extension Project {
  /// What `bgrun status` says, for people and for programs.
  func expectStatus(live colour: Colour, _ status: Int32) async throws {
    let human = try await bgrun(command: "status")
    print(human.text)
    #expect(human.status == status, "\(human)")
    #expect(human.output.contains("\(colour.service) serves"), "\(human)")
    let json = try await bgrun(command: "status", "--format", "json")
    #expect(json.status == status, "\(json)")
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect(object?["serving"] as? String == colour.rawValue, "\(json)")
    #expect(object?["answer"] as? Int == 200, "\(json)")
    if let run = object?["lastRun"] as? [String: Any] {
      let started = try #require(run["started"] as? String)
      #expect(started.contains(#/^20..-..-..T..:..:..Z$/#), "\(json)")
    }
  }
}
