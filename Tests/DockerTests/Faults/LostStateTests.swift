import BgrunTestSupport
import Foundation
import Testing

#if os(Linux)
  extension DockerTests {
    /// What bgrun keeps on the disk is lost, or has no room: users must not notice.
    @Suite("Lost state") struct LostStateTests {
      /// What is used up.
      enum Lack: String, CaseIterable {
        case blocks, inodes

        var mount: String { self == .blocks ? "size=2m" : "size=64m,nr_inodes=120" }

        /// Uses up the disk of the folder that it is run in.
        var script: String {
          self == .blocks
            ? "cat /dev/zero > fill 2>/dev/null; echo x >> fill 2>/dev/null\n"
            : "i=0; while true > fill-$i; do i=$((i+1)); done 2>/dev/null\n"
        }
      }

      /// Runs a test in a project on a disk of its own, which is small.
      private func with(
        _ lack: Lack, _ mount: Project.Mount, _ body: (Project) async throws -> Void
      ) async throws {
        try await Project.with(mount: mount, start: false) { project in
          let (path, aside) = (project.folder.path, project.folder.path + "-aside")
          try FileManager.default.copyItem(atPath: path, toPath: aside)
          try #require(succeeds("mount", "-t", "tmpfs", "-o", lack.mount, "tmpfs", path))
          defer { _ = succeeds("umount", "-l", path) }
          try #require(succeeds("cp", "-a", aside + "/.", path))
          try FileManager.default.removeItem(atPath: aside)
          try await project.start()
          try await body(project)
        }
      }

      /// A plan that runs a script once traffic has moved.
      private func plan(in project: Project, running script: String) throws -> URL {
        try script.write(
          to: project.folder.appending(path: "script.sh"), atomically: true, encoding: .utf8)
        return try project.plan {
          $0.replacing("Stop(.previous)", with: #"Run("sh", "script.sh")"# + "\n  Stop(.previous)")
        }
      }

      private func makeRoom(in project: Project) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: project.folder.path)
        for name in names where name.hasPrefix("fill") {
          try FileManager.default.removeItem(at: project.folder.appending(path: name))
        }
      }

      @Test(
        "a disk that is full forbids neither the way back, nor undoing a dead run, nor a rollback",
        arguments: [(Lack.blocks, Project.Mount.folder), (.inodes, .folder), (.blocks, .file)])
      func fullDisk(lack: Lack, mount: Project.Mount) async throws {
        try await with(lack, mount) { project in
          let load = Load(port: project.port)
          let failing = try plan(in: project, running: lack.script + "exit 1\n")
          let failed = try await project.bgrun(plan: failing)
          #expect(failed.status == 3, "\(failed)")
          try await project.expect(live: .blue, "\(failed)")
          try makeRoom(in: project)
          _ = try await project.bgrun(command: "resolve", plan: failing)

          let dying = try plan(in: project, running: lack.script + "kill -9 $PPID\n")
          let dead = try await project.bgrun(plan: dying)
          #expect(dead.status == -9 && project.live() == .green, "\(dead)")
          let undone = try await project.bgrun(command: "resume", "--undo", plan: dying)
          #expect(undone.status == 0, "\(undone)")
          try await project.expect(live: .blue, "\(undone)")
          try makeRoom(in: project)
          _ = try await project.bgrun(command: "resolve", plan: dying)

          let plain = try plan(in: project, running: "exit 0\n")
          let deployed = try await project.bgrun(plan: plain)
          #expect(deployed.status == 0, "\(deployed)")
          _ = try await Shell.run(["sh", "-c", lack.script], in: project.folder)
          let back = try await project.bgrun(command: "rollback", plan: plain)
          #expect(back.status == 0, "\(back)")
          try await project.expect(live: .blue, "\(back)")
          let tally = await load.stop()
          print("\(lack), \(mount) mounted: \(tally)")
          #expect(tally.failed == 0, "\(tally)")
        }
      }

      @Test("the state folder is removed in mid-run: others are kept out, and all is undone")
      func removed() async throws {
        try await Project.with { project in
          let load = Load(port: project.port)
          let plan = try plan(
            in: project, running: "rm -rf .bgrun; : > cleaned; sleep 5; exit 1\n")
          async let first = project.bgrun(plan: plan)
          let mark = project.folder.appending(path: "cleaned").path
          try await waitUntil("\(mark) is there") { FileManager.default.fileExists(atPath: mark) }
          let second = try await project.bgrun(plan: plan)
          #expect(second.status == 5, "\(second)")
          #expect(second.errors.contains("is being deployed by"), "\(second)")
          let ended = try await first
          #expect(ended.status == 3, "\(ended)")
          let tally = await load.stop()
          print("removed state folder: \(tally)")
          #expect(tally.failed == 0, "\(tally)")
          try await project.expect(live: .blue, "\(ended)")
        }
      }
    }

    /// What two runs share is locked where it is.
    @Suite("Shared site") struct SharedSiteTests {
      @Test("another checkout, and another state folder, are kept out by the site file")
      func twoCheckouts() async throws {
        try await Project.with(settings: [.green: ["BOOT": "6"]]) { project in
          let other = project.folder.path + "-other"
          try FileManager.default.copyItem(atPath: project.folder.path, toPath: other)
          defer { try? FileManager.default.removeItem(atPath: other) }
          let plan = try project.plan {
            $0.replacing(
              #"Deploy("grafana", "#,
              with: #"Deploy("grafana", site: Site("\#(project.site.path)", "#
                + #"blue: "nginx/service_blue.conf", green: "nginx/service_green.conf"), "#)
          }
          let load = Load(port: project.port)
          async let first = project.bgrun(plan: plan)
          try await project.waitUntilLocked()
          let checkout = try await Shell.run(
            [Repository.bgrun.path, plan.path, "--project", other], in: project.folder)
          let state = try await project.bgrun("--state", other + "/.elsewhere", plan: plan)
          for refused in [checkout, state] {
            #expect(refused.status == 5, "\(refused)")
            #expect(refused.errors.contains("is being deployed by"), "\(refused)")
          }
          let ended = try await first
          #expect(ended.status == 0, "\(ended)")
          let tally = await load.stop()
          print("two checkouts: \(tally)")
          #expect(tally.failed == 0, "\(tally)")
          try await project.expect(live: .green, "\(ended)")
        }
      }

      @Test("two members of the docker group deploy one project in turn, never at once")
      func twoMembers() async throws {
        let mayRun = succeeds(
          "setpriv", "--reuid", "65534", "--clear-groups", "test", "-x", Repository.bgrun.path)
        if !mayRun, ProcessInfo.processInfo.environment["BGRUN_REQUIRE_DOCKER"] == nil {
          print("skipped: no other account may run \(Repository.bgrun.path)")
          return
        }
        try #require(mayRun, "another account must be able to run \(Repository.bgrun.path)")
        try await Project.with(settings: [.green: ["BOOT": "6"]]) { project in
          let home = project.folder.path + "-home"
          try FileManager.default.createDirectory(
            atPath: home + "/cli-plugins", withIntermediateDirectories: true)
          defer { try? FileManager.default.removeItem(atPath: home) }
          // What root has in a home of its own, which nobody else may enter.
          let plugin = FileManager.default.homeDirectoryForCurrentUser
            .appending(path: ".docker/cli-plugins/docker-compose").path
          if FileManager.default.fileExists(atPath: plugin) {
            try #require(succeeds("cp", "-L", plugin, home + "/cli-plugins/"))
          }
          let plan = try project.plan { $0 }
          try #require(
            succeeds("chown", "-R", "65534", home)
              && succeeds("chgrp", "-R", "docker", project.folder.path)
              && succeeds("chmod", "-R", "g+rwX", project.folder.path))
          let member = [
            "setpriv", "--reuid", "65534", "--regid", "docker", "--clear-groups", "env",
            "HOME=\(home)", "DOCKER_CONFIG=\(home)", "BGRUN_CACHE=\(home)/cache",
            Repository.bgrun.path, plan.path, "--project", project.folder.path,
          ]
          let load = Load(port: project.port)
          async let first = project.bgrun(plan: plan)
          try await project.waitUntilLocked()
          let refused = try await Shell.run(member, in: project.folder)
          #expect(refused.status == 5, "\(refused)")
          #expect(refused.errors.contains("grafana is being deployed by root on"), "\(refused)")
          let ended = try await first
          #expect(ended.status == 0, "\(ended)")
          let next = try await Shell.run(member, in: project.folder)
          #expect(next.status == 0, "\(next)")
          let last = try await project.bgrun(plan: plan)
          #expect(last.status == 0, "\(last)")
          let tally = await load.stop()
          print("two members: \(tally)")
          #expect(tally.failed == 0, "\(tally)")
        }
      }
    }
  }
#endif
