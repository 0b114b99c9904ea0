import DeployDSL
import DeployRunner
import Foundation
import BgrunTestSupport
import Testing

extension DockerTests {
  /// The engine does what the simulation is made after; the simulation's tests use the same table.
  @Suite("Conformance") struct ConformanceTests {
    @Test(arguments: conformanceTable)
    func `the engine does what the table says`(entry: ConformanceCase) async throws {
      let mount = entry.mount == .file ? Project.Mount.file : .folder
      try await Project.with(mount: mount, users: .unwatched) { project in
        let differences = try await entry.differences(on: RealConformanceHost(lab: project))
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
      }
    }
  }
}

/// A project on the real engine.
private struct RealConformanceHost: ConformanceHost {
  let lab: Project

  var executor: any Executor { DockerExecutor(project: lab.folder.path) }
  var project: String { lab.name }

  func make(_ change: HostChange) async throws {
    switch change {
    case .behave(let color, let behavior): try override("grafana-\(color)", behavior.settings)
    case .missingImage(let color):
      try override(
        "grafana-\(color)", ["image: bgruntest-nosuch:1", "pull_policy: never"])
    case .restart(let service): try await Shell.output("docker", "restart", lab.container(service))
    case .pause(let service): try await lab.pause(service)
    case .siteBecomesFolder:
      try FileManager.default.removeItem(at: lab.site)
      try FileManager.default.createDirectory(at: lab.site, withIntermediateDirectories: false)
    case .takePort:
      // `docker exec --detach` returns before perl listens.
      let listens = "/tmp/listens"
      let program =
        "use Socket; socket(S,PF_INET,SOCK_STREAM,0); bind(S,sockaddr_in(9999,INADDR_ANY)) && "
        + "listen(S,1) && open(F,'>','\(listens)'); sleep 600"
      let proxy = lab.container("nginx-proxy")
      try await Shell.output("docker", "exec", "--detach", proxy, "perl", "-e", program)
      try await waitUntil("the proxy's port is taken") {
        try await Shell.run(["docker", "exec", proxy, "test", "-e", listens]).status == 0
      }
    case .download: _ = Downloads(port: lab.port, count: 1, seconds: 15)
    }
  }

  /// Changes a service in the file that Compose reads after the example's.
  private func override(_ service: String, _ settings: [String]) throws {
    let lines = ["services:", "  \(service):"] + settings.map { "    \($0)" }
    try (lines.joined(separator: "\n") + "\n").write(
      to: lab.folder.appending(path: "docker-compose.override.yaml"), atomically: true,
      encoding: .utf8)
  }
}

extension HostChange.Behavior {
  fileprivate var settings: [String] {
    switch self {
    case .exits(let isRestarted):
      [
        #"command: ["sh", "-c", "sleep 0.1; exit 3"]"#,
        "restart: \(isRestarted ? "always" : "\"no\"")",
      ]
    case .ignoresTermination:
      [#"command: ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]"#]
    }
  }
}
