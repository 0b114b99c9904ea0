import BgrunTestSupport
import Foundation
import Synchronization
import Testing

extension DockerTests {
  /// Deploys of another host over SSH, whose connection or user's machine goes away.
  @Suite("Another host", .requiresSSH) struct RemoteTests {
    private func server() async throws -> SSHServer {
      try await SSHServer(cache: SharedPrograms.folder.appending(path: "there"))
    }

    /// Runs `bgrun WORDS --on` the project; `atStep` is called when the run comes to a step.
    private func bgrun(
      _ words: String..., of project: Project, on server: SSHServer,
      atStep: (@Sendable (_ step: String, _ process: Int32) -> Void)? = nil
    ) async throws -> Ended {
      var environment = server.environment
      environment["BGRUN_CACHE"] = SharedPrograms.folder.appending(path: "here").path
      let hasEnded = Flag()
      defer { hasEnded.set() }
      return try await Shell.run(
        [Repository.bgrun.path] + words
          + [Repository.plan.path, "--on", "web1:\(project.folder.path)"],
        in: Repository.root, environment: environment
      ) { pid in
        guard let atStep else { return }
        // A thread of its own: tests that compute leave tasks no time to see a short step.
        Thread.detachNewThread {
          var last = ""
          while !hasEnded.isSet {
            usleep(10_000)
            guard let step = Self.step(of: project), step != last else { continue }
            last = step
            atStep(step, pid)
          }
        }
      }
    }

    private static func holder(of project: Project) -> String? {
      try? String(
        contentsOf: project.folder.appending(path: ".bgrun/grafana/lock.json"), encoding: .utf8)
    }

    private static func step(of project: Project) -> String? {
      holder(of: project)?.firstMatch(of: /"step":"([^"]*)"/).map { String($0.1) }
    }

    @Test func `the connection is reset at every step: the deploy ends well, and its user sees it`()
      async throws
    {
      try await Project.with { project in
        let server = try await server()
        let resets = Mutex(0)
        let ended = try await bgrun("deploy", of: project, on: server) { _, _ in
          server.wire.reset()
          resets.withLock { $0 += 1 }
        }
        print("\(resets.withLock { $0 }) resets, \(ended.seconds) s")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.text.contains("✓ grafana: grafana-green serves now"), "\(ended)")
        #expect(resets.withLock { $0 } >= 4, "\(ended)")
        try await project.expect(live: .green)
      }
    }

    /// The plan's steps.
    private static let steps = [
      "DetectActive", "Up target", "Health", "SwapNginx", "Reload", "Stop previous", "Prune",
    ]

    @Test(arguments: steps.indices)
    func `the user's machine is gone, and its packets with it: the deploy ends well`(at step: Int)
      async throws
    {
      try await Project.with { project in
        let server = try await server()
        let hasGone = Mutex(false)
        let ended = try await bgrun("deploy", of: project, on: server) { now, process in
          // A step may be too short to be seen.
          let isLate = Self.steps.firstIndex(of: now).map { $0 >= step } ?? false
          let isFirst = hasGone.withLock { hasGone in
            defer { hasGone = hasGone || isLate }
            return !hasGone
          }
          guard isLate, isFirst else { return }
          print("gone at \(now)")
          server.wire.swallow()
          kill(process, SIGKILL)
        }
        // The last step may have ended before it was seen.
        #expect(ended.status == -SIGKILL || step == Self.steps.count - 1, "\(ended)")
        let followed = try await bgrun("follow", of: project, on: server)
        #expect(followed.status == 0, "\(followed)")
        #expect(followed.text.contains("✓ grafana: grafana-green serves now"), "\(followed)")
        try await project.expect(live: .green)
        let status = try await bgrun("status", of: project, on: server)
        #expect(status.status == 0 && status.text.contains("lock      none"), "\(status)")
      }
    }

    @Test func `a first plan is written here for a project there, which stays as it is`()
      async throws
    {
      try await Project.with { project in
        let server = try await server()
        let here = server.folder.appending(path: "laptop")
        try FileManager.default.createDirectory(at: here, withIntermediateDirectories: true)
        let before = try await Shell.output("find", project.folder.path, "-type", "f")
        func bgrun(_ words: String...) async throws -> Ended {
          try await Shell.run(
            [Repository.bgrun.path] + words + ["--on", "web1:\(project.folder.path)"], in: here,
            environment: server.environment)
        }
        let first = try await bgrun("init")
        #expect(first.status == 0 && first.text.contains("health: "), "\(first)")
        #expect(first.text.contains("Plans/grafana.swift --on web1:\(project.folder.path)"))
        #expect(try await Shell.output("find", project.folder.path, "-type", "f") == before)
        let deployed = try await bgrun("Plans/grafana.swift")
        #expect(deployed.status == 0, "\(deployed)")
        try await project.expect(live: .green)
        let again = try await bgrun("init")
        #expect(again.status != 0 && again.text.contains("already exists"), "\(again)")
      }
    }

    @Test func `a user who may not use docker is told how to get the permission`() async throws {
      try await Project.with { project in
        let server = try await SSHServer(
          login: "exec setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh -c \"$c\"")
        for folder in [server.cache, project.folder] {
          try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
          chown(folder.path, 65534, 65534)
        }
        let ended = try await bgrun("deploy", of: project, on: server)
        #expect(ended.status == 6, "\(ended)")
        #expect(ended.text.contains("sudo usermod -aG docker"), "\(ended)")
        try await project.expect(live: .blue)
      }
    }

    @Test func `a deploy that was killed on the host is resumed from the user's machine`()
      async throws
    {
      try await Project.with { project in
        let server = try await server()
        let ended = try await bgrun("deploy", of: project, on: server) { now, _ in
          let pid = Self.holder(of: project)?.firstMatch(of: /"pid":(\d+)/)
          guard now == "Stop previous", let pid = pid.flatMap({ Int32($0.1) }) else { return }
          kill(pid, SIGKILL)
        }
        #expect(ended.status == 4, "\(ended)")
        let resumed = try await bgrun("resume", of: project, on: server)
        #expect(resumed.status == 0, "\(resumed)")
        try await project.expect(live: .green)
      }
    }
  }
}
