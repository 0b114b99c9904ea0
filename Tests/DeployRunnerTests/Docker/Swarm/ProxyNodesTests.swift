import DeployDSL
import Foundation
import Synchronization
import Testing

@testable import DeployRunner

/// nginx on several nodes: asked and changed as if it were one.
@Suite("The proxy on several nodes") struct ProxyNodesTests {
  /// A node with nginx in a container.
  private final class Node: DockerHost {
    struct State: Sendable {
      var site: [UInt8] = Array("blue".utf8)
      var generation = 1
      var ignoresReload = false
      var refusesWrites = false
      var status = 200
      var container = "running"
      var log: [String] = []
    }

    let name: String
    private let state = Mutex(State())

    init(_ name: String) { self.name = name }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    var now: State { state.withLock { $0 } }

    func run(
      _ command: Command, in folder: String, timeout: Duration,
      output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> CommandResult {
      state.withLock { state in
        let words = command.argv.joined(separator: " ")
        state.log.append(words)
        if words.hasPrefix("docker ps") { return CommandResult(status: 0, output: "\(name)-id\n") }
        guard words.contains("\(name)-id") else {
          return CommandResult(status: 1, errors: "No such container")
        }
        if words.hasPrefix("docker inspect") {
          return CommandResult(status: 0, output: Self.inspected(name, state.container))
        }
        if words.contains("docker top") {
          let first = state.generation * 100
          return CommandResult(
            status: 0,
            output: "PID ELAPSED COMMAND\n1 50 nginx: master process nginx\n"
              + "\(first) 9 nginx: worker process\n\(first + 1) 9 nginx: worker process\n")
        }
        if words.hasSuffix("-s reload") {
          if !state.ignoresReload { state.generation += 1 }
          return CommandResult(status: 0)
        }
        let text = String(decoding: state.site, as: UTF8.self)
        return CommandResult(
          status: 0, output: "# configuration file /etc/nginx/shop.conf:\n\(text)\n")
      }
    }

    private static func inspected(_ name: String, _ status: String) -> String {
      """
      [{"Id": "\(name)-id", "Name": "/shop_proxy.\(name)", "State": {"Status": "\(status)",
      "StartedAt": "\(name)-start"}, "Config": {"Image": "nginx:1.28", "Labels":
      {"com.docker.stack.namespace": "shop", "com.docker.swarm.service.name": "shop_proxy"}},
      "Mounts": [{"Source": "/srv/shop/nginx", "Destination": "/etc/nginx"}],
      "NetworkSettings": {"Networks": {"shop_default": {}}}}]
      """
    }

    func get(_ url: String, host: String?, timeout: Duration) async throws -> HTTPAnswer {
      HTTPAnswer(status: now.status, body: name)
    }

    func connect(to host: String, port: Int, timeout: Duration) async throws {}

    func read(_ path: String, in folder: String, timeout: Duration) async throws -> FileSnapshot {
      FileSnapshot(path: "\(folder)/\(path)", content: .file(now.site), age: .seconds(5))
    }

    func write(_ file: FileWrite, in folder: String, timeout: Duration) async throws {
      if now.refusesWrites { throw OperationError.file(path: file.path, reason: "disk full") }
      change { $0.site = file.bytes }
    }
  }

  private static let swarm = Swarm("shop", proxies: ["localhost", "web2", "web3"])
  private static let application =
    Deploy(
      "shop", blue: "blue", green: "green", swarm: swarm, proxy: "proxy",
      site: Site("nginx/shop.conf"), port: 3000
    ) {
      DetectActive()
    }.application
  private static let docker = DockerCLI(application: application)
  private static let proxy = "localhost:localhost-id+web2:web2-id+web3:web3-id"
  private static let nginx = NginxMaster(container: proxy)

  private let nodes = ["localhost", "web2", "web3"].map(Node.init)

  private func perform(_ request: HostOperation.Request) async throws -> OperationResult {
    let manager = FakeSwarm { state in
      // The proxy's tasks are the nodes' containers.
      state.services["shop_proxy"]?.replicas = 0
      state.tasks.removeAll { $0.service == "shop_proxy" }
    }
    let executor = SwarmExecutor(
      of: Self.application, on: Self.swarm,
      from: DockerExecutor(project: "/srv/shop", host: manager, stateFolder: nil),
      proxies: nodes.map {
        ($0.name, DockerExecutor(project: "/srv/shop", host: $0, stateFolder: nil))
      }, clock: manager.clock)
    let operation = HostOperation(request, effect: .change, timeout: .seconds(60))
    return try await executor.perform(operation) { _ in }
  }

  @Test func `the containers of all nodes are one, whose name tells them apart`() async throws {
    let listed = try await perform(.call(Self.docker.containers()))
    guard case .list(let list)? = listed.value else { throw OperationError.noAnswer(reason: "x") }
    #expect(list.last?.name == Self.proxy)
    let found = try await perform(.call(Self.docker.inspect([Self.proxy])))
    guard case .containers(let containers)? = found.value else {
      throw OperationError.noAnswer(reason: "x")
    }
    let one = try #require(containers.first)
    #expect((one.name, one.service, one.status) == (Self.proxy, "proxy", "running"))
    #expect(one.startedAt == "localhost-start+web2-start+web3-start")
  }

  @Test func `a container that has ended is gone, one that is paused is told by its own name`()
    async throws
  {
    nodes[1].change { $0.container = "exited" }
    let ended = try await perform(.call(Self.docker.inspect([Self.proxy])))
    #expect(ended.value == .containers([]))
    nodes[1].change { $0.container = "paused" }
    let paused = try await perform(.call(Self.docker.inspect([Self.proxy])))
    guard case .containers(let found) = paused.value, let proxy = found.first else {
      Issue.record("\(paused)")
      return
    }
    #expect(proxy.name == "shop_proxy.web2" && proxy.status == "paused" && proxy.id == Self.proxy)
  }

  @Test func `the processes of all nodes are one table, in which no number is there twice`()
    async throws
  {
    let reply = try await perform(.call(DockerCLI.top(Self.proxy)))
    guard case .processes(let table)? = reply.value else {
      throw OperationError.noAnswer(reason: "x")
    }
    let workers = ProxyWorkers(table)
    #expect(workers.pids.count == 6)
    nodes[2].change { $0.generation = 2 }
    let after = try await perform(.call(DockerCLI.top(Self.proxy)))
    guard case .processes(let now)? = after.value else {
      throw OperationError.noAnswer(reason: "x")
    }
    // Two nodes still have their old workers.
    #expect(ProxyWorkers(now).progress(since: workers.pids) == .starting)
  }

  @Test func `nginx is reloaded node after node, and not after one that keeps its configuration`()
    async throws
  {
    _ = try await perform(.call(Self.docker.reload(Self.nginx)))
    #expect(nodes.map(\.now.generation) == [2, 2, 2])
    #expect(nodes[1].now.log.contains("docker exec web2-id nginx -s reload"))
    nodes[1].change { $0.ignoresReload = true }
    let reply = try await perform(.call(Self.docker.reload(Self.nginx)))
    #expect(nodes.map(\.now.generation) == [3, 2, 2])
    #expect(
      reply.printed?.errors
        == "nginx on web2 kept its old configuration; the nodes after it were not reloaded")
  }

  @Test func `a site file that differs between the nodes is a disagreement`() async throws {
    nodes[1].change { $0.site = Array("green".utf8) }
    let failure = try #require(
      await #expect(throws: DeployError.self) {
        _ = try await perform(.readFile(path: "nginx/shop.conf"))
      })
    #expect(failure.code == .disagreement)
    #expect(failure.message == "nginx/shop.conf on web2 differs from the one on localhost")
    let test = try await perform(.call(Self.docker.testConfiguration(of: Self.nginx)))
    #expect(
      test.printed?.errors
        == "nginx on web2 reads another configuration than on localhost: `green` instead of `blue`")
  }

  @Test func `a site file is written on every node or on none`() async throws {
    let file = FileWrite(
      path: "nginx/shop.conf", bytes: Array("green".utf8), method: .rename, source: "green")
    _ = try await perform(.writeFile(file))
    #expect(nodes.allSatisfy { $0.now.site == file.bytes })
    var back = file
    back.bytes = Array("blue".utf8)
    nodes[2].change { $0.refusesWrites = true }
    await #expect(throws: OperationError.file(path: "web3:nginx/shop.conf", reason: "disk full")) {
      _ = try await perform(.writeFile(back))
    }
    #expect(nodes.allSatisfy { $0.now.site == file.bytes })
  }

  @Test func `the worst answer of all nodes counts`() async throws {
    nodes[1].change { $0.status = 502 }
    let reply = try await perform(.http(url: "http://127.0.0.1:80/health"))
    #expect(reply == .http(HTTPAnswer(status: 502, body: "web2")))
  }
}
