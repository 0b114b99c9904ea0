import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// A person types `docker compose up -d` after a deploy of a version that only the plan knew.
  @Suite("docker compose up -d after a deploy") struct EverydayUpTests {
    /// Both colours in the version that a variable says: 12.3 in `.env`, 12.4 by the plan.
    private func deploy(
      _ project: Project, records: Bool = false, profiles: Bool = false, _ arguments: String...
    ) async throws -> (plan: URL, ended: Ended) {
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
      let plan = try project.plan { text in
        let up = text.replacing(
          "  Up(.target)\n", with: "  Up(.target, environment: [\"IMAGE_TAG\": tag])\n"
        ).replacing(
          "\nDeploy(", with: "\nlet tag = Parameter(\"tag\", default: \"12.4\")\n\nDeploy(")
        return records
          ? up.replacing("  Stop(", with: "  Record(\"IMAGE_TAG\", in: \".env\")\n  Stop(") : up
      }
      return (plan, try await project.bgrun(plan: plan))
    }

    /// Types it under load, and says what the clients saw.
    private func everydayUp(_ project: Project, _ name: String) async throws -> Tally {
      let load = Load(port: project.port)
      try await project.compose("up", "--detach")
      try await Task.sleep(for: .seconds(1))
      let tally = await load.stop()
      print("docker compose up -d, \(name): \(tally)")
      return tally
    }

    @Test("without a cure it replaces what serves: deploy, status and check say so before")
    func warned() async throws {
      try await Project.with(start: false) { project in
        let (plan, ended) = try await deploy(project)
        #expect(ended.status == 0, "\(ended)")
        #expect(project.liveVersion() == "12.4")
        let change =
          "would recreate grafana-green (image bgruntest-app:12.4 → bgruntest-app:12.3)"
        for words in [change, "profiles: [\"colours\"]", "Record(\"IMAGE_TAG\", in: \".env\")"] {
          #expect(ended.errors.contains(words), "\(ended)")
        }
        let status = try await project.bgrun(command: "status", plan: plan)
        #expect(status.status == 0 && status.output.contains(change), "\(status)")
        let check = try await project.bgrun(command: "check", plan: plan)
        #expect(check.status == 0 && check.errors.contains(change), "\(check)")
        let tally = try await everydayUp(project, "no cure")
        #expect(tally.failed > 0 || tally.versions["12.3"] != nil, "\(tally)")
      }
    }

    @Test("with the value recorded it changes nothing that serves")
    func recorded() async throws {
      try await Project.with(start: false) { project in
        let before = try String(
          contentsOf: project.folder.appending(path: ".env"), encoding: .utf8)
        let (plan, ended) = try await deploy(project, records: true)
        #expect(ended.status == 0, "\(ended)")
        #expect(!ended.errors.contains("docker compose up -d"), "\(ended)")
        let after = try String(contentsOf: project.folder.appending(path: ".env"), encoding: .utf8)
        #expect(after.hasSuffix("\nSECRET=\"a b\"\nIMAGE_TAG=12.4 # live\n"), "\(before)\n\(after)")
        let check = try await project.bgrun(command: "check", plan: plan)
        #expect(check.errors.isEmpty, "\(check)")
        let tally = try await everydayUp(project, "recorded")
        #expect(tally.failed == 0 && tally.versions.keys.sorted() == ["12.4"], "\(tally)")
      }
    }

    @Test("with profiles it leaves both colours alone")
    func profiles() async throws {
      try await Project.with(start: false) { project in
        let (plan, ended) = try await deploy(project, profiles: true)
        #expect(ended.status == 0, "\(ended)")
        #expect(!ended.errors.contains("docker compose up -d"), "\(ended)")
        let status = try await project.bgrun(command: "status", plan: plan)
        #expect(!status.output.contains("next up"), "\(status)")
        let tally = try await everydayUp(project, "profiles")
        #expect(tally.failed == 0 && tally.versions.keys.sorted() == ["12.4"], "\(tally)")
        #expect(try await !project.isRunning(.blue))
      }
    }

    @Test("a variable that is only exported for the deploy, and a file with a list of variables")
    func exported() async throws {
      try await Project.with { project in
        // What `docker compose config --hash` says of a service with an env_file is not what its
        // container is labelled with: Compose itself must be asked.
        try project.edit("docker-compose.override.yaml") {
          $0.replacing("  grafana-green:\n", with: "  grafana-green:\n    env_file: app.env\n")
        }
        try "A=1\n".write(
          to: project.folder.appending(path: "app.env"), atomically: true, encoding: .utf8)
        let plan = try project.plan {
          $0.replacing(
            "  Up(.target)\n",
            with: "  Up(.target, environment: [\"GRAFANA_GREEN_IMAGE\": \"bgruntest-app:12.3\"])\n")
        }
        let ended = try await project.bgrun(
          plan: plan, environment: ["GRAFANA_GREEN_IMAGE": "bgruntest-app:12.4"])
        #expect(ended.status == 0, "\(ended)")
        #expect(!ended.errors.contains("docker compose up -d"), "\(ended)")
        try await project.expect(live: .green, "\(ended)")
      }
    }
  }
}
