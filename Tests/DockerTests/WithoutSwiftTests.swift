import Foundation
import Testing

extension DockerTests {
  /// Hosts without Swift: what `bgrun build` and Scripts/package.sh make.
  @Suite("Without Swift") struct WithoutSwiftTests {
    /// The root file systems of such hosts, made once.
    private static let roots = Task {
      let script = Repository.fixtures.appending(path: "make-roots.sh").path
      let ended = try await Shell.run([script], timeout: 600)
      guard ended.status == 0 else { throw Shell.Failed(argv: [script], ended: ended) }
    }

    /// Runs a test in a container with an image's files, Docker's socket and programs, and the
    /// project's folder.
    private func host(
      _ image: String, _ project: Project, _ body: (_ container: String) async throws -> Void
    ) async throws {
      try await Self.roots.value
      let docker = try await Shell.output("sh", "-c", "readlink -f $(command -v docker)")
      let compose = try await Shell.output(
        "docker", "info", "--format",
        #"{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Path}}{{end}}{{end}}"#)
      let mounts = [
        "/var/run/docker.sock:/var/run/docker.sock", "\(docker):/usr/bin/docker:ro",
        "\(compose):/usr/lib/docker/cli-plugins/docker-compose:ro",
        "\(project.folder.path):\(project.folder.path)",
      ]
      let name = "\(project.name)-host"
      let sleep = image == "bgrun-busybox" ? ["busybox", "sleep", "600"] : ["sleep", "600"]
      let argv =
        ["docker", "run", "--detach", "--init", "--name", name, "--network", "host"]
        + mounts.flatMap { ["--volume", $0] } + [image] + sleep
      let started = try await Shell.run(argv)
      guard started.status == 0 else { throw Shell.Failed(argv: argv, ended: started) }
      do {
        try await body(name)
      } catch {
        _ = try await Shell.run(["docker", "rm", "--force", name])
        throw error
      }
      _ = try await Shell.run(["docker", "rm", "--force", name])
    }

    @Test func `a program deploys, reports and rolls back in a root with only busybox`()
      async throws
    {
      try await Project.with { project in
        let argv = [Repository.bgrun.path, "build", Repository.plan.path, "-o", "web"]
        let built = try await Shell.run(argv, in: project.folder)
        try #require(built.status == 0, "\(built)")
        try await host("bgrun-busybox", project) { container in
          let web = project.folder.appending(path: "web").path
          func run(_ words: String..., says text: String, exits status: Int32 = 0) async throws {
            let ended = try await Shell.run(["docker", "exec", container, web] + words)
            #expect(ended.status == status && ended.text.contains(text), "\(words): \(ended)")
          }
          try await run("deploy", "--reason", "no Swift", says: "grafana-green serves")
          try await project.expect(live: .green)
          try await run("status", says: "grafana-green serves")
          try await run("history", says: "\"no Swift\"")
          try await run("check", says: "project ok")
          try await run("rollback", says: "Rolling back grafana")
          try await project.expect(live: .blue)
          // Each resumes what the other began.
          try await project.bgrun(
            "--no-rollback", fault: .init(.fail, "nginx -s reload"), exits: 1)
          try await run("resume", says: "grafana-green serves")
          try await project.expect(live: .green)
          try await run("resume", says: "nothing to resume")
        }
      }
    }

    @Test func `the guide's commands: build, copy, run, and the Debian package on a bare Debian`()
      async throws
    {
      try await Project.with { project in
        let folder = project.folder
        let page = Repository.root.appending(
          path: "Sources/DeployDSL/DeployDSL.docc/WithoutSwift.md")
        let text = try String(contentsOf: page, encoding: .utf8)
          .replacing("/srv/grafana", with: folder.path)
          .replacing("/srv/", with: "\(folder.path)/")
          .replacing(
            "Scripts/package.sh\n",
            with: "\(Repository.root.path)/Scripts/package.sh --objects \(try objects().path)\n")
        let blocks = text.split(separator: "```").enumerated().filter { $0.offset % 2 == 1 }
          .map(\.element)
        let plan = try #require(blocks.first { $0.hasPrefix("swift\n") })
        try FileManager.default.createDirectory(
          at: folder.appending(path: "Plans"), withIntermediateDirectories: true)
        try project.write(String(plan.dropFirst(6)), to: "Plans/grafana.swift")
        try await host("bgrun-debian", project) { container in
          let tools = folder.appending(path: "tools")
          try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
          // The server is a container that sees the project's folder where it is here.
          for (name, script) in [
            ("scp", #"exec cp -f "$1" "${2#*:}""#),
            ("ssh", #"shift; exec docker exec \#(container) sh -c "$*""#),
            ("bgrun", #"exec \#(Repository.bgrun.path) "$@""#),
          ] {
            let file = tools.appending(path: name)
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
            try FileManager.default.setAttributes(
              [.posixPermissions: 0o755], ofItemAtPath: file.path)
          }
          let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
          let laptop = folder.appending(path: "laptop")
          try FileManager.default.createDirectory(at: laptop, withIntermediateDirectories: true)
          try FileManager.default.createSymbolicLink(
            at: laptop.appending(path: "Plans"), withDestinationURL: folder.appending(path: "Plans")
          )
          for block in blocks where block.hasPrefix("sh\n") {
            for line in block.split(separator: "\n").dropFirst() {
              let ended = try await Shell.run(
                ["sh", "-c", String(line)], in: laptop,
                environment: ["PATH": "\(tools.path):\(path)"])
              #expect(ended.status == 0, "\(line): \(ended)")
              if line.hasSuffix("deploy --set version=12.4") {
                try await project.expect(live: .green)
              }
              if line.hasSuffix("/grafana rollback") { try await project.expect(live: .blue) }
              if line.contains("bgrun rollback") { try await project.expect(live: .green) }
              if line.contains("ssh web1 bgrun status") {
                #expect(ended.output.contains("grafana-blue serves"), "\(ended)")
              }
            }
          }
          // A plan on a host without Swift.
          let refused = try await Shell.run([
            "docker", "exec", container, "bgrun", "\(folder.path)/Plans/grafana.swift",
          ])
          #expect(refused.status == 6, "\(refused)")
          #expect(
            refused.errors.contains("linked statically and cannot load plans")
              && refused.errors.contains("`bgrun build "), "\(refused)")
          try await expectPackages(in: laptop.appending(path: "dist"))
        }
      }
    }

    /// What this bgrun was linked from.
    private func objects() throws -> URL {
      let folder = Repository.bgrun.deletingLastPathComponent()
      let places = [
        folder.deletingLastPathComponent().appending(path: "lib/bgrun/bgrun.o"),
        folder.appending(path: "bgrun.product/Objects.LinkFileList"),
      ]
      return try #require(places.first { FileManager.default.fileExists(atPath: $0.path) })
    }

    /// Checksums, bill of materials, and the recipe of an image.
    private func expectPackages(in folder: URL) async throws {
      let sums = try await Shell.run(["sha256sum", "--check", "SHA256SUMS"], in: folder)
      #expect(sums.status == 0 && sums.output.split(separator: "\n").count == 4, "\(sums)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      let file = try #require(names.first { $0.hasSuffix(".spdx.json") })
      let json = try JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appending(path: file)))
      let bill = try #require(json as? [String: Any])
      #expect(bill["spdxVersion"] as? String == "SPDX-2.3")
      let packages = try #require(bill["packages"] as? [[String: Any]])
      let versions = packages.compactMap { $0["versionInfo"] as? String }
      #expect(versions.count == 4 && versions.allSatisfy { !$0.isEmpty }, "\(versions)")
      let tag = "bgruntest-\(getpid())-ci"
      try await Shell.build([tag], "--build-arg", "BASE=bgrun-busybox", in: folder)
      let ran = try await Shell.run(["docker", "run", "--rm", tag, "bgrun", "--version"])
      #expect(ran.output.hasPrefix("bgrun 0"), "\(ran)")
      _ = try await Shell.run(["docker", "image", "rm", "--force", tag])
    }
  }
}
