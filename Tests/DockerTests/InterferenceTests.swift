import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// What other people and other deploys do while a deploy runs.
  @Suite("Interference") struct InterferenceTests {
    // MARK: Two deploys

    @Test(arguments: [true, false])
    func `two deploys at once: one succeeds, the other ends with 5`(racing: Bool) async throws {
      // The second one begins while the first one still waits for the boot.
      try await Project.with(settings: [.green: ["BOOT": "8"]]) { project in
        async let first = project.bgrun("--reason=first", exits: nil)
        if !racing { try await project.waitUntilLocked() }
        async let second = project.bgrun("--reason=second", exits: nil)
        let both = try await [first, second]
        #expect(both.map(\.status).sorted() == [0, 5], "\(both)")
        #expect(racing || both[0].status == 0, "\(both)")
        let refused = both.filter { $0.status == 5 }.map(\.errors).joined()
        #expect(refused.contains(#/grafana is being deployed by .*\(pid /#), "\(refused)")
        try await project.expect(live: .green, "\(both)")
      }
    }

    @Test func `with --lock-wait the second deploy follows the first`() async throws {
      try await Project.with(settings: [.green: ["BOOT": "2"]]) { project in
        async let first = project.bgrun()
        try await project.waitUntilLocked()
        async let second = project.bgrun("--lock-wait", "1m")
        _ = try await (first, second)
        try await project.expect(live: .blue)
      }
    }

    // MARK: Signals

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal during the health check: the target is stopped, the previous colour serves`(
      signal: Int32
    ) async throws {
      try await Project.with(settings: [.green: ["BOOT": "20"]], users: .onBlue) { project in
        let ended = try await project.bgrun(
          interruption: .init(signal) { try await project.waitUntilRunning(.green) },
          exits: 128 + signal, live: .blue)
        #expect(ended.seconds < 18, "the boot was waited for")
      }
    }

    @Test func `a signal during Watch: the previous version gets its traffic back`() async throws {
      try await Project.with { project in
        try await project.bgrun(
          plan: project.plan("Watch(for: 60)", before: "Stop(.previous)"),
          interruption: .init(SIGINT) {
            try await project.wait(for: .green)
            try await Task.sleep(for: .seconds(1))
          }, exits: 130, says: ["cancelled, grafana-blue serves again"], live: .blue)
      }
    }

    // MARK: Containers that others stop

    @Test func `the target is stopped during the health check: the previous colour serves on`()
      async throws
    {
      try await Project.with(settings: [.green: ["BOOT": "20"]], users: .onBlue) { project in
        async let deploy = project.bgrun(exits: 1, live: .blue)
        try await project.waitUntilRunning(.green)
        try await project.compose("stop", "--timeout", "1", Colour.green.service)
        _ = try await deploy
      }
    }

    @Test func `the target is stopped after the switch: the previous colour gets its traffic back`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        // The deploy drains until the target is stopped; the project's removal ends the downloads.
        _ = Downloads(port: project.port, count: 2, seconds: 15)
        async let deploy = project.bgrun(exits: 3, live: .blue)
        try await project.wait(for: .green)
        try await project.compose("stop", "--timeout", "1", Colour.green.service)
        _ = try await deploy
      }
    }

    /// Disturbs a container while a deploy stops blue, which takes some seconds.
    private func whileStopping(
      _ disturb: (Project) async throws -> Void, exits status: Int32, says texts: [String],
      then check: (Project, Ended) async throws -> Void
    ) async throws {
      try await Project.with(start: false, users: .unwatched) { project in
        try project.add("stop_signal: SIGWINCH", to: .blue)
        try project.add("stop_grace_period: 6s", to: .blue)
        try await project.start()
        async let deploy = project.bgrun(exits: status, says: texts)
        try await project.waitUntilStopping()
        try await Task.sleep(for: .seconds(1))
        try await disturb(project)
        try await check(project, try await deploy)
      }
    }

    @Test func `a target that is killed during Stop is rolled back`() async throws {
      try await whileStopping(
        { try await Shell.output("docker", "kill", $0.container(Colour.green.service)) }, exits: 3,
        says: [
          "grafana-green passed its health check, but then it exited", "grafana-blue serves again",
        ]
      ) { project, ended in try await project.expect(live: .blue, "\(ended)") }
    }

    @Test func `a proxy that is paused during Stop fails the deploy; unpausing it is enough`()
      async throws
    {
      try await whileStopping(
        { try await $0.pause("nginx-proxy") }, exits: 4,
        says: ["the proxy nginx-proxy is not running: it is paused"]
      ) { project, ended in
        #expect(!ended.output.contains("serves now"), "\(ended)")
        try await Shell.output("docker", "unpause", project.container("nginx-proxy"))
        try await project.expect(live: .green, "\(ended)")
        try await project.bgrun("status")
      }
    }

    @Test func `a previous version that is paused or unhealthy is not rolled back to`() async throws
    {
      try await Project.with { project in
        let blue = project.container("grafana-blue")
        let plan = try project.plan(
          "Run(\"docker\", \"pause\", \"\(blue)\")\n  Run(\"false\")", before: "Stop(.previous)")
        try await project.bgrun(
          plan: plan, exits: 4, says: ["grafana-green, which is healthy, still serves"])
        try await project.wait(for: .green)
        try await Shell.output("docker", "unpause", blue)
        try await project.bgrun("resume", "--undo", plan: plan, live: .blue)
      }
    }

    // MARK: Changes of the proxy

    @Test
    func `a colour that a person switched to during the run is not stopped when the run fails`()
      async throws
    {
      try await Project.with { project in
        let plan = try project.plan(
          #"Run("sh", "-c", "touch here; sleep 3; exit 1")"#, before: "SwapNginx()")
        async let deploy = project.bgrun(
          plan: plan, exits: 4,
          says: [
            "grafana-green is not stopped: another process has changed", "active colour unknown",
          ])
        try await project.wait(forFile: "here")
        try Data(contentsOf: project.source(.green)).write(to: project.site)
        try await project.reload()
        _ = try await deploy
        #expect(project.live() == .green)
        // A later rollback does not stop it either.
        try await project.bgrun("resume", "--undo", plan: plan, exits: 4)
        #expect(project.live() == .green)
        try await project.bgrun("resolve", plan: plan)
      }
    }
  }
}
