import Foundation
import Testing

extension DockerTests {
  /// Two people at once.
  @Suite("Two at once") struct TwoDeploysTests {
    @Test("two bgruns: one deploys, the other leaves with 5", arguments: [true, false])
    func twoRuns(racing: Bool) async throws {
      // Whoever comes second comes while the first one still waits for the boot.
      try await Project.with(settings: [.green: ["BOOT": "8"]]) { project in
        let prober = Load.prober(port: project.port)
        async let first = project.bgrun("--reason", "first")
        if !racing { try await project.waitUntilLocked() }
        async let second = project.bgrun("--reason", "second")
        let both = try await [first, second]
        let tally = await prober.stop()
        #expect(both.map(\.status).sorted() == [0, 5], "\(both)")
        #expect(racing || both[0].status == 0, "\(both)")
        let refused = both.filter { $0.status == 5 }.map(\.errors).joined()
        #expect(refused.contains("grafana is being deployed by"), "\(refused)")
        #expect(refused.contains("(pid "), "\(refused)")
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .green, "\(both)")
      }
    }

    @Test("the second one waits if asked to, and deploys after the first")
    func waits() async throws {
      try await Project.with(settings: [.green: ["BOOT": "2"]]) { project in
        let prober = Load.prober(port: project.port)
        async let first = project.bgrun()
        try await project.waitUntilLocked()
        async let second = project.bgrun("--lock-wait", "1m")
        let both = try await [first, second]
        let tally = await prober.stop()
        #expect(both.map(\.status) == [0, 0], "\(both)")
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .blue, "\(both)")
      }
    }

    @Test("somebody stops the target by hand in the gate: the old colour serves on")
    func stoppedInTheGate() async throws {
      try await Project.with(settings: [.green: ["BOOT": "20"]]) { project in
        let prober = Load.prober(port: project.port)
        async let deploy = project.bgrun()
        try await project.waitUntilRunning(.green)
        try await project.compose("stop", "--timeout", "1", Colour.green.service)
        let ended = try await deploy
        let tally = await prober.stop()
        #expect(ended.status == 1, "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .blue, "\(ended)")
      }
    }

    @Test("somebody stops the target by hand after the switch: the old colour gets traffic back")
    func stoppedAfterTheSwitch() async throws {
      try await Project.with { project in
        // Keep the deploy draining until the target is gone: longer than the way there takes,
        // shorter than what Drain waits for. The project's removal ends them.
        _ = Downloads(port: project.port, count: 2, seconds: 25)
        async let deploy = project.bgrun()
        try await project.wait(for: .green)
        try await project.compose("stop", "--timeout", "1", Colour.green.service)
        let ended = try await deploy
        #expect(ended.status == 3, "\(ended)")
        try await project.expect(live: .blue, "\(ended)")
      }
    }
  }
}
