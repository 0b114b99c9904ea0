import Foundation
import Testing

extension DockerTests {
  /// Deploys while a client holds a connection open, as a WebSocket or an event stream does.
  @Suite("Long connections") struct LongConnectionTests {
    /// A transfer of some seconds through the proxy; the status is curl's, 18 if it was cut.
    private static func transfer(_ project: Project, seconds: Int) async throws -> Int32 {
      try await Shell.run(
        [
          "curl", "--silent", "--max-time", "60", "--output", "/dev/null",
          "http://127.0.0.1:\(project.port)/slow=\(seconds)",
        ], in: project.folder
      ).status
    }

    private static func oldWorkers(_ project: Project) async throws -> Int {
      let table = try await Shell.run(
        ["docker", "top", project.container("nginx-proxy"), "-o", "pid,args"])
      return table.output.split(separator: "\n").count { $0.contains("shutting down") }
    }

    @Test func `a plan that cuts: at the deadline and not before, and nobody else notices`()
      async throws
    {
      try await Project.with { project in
        let began = ContinuousClock.now
        async let transfer = Self.transfer(project, seconds: 60)
        try await Task.sleep(for: .milliseconds(300))
        let plan = try project.plan(
          "Drain(upTo: 3, atDeadline: .cut)", before: "Stop(.previous)")
        try await project.bgrun(
          plan: plan, says: ["cut the connections of 1 old nginx worker after 3 s"], live: .green)
        #expect(try await transfer == 18)
        #expect(began.duration(to: .now) > .seconds(3))
        #expect(try await Self.oldWorkers(project) == 0)
      }
    }

    @Test
    func `a plan that keeps: the connection survives, and resume stops the old version after it`()
      async throws
    {
      try await Project.with { project in
        // As long as a busy machine needs for what follows.
        async let transfer = Self.transfer(project, seconds: 30)
        try await Task.sleep(for: .milliseconds(300))
        let plan = try project.plan(
          "Drain(upTo: 1, atDeadline: .keep)", before: "Stop(.previous)")
        try await project.bgrun(plan: plan, says: ["grafana-blue is kept running: 1 old nginx"])
        try await project.expect(live: .green, alone: false)
        try await project.bgrun(
          "status", plan: plan,
          says: ["grafana-blue still runs", "1 old nginx worker still serves"])
        try await project.bgrun(
          "resume", plan: plan, exits: 7,
          says: ["Finishing the deploy of grafana", "once those requests have ended"])
        #expect(try await project.running() == [.blue, .green])
        #expect(try await transfer == 0)
        try await project.bgrun("status", plan: plan, says: ["its last connection has ended"])
        try await project.bgrun("resume", plan: plan, says: ["grafana-blue stopped"], live: .green)
      }
    }

    @Test func `the version that was kept is rolled back to, and deployed over, without an outage`()
      async throws
    {
      try await Project.with { project in
        async let transfer = Self.transfer(project, seconds: 40)
        try await Task.sleep(for: .milliseconds(300))
        let plan = try project.plan(
          "Drain(upTo: 1, atDeadline: .keep)", before: "Stop(.previous)")
        try await project.bgrun(plan: plan)
        // Green keeps running, too: the old worker that serves the transfer may serve green.
        try await project.bgrun("rollback", plan: plan)
        try await project.expect(live: .blue, alone: false)
        try await project.bgrun(plan: plan)
        try await project.expect(live: .green, alone: false)
        #expect(try await transfer == 0)
      }
    }
  }
}
