import Foundation
import Testing

extension DockerTests {
  /// Killing bgrun does not end what the engine was asked for: a container that is being stopped
  /// still counts as running.
  @Suite("Deploys killed while a container is being stopped") struct KilledStopTests {
    /// How an application takes SIGTERM.
    enum Ending: String, CaseIterable, Sendable {
      /// It continues until it is killed.
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
    private func with(_ ending: Ending, _ body: (Project) async throws -> Void) async throws {
      try await Project.with(start: false) { project in
        for colour in Colour.allCases {
          try project.add(ending.entrypoint, to: colour)
          try project.add("stop_grace_period: 3s", to: colour)
        }
        try await project.start()
        try await body(project)
      }
    }

    /// Begins a deploy, and sends bgrun a signal once the previous colour is being stopped.
    private func deploy(
      _ project: Project, until signal: Int32, exits status: Int32, says texts: [String] = []
    ) async throws {
      try await project.bgrun(
        fault: .init(.none, "stop -t"),
        interruption: .init(signal) {
          try await project.wait(forFile: "fake-docker/matched")
          try await Task.sleep(for: .milliseconds(700))
        }, exits: status, says: texts)
    }

    @Test(arguments: Ending.allCases)
    func `killed there: undone, resumed, rolled back or deployed anew, no request fails`(
      ending: Ending
    ) async throws {
      try await with(ending) { project in
        try await deploy(project, until: SIGKILL, exits: -9)
        try await project.bgrun("resume", "--undo", live: .blue)
        try await deploy(project, until: SIGKILL, exits: -9)
        try await project.bgrun("resolve")
        try await project.bgrun(ending == .slow ? "rollback" : "run")
        // The engine has done by then what it was asked for.
        try await Task.sleep(for: .seconds(3))
        try await project.expect(live: .blue)
      }
    }

    @Test func `SIGTERM there: bgrun says what is active and what is left, and a resume does it`()
      async throws
    {
      try await with(.ignored) { project in
        let resume = project.resume
        try await deploy(
          project, until: SIGTERM, exits: 143,
          says: [
            "next: grafana-green serves; \(resume)` finishes it (Stop previous, Prune), "
              + "\(resume) --undo` starts grafana-blue again"
          ])
        try await project.bgrun("rollback", exits: 5, says: ["interrupted at step Stop previous"])
        try await project.bgrun("resume", live: .green)
      }
    }

    // MARK: At random moments

    /// How many runs are killed: `BGRUN_KILLS=100` for a thorough test.
    private static let kills =
      ProcessInfo.processInfo.environment["BGRUN_KILLS"].flatMap { Int($0) } ?? 2

    @Test(arguments: Ending.allCases)
    func `killed at random moments, whatever follows: no request fails`(ending: Ending) async throws
    {
      try await with(ending) { project in
        let plan = try project.plan([
          "Prune()": "", "Stop(.previous)": "Watch(for: 1, every: 0.2)\n  Stop(.previous)",
        ])
        var number = 0
        while number < Self.kills / 2 {
          let moment = Duration.milliseconds(Int.random(in: 100...7000))
          let signal = [SIGKILL, SIGKILL, SIGTERM, SIGINT].randomElement() ?? SIGKILL
          let killed = try await project.bgrun(
            plan: plan, interruption: .init(signal) { try await Task.sleep(for: moment) },
            exits: nil)
          if killed.status != 0 { number += 1 }
          let (follow, ended) = try await follow(project, plan)
          // The engine has done by then what it was asked for.
          try await Task.sleep(for: .seconds(3.5))
          let line = "\(killed.status) after \(killed.seconds) s, \(follow): \(ended.status)"
          print(line)
          #expect(ended.status == 0 && project.live() != nil, "\(line)\n\(killed)\n\(ended)")
        }
      }
    }

    /// What a person does next, and how that ended.
    private func follow(_ project: Project, _ plan: URL) async throws -> (String, Ended) {
      func run(_ words: [String]) async throws -> Ended {
        try await words.count == 1
          ? project.bgrun(words[0], plan: plan, exits: nil)
          : project.bgrun(words[0], words[1], plan: plan, exits: nil)
      }
      let ways = [["resume"], ["resume", "--undo"], ["rollback"], ["run"]]
      let way = ways.randomElement() ?? ["run"]
      let name = way.joined(separator: " ")
      let ended = try await run(way)
      switch ended.status {
      // There was nothing to roll back to: a deploy follows.
      case 6: return ("\(name) (\(ended.status)), run", try await run(["run"]))
      // Interrupted: a person resolves it, and does the same again.
      case 5:
        _ = try await run(["resolve"])
        var again = try await run(way)
        var said = "resolve, \(name)"
        if again.status == 1, again.errors.contains("active colour is ambiguous"),
          let live = project.live()
        {
          said += " (1), --active \(live)"
          again = try await run(["run", "--active=\(live)"])
        }
        guard again.status == 6 else { return (said, again) }
        return ("\(said) (6), run", try await run(["run"]))
      default: return (name, ended)
      }
    }
  }
}
