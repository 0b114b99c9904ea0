import Foundation
import Testing

extension DockerTests {
  /// The commands around deploys: status, rollback, history, lock and unlock, resume.
  @Suite("Commands") struct CommandTests {
    /// Expects what `bgrun status` says to people and to programs.
    private func expectStatus(_ project: Project, live colour: Colour) async throws {
      try await project.bgrun("status", says: ["\(colour.service) serves"])
      let json = try await project.bgrun("status", "--format", "json")
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(object["serving"] as? String == colour.rawValue, "\(json)")
      #expect(object["answer"] as? Int == 200, "\(json)")
      if let run = object["lastRun"] as? [String: Any] {
        let started = try #require(run["started"] as? String)
        #expect(started.contains(#/^20..-..-..T..:..:..Z$/#), "\(json)")
      }
    }

    @Test func `deploy and two rollbacks; status and history report them`() async throws {
      try await Project.with { project in
        try await project.bgrun("rollback", exits: 6, says: ["grafana-green has no container"])
        try await expectStatus(project, live: .blue)
        try await project.bgrun("--reason", "version 12.3")
        try await expectStatus(project, live: .green)
        for colour in [Colour.blue, .green] {
          try await project.bgrun(
            "rollback", "--reason", "back again", says: ["Rolling back"], live: colour)
        }
        let history = try await project.bgrun("history", says: ["\"version 12.3\""])
        let runs = history.output.split(separator: "\n").dropFirst()
        #expect(runs.count == 4 && runs.last?.contains("unusable") == true, "\(history)")
        let run = try #require(runs.first?.split(separator: " ").first.map(String.init))
        try await project.bgrun(
          "history", run, says: ["$ docker stop", "nginx -s reload", "back again", "exit code 0"])
        let none = try await project.bgrun(
          "history", "20200101-000000-0000", exits: nil, says: ["bgrun history"])
        #expect(none.status != 0, "\(none)")
      }
    }

    @Test func `apply does what plan has written, and nothing if the tag has moved since`()
      async throws
    {
      try await Project.with { project in
        let tag = "\(project.name)-app:next"
        func move(to version: String) async throws {
          try await Shell.output("docker", "tag", "bgruntest-app:\(version)", tag)
        }
        try await move(to: "12.3")
        try project.add("image: \(tag)", to: .green)
        try await project.bgrun("plan", "-o", "g.plan", says: ["wrote g.plan", "Up target"])
        try await move(to: "12.4")
        try await project.bgrun(
          "plan", "--diff", "g.plan", exits: 1, says: ["- version to: \(tag)"], live: .blue)
        let apply = [Repository.bgrun.path, "apply", "g.plan"]
        let refused = try await Shell.run(apply, in: project.folder)
        #expect(refused.status == 1 && refused.text.contains("+ version to: \(tag)"), "\(refused)")
        try await project.expect(live: .blue)
        try await move(to: "12.3")
        let done = try await Shell.run(apply, in: project.folder)
        #expect(done.status == 0 && done.text.contains("serves now"), "\(done)")
        try await project.expect(live: .green)
        try await Shell.output("docker", "rmi", "--force", tag)
      }
    }

    @Test func `rollback does not make a version active that never was`() async throws {
      try await Project.with { project in
        for colour in [Colour.green, .blue] { try await project.bgrun(live: colour) }
        try project.add("labels: {new: \"1\"}", to: .green)
        try await project.bgrun(
          plan: project.plan(#"Run("false")"#, before: "SwapNginx()"), exits: 1, live: .blue)
        for words in ["--dry-run", "--verbose"] {
          try await project.bgrun(
            "rollback", words, exits: 6, says: ["did not make it active"], live: .blue)
        }
      }
    }

    @Test func `lock keeps deploys out until unlock, and status says so`() async throws {
      try await Project.with { project in
        try await project.bgrun("lock", "--reason", "migration")
        try await project.bgrun(exits: 5, says: ["locked by", "migration", "bgrun unlock"])
        try await project.bgrun("status", says: ["migration"])
        try await project.bgrun("unlock")
        try await project.bgrun(live: .green)
      }
    }

    @Test func `--no-rollback leaves a failed run as it is; resume continues it`() async throws {
      try await Project.with { project in
        for (words, before) in [("nginx -T", Colour.blue), ("nginx -s reload", .green)] {
          try await project.bgrun(
            "--no-rollback", fault: .init(.fail, words), exits: 1,
            says: ["bgrun resume \(Repository.plan.path)"])
          #expect(project.live() == before)
          #expect(try await project.running() == [.blue, .green])
          try await project.bgrun(exits: 5)
          try await project.bgrun("status", exits: 1, says: ["interrupted"])
          try await project.bgrun("resume", live: before.other)
        }
      }
    }

    @Test(arguments: [("--verbose", Colour.blue), ("--undo", .green)])
    func `a rollback that was killed can be resumed, and rolled back`(option: String, end: Colour)
      async throws
    {
      try await Project.with { project in
        try await project.bgrun()
        try await project.bgrun("rollback", fault: .init(.killAfter, "nginx -s reload"), exits: -9)
        try await project.bgrun("resume", option, live: end)
        try await project.bgrun("resume", says: ["nothing to resume"])
      }
    }
  }
}
