import Foundation
import BgrunTestSupport
import Testing

extension DockerTests {
  /// The commands of a plan's author: which version they see, and what is left of them.
  @Suite("Commands of the plan's author") struct UserCommandTests {
    /// A service `migrate` that notes its version, and a plan with some steps before `Up`.
    private func plan(_ steps: String, in project: Project, takes seconds: Int = 0) throws -> URL {
      let script =
        "echo $$VERSION begins >> /out/log; sleep \(seconds); echo done $$VERSION; "
        + "echo $$VERSION ended >> /out/log"
      try project.edit("docker-compose.override.yaml") {
        $0 + "  migrate:\n    image: bgruntest-app:${TAG:-12.3}\n    entrypoint: []\n"
          + "    command: [sh, -c, \"\(script)\"]\n    profiles: [tools]\n"
          + "    volumes: [\"./out:/out\"]\n"
      }
      try FileManager.default.createDirectory(
        at: project.folder.appending(path: "out"), withIntermediateDirectories: true)
      return try project.plan {
        $0.replacing(#"health")"#, with: #"health", environment: ["TAG": "12.4"])"#)
          .replacing("  Up(.target", with: "\(steps)\n  Up(.target")
      }
    }

    private func log(_ project: Project) -> [String] {
      let text = try? String(
        contentsOf: project.folder.appending(path: "out/log"), encoding: .utf8)
      return text?.split(separator: "\n").map(String.init) ?? []
    }

    private func jobs(_ project: Project) async throws -> String {
      try await Shell.run([
        "docker", "ps", "--all", "--format", "{{.Names}} {{.Status}}", "--filter",
        "label=bgrun.job", "--filter", "label=com.docker.compose.project=\(project.name)",
      ]).output
    }

    @Test("a migration before Up is the new version's, by Job and by Run; nobody notices")
    func version() async throws {
      try await Project.with { project in
        let plan = try plan(
          #"  Run("docker", "compose", "run", "--rm", "--no-deps", "-T", "migrate")"#
            + "\n  Job(\"migrate\")", in: project)
        let load = Load(port: project.port, clients: 4, pause: 20)
        let ended = try await project.bgrun(plan: plan)
        let tally = await load.stop()
        print("load: \(tally)")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.text.contains("done 12.4"), "\(ended)")
        #expect(log(project) == ["12.4 begins", "12.4 ended", "12.4 begins", "12.4 ended"])
        #expect(try await jobs(project) == "")
        #expect(tally.failed == 0, "\(tally)")
      }
    }

    @Test("kill -9 while a job runs, then resume: it is waited for and not started again")
    func killedJob() async throws {
      try await Project.with { project in
        let plan = try plan("  Job(\"migrate\")", in: project, takes: 4)
        let load = Load(port: project.port, clients: 4, pause: 20)
        let docker = try FakeDocker(in: project)
        try docker.arm(.init(.killDuring, "compose run"))
        let killed = try await project.bgrun(plan: plan, environment: docker.environment)
        try docker.disarm()
        #expect(killed.status == -9, "\(killed)")
        try await waitUntil("the job has begun") { log(project).count == 1 }
        let ended = try await project.bgrun(command: "resume", plan: plan)
        let tally = await load.stop()
        print("load: \(tally)")
        print(ended.text)
        #expect(ended.status == 0 && tally.failed == 0, "\(tally)\n\(ended)")
        #expect(log(project) == ["12.4 begins", "12.4 ended"])
        #expect(try await jobs(project) == "")
        try await project.expect(live: .green, "\(ended)")
      }
    }

    @Test("a job whose time is up is stopped, and the old version serves on")
    func slowJob() async throws {
      try await Project.with { project in
        let plan = try plan("  Job(\"migrate\").timeout(2)", in: project, takes: 60)
        let load = Load(port: project.port, clients: 4, pause: 20)
        let ended = try await project.bgrun(plan: plan)
        let tally = await load.stop()
        print("load: \(tally)")
        print(ended.text)
        #expect(ended.status == 1 && tally.failed == 0, "\(tally)\n\(ended)")
        #expect(log(project) == ["12.4 begins"])
        #expect(try await jobs(project) == "")
        try await project.expect(live: .blue, "\(ended)")
      }
    }

    // MARK: Exec

    private func processes(_ project: Project) async throws -> Int {
      let proxy = project.container("nginx-proxy")
      let top = try await Shell.run(["docker", "top", proxy, "-o", "pid,args"])
      return top.output.split(separator: "\n").count { $0.contains("sleep 77") }
    }

    private func execPlan(_ modifiers: String, in project: Project) throws -> URL {
      try project.plan {
        $0.replacing(
          "  Up(.target",
          with: """
              Exec(service: "nginx-proxy", "sh", "-c", "trap '' TERM; sleep 77; echo")\(modifiers)
              Up(.target
            """)
      }
    }

    @Test("an Exec whose time is up has ended inside the container, at every attempt")
    func slowExec() async throws {
      try await Project.with { project in
        let plan = try execPlan(".timeout(perAttempt: 1).retry(1)", in: project)
        let load = Load(port: project.port, clients: 4, pause: 20)
        let ended = try await project.bgrun(plan: plan)
        let tally = await load.stop()
        print("load: \(tally)")
        print(ended.text)
        #expect(ended.status == 1 && tally.failed == 0, "\(tally)\n\(ended)")
        #expect(ended.errors.contains("and was stopped"), "\(ended)")
        #expect(try await processes(project) == 0)
      }
    }

    @Test("kill -9 while an Exec runs, then resume: never two at once")
    func killedExec() async throws {
      try await Project.with { project in
        let plan = try project.plan {
          $0.replacing(
            "  Up(.target",
            with: """
                Exec(
                  service: "nginx-proxy", "sh", "-c",
                  "echo begins >> /tmp/log; sleep 5; echo ends >> /tmp/log")
                Up(.target
              """)
        }
        let load = Load(port: project.port, clients: 4, pause: 20)
        let docker = try FakeDocker(in: project)
        try docker.arm(.init(.killDuring, "sleep 5"))
        let killed = try await project.bgrun(plan: plan, environment: docker.environment)
        try docker.disarm()
        #expect(killed.status == -9, "\(killed)")
        let ended = try await project.bgrun(command: "resume", plan: plan)
        let tally = await load.stop()
        print("load: \(tally)")
        print(ended.text)
        #expect(ended.status == 0 && tally.failed == 0, "\(tally)\n\(ended)")
        let log = try await Shell.run([
          "docker", "exec", project.container("nginx-proxy"), "cat", "/tmp/log",
        ]).output
        #expect(log == "begins\nends\nbegins\nends\n")
        try await project.expect(live: .green, "\(ended)")
      }
    }
  }
}
