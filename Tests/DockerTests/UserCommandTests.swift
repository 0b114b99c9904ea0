import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// Run, Job and Exec of the plan's author: which version they see, and what is left of them.
  @Suite("Commands of the plan's author") struct UserCommandTests {
    // MARK: Job

    /// A service `migrate` that logs its version, and a plan with some steps before `Up`.
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
      return try project.plan([
        #"health")"#: #"health", environment: ["TAG": "12.4"])"#,
        "  Up(.target": "\(steps)\n  Up(.target",
      ])
    }

    /// Expects what the service has logged, and that no container of a job is left.
    private func expectLog(_ lines: String..., in project: Project) async throws {
      #expect(try project.read("out/log") == lines.map { $0 + "\n" }.joined())
      let jobs = try await Shell.output(
        "docker", "ps", "--all", "--quiet", "--filter", "label=bgrun.job", "--filter",
        "label=com.docker.compose.project=\(project.name)")
      #expect(jobs == "")
    }

    @Test func `a migration before Up runs in the new version, by Job and by Run`() async throws {
      try await Project.with { project in
        let run = #"Run("docker", "compose", "run", "--rm", "--no-deps", "-T", "migrate")"#
        try await project.bgrun(
          plan: plan("  \(run)\n  Job(\"migrate\")", in: project), says: ["done 12.4"])
        try await expectLog(
          "12.4 begins", "12.4 ended", "12.4 begins", "12.4 ended", in: project)
      }
    }

    @Test func `kill -9 while a job runs, then resume: it is waited for and not started again`()
      async throws
    {
      try await Project.with { project in
        let plan = try plan("  Job(\"migrate\")", in: project, takes: 4)
        try await project.bgrun(plan: plan, fault: .init(.killDuring, "compose run"), exits: -9)
        try await project.wait(forFile: "out/log")
        try await project.bgrun("resume", plan: plan, live: .green)
        try await expectLog("12.4 begins", "12.4 ended", in: project)
      }
    }

    @Test func `a job that times out is stopped, and the previous version serves on`() async throws
    {
      try await Project.with(users: .onBlue) { project in
        let plan = try plan("  Job(\"migrate\").timeout(2)", in: project, takes: 60)
        try await project.bgrun(plan: plan, exits: 1, live: .blue)
        try await expectLog("12.4 begins", in: project)
      }
    }

    // MARK: Exec

    private func plan(exec script: String, _ modifiers: String = "", in project: Project) throws
      -> URL
    {
      try project.plan(
        "Exec(service: \"nginx-proxy\", \"sh\", \"-c\", \"\(script)\")\(modifiers)",
        before: "Up(.target")
    }

    @Test func `an Exec that times out has ended inside the container, at every attempt`()
      async throws
    {
      try await Project.with(users: .onBlue) { project in
        let plan = try plan(
          exec: "trap '' TERM; sleep 77; echo", ".timeout(perAttempt: 1).retry(1)", in: project)
        try await project.bgrun(plan: plan, exits: 1, says: ["and was stopped"])
        let processes = try await Shell.output(
          "docker", "top", project.container("nginx-proxy"), "-o", "pid,args")
        #expect(!processes.contains("sleep 77"))
      }
    }

    @Test func `kill -9 while an Exec runs, then resume: never two at once`() async throws {
      try await Project.with { project in
        let plan = try plan(
          exec: "echo begins >> /tmp/log; sleep 5; echo ends >> /tmp/log", in: project)
        try await project.bgrun(plan: plan, fault: .init(.killDuring, "sleep 5"), exits: -9)
        try await project.bgrun("resume", plan: plan, live: .green)
        let log = try await Shell.output(
          "docker", "exec", project.container("nginx-proxy"), "cat", "/tmp/log")
        #expect(log == "begins\nends\nbegins\nends")
      }
    }
  }
}
