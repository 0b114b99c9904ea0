import BgrunTestSupport
import Foundation
import Testing

#if os(Linux)
  extension DockerTests {
    /// bgrun's state is lost, or has no room, or is shared: users do not notice.
    @Suite("Lost and shared state") struct LostStateTests {
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

      /// Runs a test in a project on a small disk of its own.
      private func with(
        _ lack: Lack, _ mount: Project.Mount, _ body: (Project) async throws -> Void
      ) async throws {
        try await Project.with(mount: mount, start: false) { project in
          let (path, aside) = (project.folder.path, project.folder.path + "-aside")
          try FileManager.default.copyItem(atPath: path, toPath: aside)
          defer { try? FileManager.default.removeItem(atPath: aside) }
          let disk = try SmallDisk(at: path, lack.mount)
          defer { disk.unmount() }
          try #require(succeeds("cp", "-a", aside + "/.", path))
          try await project.start()
          try await body(project)
          await project.users.check()
        }
      }

      /// A plan that runs a script once traffic has moved.
      private func plan(in project: Project, running script: String) throws -> URL {
        try project.write(script, to: "script.sh")
        return try project.plan(#"Run("sh", "script.sh")"#, before: "Stop(.previous)")
      }

      private func resolve(_ project: Project, _ plan: URL) async throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: project.folder.path)
        for name in names where name.hasPrefix("fill") {
          try FileManager.default.removeItem(at: project.folder.appending(path: name))
        }
        try await project.bgrun("resolve", plan: plan, exits: nil)
      }

      @Test(arguments: [(Lack.blocks, Project.Mount.folder), (.inodes, .folder), (.blocks, .file)])
      func `a full disk prevents neither a rollback in the run nor one by resume or rollback`(
        lack: Lack, mount: Project.Mount
      ) async throws {
        try await with(lack, mount) { project in
          let failing = try plan(in: project, running: lack.script + "exit 1\n")
          try await project.bgrun(plan: failing, exits: 3, live: .blue)
          try await resolve(project, failing)

          let dying = try plan(in: project, running: lack.script + "kill -9 $PPID\n")
          try await project.bgrun(plan: dying, exits: -9)
          #expect(project.live() == .green)
          try await project.bgrun("resume", "--undo", plan: dying, live: .blue)
          try await resolve(project, dying)

          let plain = try plan(in: project, running: "exit 0\n")
          try await project.bgrun(plan: plain)
          _ = try await Shell.run(["sh", "-c", lack.script], in: project.folder)
          try await project.bgrun("rollback", plan: plain, live: .blue)
        }
      }

      private static let busy = "is being deployed by"

      @Test
      func `the state folder is removed during a run: others are kept out, and it rolls back`()
        async throws
      {
        try await Project.with { project in
          let plan = try plan(
            in: project, running: "rm -rf .bgrun; : > cleaned; sleep 5; exit 1\n")
          async let first = project.bgrun(plan: plan, exits: 3, live: .blue)
          try await project.wait(forFile: "cleaned")
          try await project.bgrun(plan: plan, exits: 5, says: [Self.busy])
          _ = try await first
        }
      }

      @Test func `another checkout, and another state folder, are kept out by the site file`()
        async throws
      {
        try await Project.with(settings: [.green: ["BOOT": "6"]]) { project in
          let other = project.folder.path + "-other"
          try FileManager.default.copyItem(atPath: project.folder.path, toPath: other)
          defer { try? FileManager.default.removeItem(atPath: other) }
          let plan = try project.plan([
            #"Deploy("grafana", "#: #"Deploy("grafana", site: Site("\#(project.site.path)", "#
              + #"blue: "nginx/service_blue.conf", green: "nginx/service_green.conf"), "#
          ])
          async let first = project.bgrun(plan: plan, live: .green)
          try await project.waitUntilLocked()
          try await project.bgrun(
            "run", "--project", other, plan: plan, exits: 5, says: [Self.busy])
          try await project.bgrun(
            "--state", other + "/.elsewhere", plan: plan, exits: 5, says: [Self.busy])
          _ = try await first
        }
      }

      @Test func `two members of the group docker deploy one project in turn, never at once`()
        async throws
      {
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
          // Root's home, which other users may not enter, can hold the Compose plugin.
          let plugin = FileManager.default.homeDirectoryForCurrentUser
            .appending(path: ".docker/cli-plugins/docker-compose").path
          if FileManager.default.fileExists(atPath: plugin) {
            try #require(succeeds("cp", "-L", plugin, home + "/cli-plugins/"))
          }
          let plan = try project.plan()
          try #require(
            succeeds("chown", "-R", "65534", home)
              && succeeds("chgrp", "-R", "docker", project.folder.path)
              && succeeds("chmod", "-R", "g+rwX", project.folder.path))
          let member = [
            "setpriv", "--reuid", "65534", "--regid", "docker", "--clear-groups", "env",
            "HOME=\(home)", "DOCKER_CONFIG=\(home)", "BGRUN_CACHE=\(home)/cache",
            Repository.bgrun.path, plan.path, "--project", project.folder.path,
          ]
          async let first = project.bgrun(plan: plan)
          try await project.waitUntilLocked()
          let refused = try await Shell.run(member, in: project.folder)
          #expect(refused.status == 5, "\(refused)")
          #expect(refused.errors.contains("grafana \(Self.busy) root on"), "\(refused)")
          _ = try await first
          let next = try await Shell.run(member, in: project.folder)
          #expect(next.status == 0, "\(next)")
          try await project.bgrun(plan: plan)
        }
      }
    }
  }
#endif
