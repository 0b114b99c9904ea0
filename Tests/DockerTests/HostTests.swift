import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// Compose files of other people, and hosts on which something stops.
  @Suite("Hosts and Compose files") struct HostTests {
    @Test func `the proxy does not run: the error names the command that starts it`() async throws {
      try await Project.with(users: .unwatched) { project in
        try await project.compose("stop", "--timeout", "1", "nginx-proxy")
        try await project.bgrun(
          exits: 6,
          says: ["nginx-proxy is not running", "docker compose up -d --no-deps nginx-proxy"])
        #expect(try await project.running() == [.blue])
        try await project.bgrun("status", exits: 1)
      }
    }

    @Test func `the proxy ends while the target boots: neither colour is said to serve`()
      async throws
    {
      try await Project.with(settings: [.green: ["BOOT": "3"]], users: .unwatched) { project in
        async let deploy = project.bgrun(
          exits: 4, says: ["the proxy nginx-proxy is not running: it exited", "docker logs"])
        try await project.waitUntilRunning(.green)
        try await project.compose("stop", "--timeout", "1", "nginx-proxy")
        let ended = try await deploy
        #expect(!ended.text.contains("still serves"), "\(ended)")
        #expect(try await project.running() == [.blue])
      }
    }

    @Test func `the active colour does not run: status reports an outage with exit code 1`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        try await project.compose("stop", "--timeout", "1", Colour.blue.service)
        try await project.bgrun("status", exits: 1, says: ["should serve, but is exited"])
        try await project.bgrun("status", "--format", "json", exits: 1)
      }
    }

    @Test func `colours with profiles and a dependency with a profile are found and started`()
      async throws
    {
      try await Project.with { project in
        for colour in Colour.allCases {
          try project.add("profiles: [\(colour)]", to: colour)
          try project.add("depends_on: [data]", to: colour)
        }
        try project.edit("docker-compose.override.yaml") {
          $0 + "  data:\n    image: bgruntest-app:12.4\n    profiles: [data]\n"
        }
        try await project.bgrun(live: .green)
      }
    }

    @Test func `variables that the plan gives Compose apply to status and rollback, too`()
      async throws
    {
      try await Project.with { project in
        let plan = try project.plan([
          "Up(.target)": #"Up(.target, environment: ["NEEDED": "1"])"#
        ])
        try project.edit(
          "docker-compose.override.yaml",
          ["COLOUR: green": "COLOUR: green\n      N: ${NEEDED:?is missing}"])
        try await project.bgrun(plan: plan)
        try await project.bgrun("status", plan: plan)
        try await project.bgrun("rollback", plan: plan, live: .blue)
        // Errors point at the plan.
        await project.users.check()
        try await Shell.output("docker", "stop", "-t", "1", project.container("nginx-proxy"))
        let refused = try await project.bgrun("rollback", plan: plan, exits: 6)
        #expect(refused.errors.hasPrefix("\(plan.path):"), "\(refused)")
      }
    }
  }

  /// Applications whose health only a HEALTHCHECK tells.
  @Suite("Docker's health check") struct HealthCheckTests {
    static let test = "test: [CMD-SHELL, 'curl -fsS http://localhost:3000/api/health || exit 1']"

    @Test(arguments: ["", ", interval: 5m", ", interval: 30s, start_period: 120s"])
    func `a healthy target gets traffic at once, however seldom Docker checks it`(timing: String)
      async throws
    {
      try await Project.with { project in
        try project.add("healthcheck: {\(Self.test)\(timing)}", to: .green)
        let ended = try await project.bgrun(live: .green)
        #expect(ended.seconds < 25, "Docker's first check was waited for")
      }
    }

    @Test func `a target may boot longer than the plan allows within its start period`()
      async throws
    {
      try await Project.with(settings: [.green: ["BOOT": "6"]]) { project in
        try project.add("healthcheck: {\(Self.test), start_period: 60s}", to: .green)
        try await project.bgrun(plan: project.impatientPlan(), live: .green)
      }
    }
  }

  /// `docker compose up -d` after a deploy of a version that only the plan knew.
  @Suite("docker compose up -d after a deploy") struct EverydayUpTests {
    private static let change =
      "would recreate grafana-green (image bgruntest-app:12.4 → bgruntest-app:12.3)"

    /// Deploys 12.4 by the plan, where `.env` has 12.3; then runs `up` and returns what users saw.
    private func tally(
      _ project: Project, records: Bool = false, profiles: Bool = false,
      check: (_ plan: URL, _ ended: Ended) async throws -> Void
    ) async throws -> Tally {
      try project.edit(".env") { text in
        text.split(separator: "\n").filter { !$0.contains("_IMAGE=bgruntest-app:") }
          .joined(separator: "\n") + "\nSECRET=\"a b\"\nIMAGE_TAG=12.3 # live\n"
      }
      for colour in Colour.allCases {
        try project.add("image: bgruntest-app:${IMAGE_TAG:?}", to: colour)
        if profiles { try project.add("profiles: [colours]", to: colour) }
      }
      try await project.compose("up", "--detach", "--no-deps", "nginx-proxy", Colour.blue.service)
      try await waitUntil("blue serves") { project.liveVersion() == "12.3" }
      let plan = try project.plan([
        "  Up(.target)\n": "  Up(.target, environment: [\"IMAGE_TAG\": tag])\n",
        "\nDeploy(": "\nlet tag = Parameter(\"tag\", default: \"12.4\")\n\nDeploy(",
        "  Stop(": records ? "  Record(\"IMAGE_TAG\", in: \".env\")\n  Stop(" : "  Stop(",
      ])
      let ended = try await project.bgrun(plan: plan)
      #expect(project.liveVersion() == "12.4")
      #expect(
        ended.errors.contains("docker compose up -d") == (!records && !profiles), "\(ended)")
      try await check(plan, ended)
      let load = Load(port: project.port, clients: 4, pause: 20)
      try await project.compose("up", "--detach")
      try await Task.sleep(for: .seconds(1))
      return await load.stop()
    }

    @Test(arguments: [true, false])
    func `after rollbacks it leaves the live container as it is, under load`(profiles: Bool)
      async throws
    {
      try await Project.with(start: false) { project in
        func expectUnchanged(_ colour: Colour, _ version: String) async throws {
          let inspect = ["docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}"]
          let container = inspect + [project.container(colour.service)]
          let before = try await Shell.run(container)
          let load = Load(port: project.port, clients: 4, pause: 20)
          try await project.compose("up", "--detach")
          try await Task.sleep(for: .milliseconds(500))
          let tally = await load.stop()
          #expect(tally.failed == 0 && Array(tally.versions.keys) == [version], "\(tally)")
          #expect(try await Shell.run(container).output == before.output)
        }
        var plan = Repository.plan
        _ = try await tally(project, records: true, profiles: profiles) { made, _ in plan = made }
        // Everyday `up` has replaced blue's container, unless it has a profile.
        if profiles {
          let load = Load(port: project.port, clients: 4, pause: 20)
          try await project.bgrun("rollback", plan: plan, says: [".env: IMAGE_TAG=12.3"])
          let back = await load.stop()
          #expect(back.failed == 0, "\(back)")
          try await expectUnchanged(.blue, "12.3")
          try await project.bgrun("rollback", plan: plan, says: [".env: IMAGE_TAG=12.4"])
          try await expectUnchanged(.green, "12.4")
        }
        // A failure after the switch.
        try project.edit("plan.swift", ["  Stop(": "  Run(\"false\")\n  Stop("])
        let env = try project.read(".env")
        let load = Load(port: project.port, clients: 4, pause: 20)
        try await project.bgrun("run", "--set", "tag=12.3", plan: plan, exits: 3)
        let failed = await load.stop()
        #expect(failed.failed == 0, "\(failed)")
        #expect(try project.read(".env") == env)
        try await expectUnchanged(.green, "12.4")
        // To the image of a version from before the first run, whose container is gone now.
        try project.edit("plan.swift", ["  Run(\"false\")\n": ""])
        try await project.bgrun("rollback", "--to", "12.3", plan: plan, says: ["IMAGE_TAG=12.3"])
        try await expectUnchanged(.blue, "12.3")
      }
    }

    @Test func `it would replace the active colour: deploy, status and check warn`() async throws {
      try await Project.with(start: false) { project in
        let tally = try await tally(project) { plan, ended in
          for words in [
            Self.change, "profiles: [\"colours\"]", "Record(\"IMAGE_TAG\", in: \".env\")",
          ] {
            #expect(ended.errors.contains(words), "\(ended)")
          }
          try await project.bgrun("status", plan: plan, says: [Self.change])
          let change = Self.change.replacing("would ", with: "")
          try await project.bgrun("check", plan: plan, says: [change])
        }
        #expect(tally.failed > 0 || tally.versions["12.3"] != nil, "\(tally)")
      }
    }

    @Test(arguments: [true, false])
    func `with the value recorded, or with profiles, it changes nothing`(records: Bool) async throws
    {
      try await Project.with(start: false) { project in
        let tally = try await tally(project, records: records, profiles: !records) { plan, _ in
          if records {
            let text = try project.read(".env")
            #expect(text.hasSuffix("\nSECRET=\"a b\"\nIMAGE_TAG=12.4 # live\n"), "\(text)")
            let check = try await project.bgrun("check", plan: plan)
            #expect(check.errors.isEmpty, "\(check)")
          } else {
            let status = try await project.bgrun("status", plan: plan)
            #expect(!status.output.contains("docker compose up -d"), "\(status)")
          }
        }
        #expect(tally.failed == 0 && tally.versions.keys.sorted() == ["12.4"], "\(tally)")
        #expect(try await project.running() == (records ? [.blue, .green] : [.green]))
      }
    }

    @Test func `no false warning: a variable only exported for the deploy, and an env_file`()
      async throws
    {
      try await Project.with { project in
        // `docker compose config --hash` of a service with an env_file differs from its container's
        // label: Compose itself must be asked.
        try project.add("env_file: app.env", to: .green)
        try project.write("A=1\n", to: "app.env")
        let plan = try project.plan([
          "Up(.target)":
            "Up(.target, environment: [\"GRAFANA_GREEN_IMAGE\": \"bgruntest-app:12.3\"])"
        ])
        let ended = try await project.bgrun(
          plan: plan, environment: ["GRAFANA_GREEN_IMAGE": "bgruntest-app:12.4"], live: .green)
        #expect(!ended.errors.contains("docker compose up -d"), "\(ended)")
      }
    }
  }

  @Suite("bgrun init") struct InitTests {
    @Test func `writes a plan for the example that deploys it`() async throws {
      try await Project.with { project in
        let plan = try await initialize(project, says: "Deploy(\"grafana\", health:")
        #expect(plan.lastPathComponent == "grafana.swift")
        try await project.bgrun(plan: plan, live: .green)
      }
    }

    @Test func `writes a plan for a project with other names and other places`() async throws {
      try await Project.with(start: false) { project in
        for file in ["docker-compose.yaml", "docker-compose.override.yaml"] + Project.siteFiles {
          try project.edit(file) {
            $0.replacing("grafana-blue", with: "blue").replacing("grafana-green", with: "green")
              .replacing("nginx-proxy", with: "edge")
          }
        }
        let colours = project.folder.appending(path: "colours")
        try FileManager.default.createDirectory(at: colours, withIntermediateDirectories: true)
        for colour in Colour.allCases {
          try FileManager.default.moveItem(
            at: project.source(colour), to: colours.appending(path: "\(colour).conf"))
        }
        try await project.compose("up", "--detach", "edge", "blue")
        try await project.wait(for: .blue)
        let plan = try await initialize(
          project,
          says:
            #"site: Site("nginx/service.conf", blue: "colours/blue.conf", green: "colours/green.conf")"#
        )
        try await project.bgrun(plan: plan)
        #expect(project.live() == .green)
      }
    }

    /// The plan that the command writes.
    private func initialize(_ project: Project, says text: String) async throws -> URL {
      let ended = try await Shell.run([Repository.bgrun.path, "init"], in: project.folder)
      #expect(ended.status == 0 && !ended.output.contains("note: "), "\(ended)")
      let lines = ended.output.split(separator: "\n")
      let name = try #require(lines.first { $0.hasPrefix("wrote Plans/") }).dropFirst(
        "wrote ".count)
      #expect(try project.read(String(name)).contains(text))
      return project.folder.appending(path: name)
    }
  }
}
