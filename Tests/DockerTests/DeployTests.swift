import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// The main job: traffic moves from one colour to the other, and users do not notice.
  @Suite("Deploy") struct DeployTests {
    @Test(arguments: Project.Mount.allCases)
    func `blue → green → blue under load loses no request`(mount: Project.Mount) async throws {
      try await Project.with(mount: mount, users: .unwatched) { project in
        let load = Load(port: project.port, clients: 12, pause: 5)
        let forth = try await project.bgrun(live: .green)
        let back = try await project.bgrun(live: .blue)
        let tally = await load.stop()
        print("\(mount) mount, two deploys: \(forth.seconds) s, \(back.seconds) s; \(tally)")
        #expect(tally.failed == 0, "\(tally)")
        #expect(tally.versions.keys.sorted() == ["12.3", "12.4"])
      }
    }

    @Test func `downloads in flight arrive whole from an app that exits at once on SIGTERM`()
      async throws
    {
      try await Project.with { project in
        let downloads = Downloads(port: project.port)
        try await project.bgrun(live: .green)
        let results = await downloads.results()
        #expect(results.allSatisfy { $0 == "whole" }, "\(results)")
      }
    }

    @Test func `a step that fails after the switch: the previous colour gets its traffic back`()
      async throws
    {
      try await Project.with { project in
        try await project.bgrun(
          plan: project.plan(#"Run("false")"#, before: "Stop(.previous)"), exits: 3, live: .blue)
      }
    }

    @Test func `both colours run: the active one is the one that the proxy uses`() async throws {
      try await Project.with { project in
        try await project.compose("up", "--detach", Colour.green.service)
        try await project.bgrun(live: .green)
      }
    }

    @Test func `a dry run prints the commands and changes nothing`() async throws {
      try await Project.with(users: .onBlue) { project in
        let before = try await state(of: project)
        try await project.bgrun(
          "--dry-run",
          says: [
            "docker compose up --detach --no-deps grafana-green", "nginx -s reload", "docker stop",
            "docker image prune",
          ])
        let after = try await state(of: project)
        #expect(after == before, "\(after.difference(from: before))")
      }
    }

    @Test func `a dry run works before a first deploy, when neither colour has a container`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        try await project.compose("rm", "--stop", "--force", "grafana-blue")
        try await project.bgrun("--dry-run")
      }
    }

    /// Everything that a deploy would change.
    private func state(of project: Project) async throws -> [String] {
      let filter = "label=com.docker.compose.project=\(project.name)"
      let files = try FileManager.default.subpathsOfDirectory(atPath: project.folder.path).sorted()
      return try await [
        Shell.output(
          "docker", "ps", "--all", "--no-trunc", "--filter", filter, "--format",
          "{{.ID}} {{.Names}} {{.State}} {{.Ports}}"),
        // In any order: docker sorts images by their age, and these are made at the same time.
        Shell.output("docker", "images", "--no-trunc", "--format", "{{.ID}}", "bgruntest-app")
          .split(separator: "\n").sorted().joined(separator: " "),
        Shell.output("docker", "network", "ls", "--filter", filter, "--quiet"),
        Shell.output("docker", "volume", "ls", "--filter", filter, "--quiet"),
      ]
        + files
        + files.compactMap {
          try? Data(contentsOf: project.folder.appending(path: $0)).base64EncodedString()
        }
    }

    @Test
    func `dangling images are removed; the previous colour's container can be started as it is`()
      async throws
    {
      try await Project.with { project in
        let dangling = try await Shell.output(
          "docker", "commit", "--pause=false", project.container("nginx-proxy"))
        try await project.bgrun(live: .green)
        let images = try await Shell.output("docker", "images", "--no-trunc", "--quiet")
        #expect(!images.contains(dangling))
        try await Shell.output("docker", "start", project.container(Colour.blue.service))
        #expect(try await project.running() == [.blue, .green])
      }
    }

    @Test func `--set version=… reaches Compose and the Dockerfile's ARG`() async throws {
      try await Project.with { project in
        for (version, colour) in [("12.3", Colour.green), ("12.3", .blue), ("12.4", .green)] {
          try await project.bgrun("--set", "version=\(version)", plan: Repository.versionPlan)
          #expect(project.liveVersion() == version)
          #expect(try await project.running() == [colour])
        }
      }
    }

    @Test
    func `the example's proxy lets OAuth's large headers through; nginx's defaults would not`()
      async throws
    {
      try await Project.with { project in
        let page = try await Shell.output(
          "curl", "--silent", "--head", "http://127.0.0.1:\(project.port)/api/health")
        #expect(page.contains("X-Served-By: grafana-blue"))
        let client = { try HTTPConnection(port: project.port).get("/bigheader", close: true) }
        #expect(try client().status == 200)
        try project.edit("nginx/nginx.conf") { text in
          text.split(separator: "\n").filter { !$0.contains("buffer") }.joined(separator: "\n")
        }
        try await project.reload()
        try await waitUntil("the defaults apply") { try client().status == 502 }
      }
    }

    @Test func `the example's site file is blue's, and the two sites differ in the colour only`()
      throws
    {
      let files = try Project.siteFiles.map {
        try String(contentsOf: Repository.example.appending(path: $0), encoding: .utf8)
      }
      #expect(files[0] == files[1] && files[1].replacing("blue", with: "green") == files[2])
    }
  }

  /// What bgrun replaces: the usual script, under the same load.
  @Suite("Compared with the script") struct ScriptComparisonTests {
    @Test(arguments: [true, false])
    func `one deploy each under load and with downloads in flight`(isBgrun: Bool) async throws {
      try await Project.with(settings: [.green: ["BOOT": "2"]], users: .unwatched) { project in
        let load = Load(port: project.port, clients: 12, pause: 25)
        let downloads = Downloads(port: project.port)
        let script = Repository.fixtures.appending(path: "deploy.sh").path
        let ended =
          isBgrun
          ? try await project.bgrun() : try await Shell.run([script], in: project.folder)
        #expect(ended.status == 0, "\(ended)")
        try await project.wait(for: .green)
        let whole = await downloads.results().count { $0 == "whole" }
        let tally = await load.stop()
        print(
          "\(isBgrun ? "bgrun" : "deploy.sh"), 2 s boot, 12 clients: \(ended.seconds) s; \(tally); "
            + "\(whole) of 4 downloads whole")
        #expect(!isBgrun || tally.failed == 0 && whole == 4, "\(tally), \(whole) downloads")
      }
    }
  }
}
