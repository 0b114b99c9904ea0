import BgrunTestSupport
import DeployDSL
import DeployRunner
import Foundation
import Testing

extension DockerTests.SwarmTests {
  @Test func `the Swarm does what the table says, which the simulation is made after`() async throws
  {
    try await Machine.with { engine, _ in
      try await engine.load("bgruntest-app:12.3", "bgruntest-app:12.4", "bgruntest-nginx:latest")
      let host = try await RealSwarmHost(on: engine)
      for entry in swarmConformanceTable {
        try await host.reset()
        let differences = try await entry.differences(on: host)
        #expect(differences.isEmpty, "\(entry): \(differences.joined(separator: "\n"))")
      }
    }
  }
}

/// A stack on a real Swarm, with blue live.
private struct RealSwarmHost: ConformanceHost {
  private static let stack = """
    services:
      grafana-blue: &app
        image: bgruntest-app:12.4
        environment: {BOOT: "1"}
        healthcheck:
          test: ["CMD", "curl", "-fsS", "http://localhost:3000/api/health"]
          interval: 1s
          retries: 3
        deploy: {endpoint_mode: dnsrr, replicas: 1}
      grafana-green:
        <<: *app
        image: bgruntest-app:12.3
        deploy: {endpoint_mode: dnsrr, replicas: 0}
      nginx-proxy:
        image: bgruntest-nginx:latest
        volumes: ["./nginx:/etc/nginx"]
        ports: [{target: 80, published: 8080, mode: host}]
        deploy: {endpoint_mode: dnsrr}

    """
  private static let main = """
    worker_processes 2;
    events { worker_connections 512; }
    http { access_log off; include /etc/nginx/service.conf; }

    """
  private static let site = """
    upstream grafana { server grafana-blue:3000; }
    server { listen 80; location / { proxy_pass http://grafana; } }

    """

  let project = "grafana"
  let docker: DockerCLI
  let executor: any Executor
  private let engine: Machine
  private let folder: URL
  /// The ID of nginx's container.
  private var proxy = ""

  init(on engine: Machine) async throws {
    self.engine = engine
    folder = engine.folder.appending(path: "grafana")
    let application = Deploy("grafana", swarm: Swarm("grafana"), port: 3000) {}.application
    docker = DockerCLI(application: application)
    executor = SwarmExecutor(
      of: application, on: Swarm("grafana"),
      from: DockerExecutor(
        project: folder.path, host: NetworkHost(engine: engine), stateFolder: nil))
    let nginx = folder.appending(path: "nginx")
    try FileManager.default.createDirectory(at: nginx, withIntermediateDirectories: true)
    try Data(Self.stack.utf8).write(to: folder.appending(path: "compose.yaml"))
    try Data(Self.main.utf8).write(to: nginx.appending(path: "nginx.conf"))
    try await reset()
    proxy = try await engine.output(
      "docker", "ps", "--no-trunc", "--quiet", "--filter",
      "label=com.docker.swarm.service.name=grafana_nginx-proxy")
  }

  /// Makes it as it was at first.
  func reset() async throws {
    let site = folder.appending(path: "nginx/service.conf")
    try? FileManager.default.removeItem(at: site)
    try Data(Self.site.utf8).write(to: site)
    try await engine.deploy("grafana", in: folder)
    try await waitUntil("blue serves", within: .seconds(60)) { try await serving() == .blue }
    if !proxy.isEmpty { try await engine.output("docker", "exec", proxy, "nginx", "-s", "reload") }
  }

  func container(_ service: String) -> String {
    service == "nginx-proxy" ? proxy : "grafana_\(service).1"
  }

  func ids(of service: String) async throws -> [String] {
    guard
      case .list(let list) = try await value(
        docker.containers(ofProject: "grafana", service: service))
    else { return [] }
    return list.map(\.name)
  }

  func make(_ change: HostChange) async throws {
    switch change {
    case .behave(let color, _):
      try await engine.output(
        "docker", "service", "update", "--detach", "--args", "sh -c 'sleep 0.1; exit 3'",
        "grafana_grafana-\(color)")
    case .siteBecomesFolder:
      let site = folder.appending(path: "nginx/service.conf")
      try FileManager.default.removeItem(at: site)
      try FileManager.default.createDirectory(at: site, withIntermediateDirectories: false)
    case .missingImage(let color):
      try await engine.output(
        "docker", "service", "update", "--detach", "--no-resolve-image", "--image",
        "bgruntest-nosuch:1", "grafana_grafana-\(color)")
    default: Issue.record("\(change) is in no case of a Swarm")
    }
  }

  func serving() async throws -> Color? {
    let ended = try await engine.run(
      "curl", "-fsS", "--max-time", "2", "http://127.0.0.1:8080/api/health")
    return color(answering: ended.output)
  }
}

/// This machine in a Swarm engine's network.
private struct NetworkHost: StubHost {
  let engine: Machine
  private let machine = LocalHost()

  init(engine: Machine) { self.engine = engine }

  func run(
    _ command: Command, in folder: String, timeout: Duration,
    output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult {
    var inside = command
    inside.argv = ["nsenter", "--net=\(engine.network)"] + command.argv
    inside.environment["DOCKER_HOST"] = .text(engine.socket)
    return try await machine.run(inside, in: folder, timeout: timeout, output: output)
  }

  func read(_ path: String, in folder: String, timeout: Duration) async throws -> FileSnapshot {
    try await machine.read(path, in: folder, timeout: timeout)
  }

  func write(_ file: FileWrite, in folder: String, timeout: Duration) async throws {
    try await machine.write(file, in: folder, timeout: timeout)
  }
}
