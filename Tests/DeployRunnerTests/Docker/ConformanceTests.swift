import DeployDSL
import DeployRunner
import DeploySimulator
import BgrunTestSupport
import Testing

/// The simulated host does what a real engine does; DockerTests hold the engine against the same
/// table.
struct ConformanceTests {
  @Test(arguments: conformanceTable.map(\.name))
  func `The simulation is like the engine`(name: String) async throws {
    let entry = try #require(conformanceTable.first { $0.name == name })
    let host = SimulatedConformanceHost(mount: entry.mount == .file ? .file : .folder)
    let differences = try await entry.differences(on: host)
    #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
  }

  @Test(arguments: swarmConformanceTable.map(\.name))
  func `The simulation is like a Swarm`(name: String) async throws {
    let entry = try #require(swarmConformanceTable.first { $0.name == name })
    let differences = try await entry.differences(on: SimulatedSwarmHost())
    #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
  }
}

/// A simulated Swarm as the real one's tests have it.
private struct SimulatedSwarmHost: ConformanceHost {
  private let host: SimulatedHost
  let project = "grafana"
  let docker: DockerCLI

  var executor: any Executor { MockExecutor(host) }

  init() {
    let application = Deploy("grafana", swarm: Swarm("grafana"), port: 3000) {}.application
    docker = DockerCLI(application: application)
    host = SimulatedHost(for: application, mount: .folder) { world in
      for color in Color.allCases {
        world.service("grafana-\(color)") { $0.healthcheck = .init(interval: .seconds(1)) }
      }
    }
  }

  func container(_ service: String) -> String { "grafana_\(service).1" }

  func make(_ change: HostChange) async throws {
    host.change { world in
      switch change {
      case .behave(let color, _):
        world.service("grafana-\(color)") {
          $0.behavior = .crashing(after: .milliseconds(100), exitCode: 3, log: [])
        }
      case .siteBecomesFolder: world.makeDirectory("nginx/service.conf")
      case .missingImage(let color):
        world.service("grafana-\(color)") { $0.image = "bgruntest-nosuch:1" }
        world.removeImage("bgruntest-nosuch:1")
      default: Issue.record("\(change) is in no case of a Swarm")
      }
    }
  }

  func serving() async throws -> Color? { host.serving }
}

/// A simulated host as the real engine's tests have it.
private struct SimulatedConformanceHost: ConformanceHost {
  private let host: SimulatedHost
  let project = "grafana"

  var executor: any Executor { MockExecutor(host) }

  init(mount: SimulatedState.SiteMount) {
    let application = Deploy("grafana", port: 3000, health: "/api/health") {}.application
    host = SimulatedHost(for: application, live: nil, mount: mount) { world in
      world.service("grafana-blue") { $0.image = "grafana:12.4" }
      world.service("grafana-green") { $0.image = "grafana:12.3" }
      world.service("nginx-proxy") { $0.tools = ["curl"] }
      for name in ["grafana:12.4", "grafana:12.3"] { world.addImage(name) }
      world.run("grafana-blue")
      world.run("nginx-proxy")
    }
  }

  func make(_ change: HostChange) async throws {
    host.change { world in
      switch change {
      case .behave(let color, let behavior):
        world.service("grafana-\(color)") { service in
          switch behavior {
          case .exits(let isRestarted):
            service.behavior = .crashing(after: .milliseconds(100), exitCode: 3, log: [])
            service.restart = isRestarted ? .always : .no
          case .ignoresTermination: service.stopTime = .seconds(3600)
          }
        }
      case .pause(let service): world.pause(service)
      case .siteBecomesFolder: world.makeDirectory("nginx/service.conf")
      case .takePort: world.refusesReloads = true
      case .restart(let service): world.restart(service)
      case .missingImage(let color):
        world.service("grafana-\(color)") { $0.image = "bgruntest-nosuch:1" }
        world.removeImage("bgruntest-nosuch:1")
      case .download: world.openRequest("a download", lasting: .seconds(15))
      }
    }
  }
}
