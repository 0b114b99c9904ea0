import Foundation
import BgrunTestSupport
import Testing

extension DockerTests {
  /// Killing bgrun does not end what the engine was asked: what is being stopped "runs" meanwhile.
  @Suite("Deploys killed while a container is being stopped") struct KilledStopTests {
    /// How an application takes SIGTERM.
    enum Ending: String, CaseIterable, Sendable {
      /// It goes on as if nothing had happened, until it is killed.
      case ignored
      /// It accepts nothing more, and ends some seconds later.
      case slow

      /// Its line of the Compose file; `$$` is Compose's `$`.
      var entrypoint: String {
        let script =
          switch self {
          case .ignored: "trap '' TERM; /usr/local/bin/app & wait"
          case .slow:
            "trap 'kill $$P; sleep 2; exit 0' TERM; /usr/local/bin/app & P=$$!; wait $$P"
          }
        return "entrypoint: [\"sh\", \"-c\", \"\(script)\"]"
      }
    }

    /// A project with an application that takes 3 s to be stopped.
    private func with(
      _ ending: Ending, _ body: (Project) async throws -> Void
    ) async throws {
      try await Project.with(start: false) { project in
        for colour in Colour.allCases {
          try project.add(ending.entrypoint, to: colour)
          try project.add("stop_grace_period: 3s", to: colour)
        }
        try await project.start()
        try await body(project)
      }
    }

    /// Begins a deploy and sends bgrun a signal once the previous colour is being stopped.
    private func cutOff(
      _ project: Project, _ docker: FakeDocker, by signal: Int32
    ) async throws -> Ended {
      let log = project.folder.appending(path: "fake-docker/log")
      try? FileManager.default.removeItem(at: log)
      let argv = [Repository.bgrun.path, Repository.plan.path, "--project", project.folder.path]
      return try await Shell.run(argv, in: project.folder, environment: docker.environment) { pid in
        Task {
          try await waitUntil("docker stop begins") {
            (try? String(contentsOf: log, encoding: .utf8))?.contains("stop -t") == true
          }
          try await Task.sleep(for: .milliseconds(700))
          kill(pid, signal)
        }
      }
    }

    @Test(
      "killed there: undone, resumed, rolled back or deployed anew, nobody sees an error",
      arguments: Ending.allCases)
    func killed(ending: Ending) async throws {
      try await with(ending) { project in
        let docker = try FakeDocker(in: project)
        let load = Load(port: project.port, clients: 4, pause: 20)
        let killed = try await cutOff(project, docker, by: SIGKILL)
        #expect(killed.status == -9, "\(killed)")
        let undone = try await project.bgrun(command: "resume", "--undo")
        #expect(undone.status == 0, "\(undone)")
        try await project.expect(live: .blue, "\(undone)")
        _ = try await cutOff(project, docker, by: SIGKILL)
        let settled = try await project.bgrun(command: "resolve")
        #expect(settled.status == 0, "\(settled)")
        let back = try await project.bgrun(command: ending == .slow ? "rollback" : "run")
        #expect(back.status == 0, "\(back)")
        // Whatever the engine was asked has been done by then.
        try await Task.sleep(for: .seconds(3))
        try await project.expect(live: .blue, "\(back)")
        let tally = await load.stop()
        print("killed in Stop, \(ending): \(tally)")
        #expect(tally.failed == 0, "\(tally)")
      }
    }

    @Test("SIGTERM there: it says what serves and what is left, and a resume does it")
    func interrupted() async throws {
      try await with(.ignored) { project in
        let docker = try FakeDocker(in: project)
        let load = Load(port: project.port, clients: 4, pause: 20)
        let ended = try await cutOff(project, docker, by: SIGTERM)
        #expect(ended.status == 143, "\(ended)")
        #expect(
          ended.errors.contains(
            "next: grafana-green serves; `bgrun resume \(Repository.plan.path)` finishes it (Stop previous, Prune), `bgrun resume \(Repository.plan.path) --undo` starts grafana-blue again"
          ),
          "\(ended)")
        let refused = try await project.bgrun(command: "rollback")
        #expect(refused.status == 5, "\(refused)")
        #expect(refused.errors.contains("interrupted at step Stop previous"), "\(refused)")
        let resumed = try await project.bgrun(command: "resume")
        #expect(resumed.status == 0, "\(resumed)")
        try await project.expect(live: .green, "\(resumed)")
        let tally = await load.stop()
        #expect(tally.failed == 0, "\(tally)")
      }
    }

    @Test("interrupted in Watch: back to the version before")
    func watching() async throws {
      try await Project.with { project in
        let plan = try project.plan {
          $0.replacing("Stop(.previous)", with: "Watch(for: 60)\n  Stop(.previous)")
        }
        let load = Load(port: project.port, clients: 4, pause: 20)
        let argv = [Repository.bgrun.path, plan.path, "--project", project.folder.path]
        let ended = try await Shell.run(argv, in: project.folder) { pid in
          Task {
            try await project.wait(for: .green)
            try await Task.sleep(for: .seconds(1))
            kill(pid, SIGINT)
          }
        }
        let tally = await load.stop()
        #expect(ended.status == 130, "\(ended)")
        #expect(ended.text.contains("cancelled, grafana-blue serves again"), "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .blue, "\(ended)")
      }
    }

    @Test("a previous version that is frozen or sick is not gone back to")
    func sick() async throws {
      try await Project.with { project in
        let blue = project.container("grafana-blue")
        let plan = try project.plan {
          $0.replacing(
            "Stop(.previous)", with: "Run(\"docker\", \"pause\", \"\(blue)\")\n  Run(\"false\")")
        }
        let load = Load(port: project.port, clients: 4, pause: 20)
        let ended = try await project.bgrun(plan: plan)
        #expect(ended.status == 4, "\(ended)")
        #expect(ended.text.contains("grafana-green, which is healthy, still serves"), "\(ended)")
        try await project.wait(for: .green)
        _ = try await Shell.run(["docker", "unpause", blue])
        let undone = try await project.bgrun(command: "resume", "--undo", plan: plan)
        #expect(undone.status == 0, "\(undone)")
        let tally = await load.stop()
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .blue, "\(undone)")
      }
    }

    // MARK: At random moments

    /// How many runs are killed: `BGRUN_KILLS=100` for a thorough test.
    private static let kills =
      ProcessInfo.processInfo.environment["BGRUN_KILLS"].flatMap { Int($0) } ?? 2

    @Test(
      "killed at random moments, whatever follows: no request fails", arguments: Ending.allCases)
    func random(ending: Ending) async throws {
      try await with(ending) { project in
        let plan = try project.plan {
          $0.replacing("Prune()", with: "")
            .replacing("Stop(.previous)", with: "Watch(for: 1, every: 0.2)\n  Stop(.previous)")
        }
        var (number, tally, lines) = (0, Tally(), [String]())
        while number < Self.kills / 2 {
          let load = Load(port: project.port, clients: 4, pause: 20)
          let killed = try await killed(project, plan)
          if killed.status != 0 { number += 1 }
          let (follow, ended) = try await follow(project, plan)
          // Whatever the engine was asked has been done by then.
          try await Task.sleep(for: .seconds(3.5))
          let line = "\(killed.status) after \(killed.seconds) s, \(follow): \(ended.status)"
          let its = await load.stop()
          lines.append("\(line); \(its)")
          #expect(its.failed == 0, "\(line): \(its)\n\(killed)\n\(ended)")
          #expect(ended.status == 0, "\(line)\n\(killed)\n\(ended)")
          #expect(project.live() != nil, "\(line)\n\(killed)\n\(ended)")
          tally.add(its)
        }
        print(lines.joined(separator: "\n"))
        print("\(number) kills, \(ending): \(tally)")
      }
    }

    /// Begins a deploy, and ends it somewhere.
    private func killed(_ project: Project, _ plan: URL) async throws -> Ended {
      let signal = [SIGKILL, SIGKILL, SIGTERM, SIGINT].randomElement() ?? SIGKILL
      let moment = Duration.milliseconds(Int.random(in: 100...7000))
      let argv = [Repository.bgrun.path, plan.path, "--project", project.folder.path]
      // A run that has ended by then is not killed: its number may be another's.
      var killer: Task<Void, any Error>?
      defer { killer?.cancel() }
      return try await Shell.run(argv, in: project.folder) { pid in
        killer = Task {
          try await Task.sleep(for: moment)
          kill(pid, signal)
        }
      }
    }

    /// What a person does next, and how that ended.
    private func follow(_ project: Project, _ plan: URL) async throws -> (String, Ended) {
      let ways = [["resume"], ["resume", "--undo"], ["rollback"], ["run"]]
      let way = ways.randomElement() ?? ["run"]
      let name = way.joined(separator: " ")
      func run(_ words: [String]) async throws -> Ended {
        try await Shell.run(
          [Repository.bgrun.path, words[0], plan.path] + words.dropFirst()
            + ["--project", project.folder.path], in: project.folder)
      }
      let ended = try await run(way)
      switch ended.status {
      // There was nothing to resume, or nothing to go back to: a deploy follows.
      case 2, 6: return ("\(name) (\(ended.status)), run", try await run(["run"]))
      // Half done: a person says that all is well, and does it all the same.
      case 5:
        _ = try await run(["resolve"])
        var again = try await run(way)
        var said = "resolve, \(name)"
        if again.status == 1, again.errors.contains("active colour is ambiguous"),
          let live = project.live()
        {
          said += " (1), --active \(live)"
          again = try await run(["run", "--active", live.rawValue])
        }
        guard again.status == 6 else { return (said, again) }
        return ("\(said) (6), run", try await run(["run"]))
      default: return (name, ended)
      }
    }
  }
}
