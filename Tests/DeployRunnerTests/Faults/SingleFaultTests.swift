import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Faults that a deploy can meet, one at a time: how it ends, and which colour serves then.
@Suite(.timeLimit(.minutes(10))) struct SingleFaultTests {
  /// Blue is live, green the target.
  struct Fault: Sendable, CustomTestStringConvertible {
    var name: String
    var gate = Health(retries: 15, every: 2)
    var prepare: @Sendable (SimulatedHost) -> Void

    init(
      _ name: String, gate: Health = Health(retries: 15, every: 2),
      host prepare: @escaping @Sendable (SimulatedHost) -> Void
    ) {
      (self.name, self.gate, self.prepare) = (name, gate, prepare)
    }

    /// Something is different from the beginning.
    init(
      _ name: String, gate: Health = Health(retries: 15, every: 2),
      world change: @escaping @Sendable (inout SimulatedState) -> Void
    ) {
      self.init(name, gate: gate, host: { host in host.change { change(&$0) } })
    }

    /// Something happens after an operation.
    init(
      _ name: String, after pattern: OperationPattern,
      world change: @escaping @Sendable (inout SimulatedState) -> Void
    ) {
      self.init(
        name,
        host: { host in
          host.afterEach(pattern.onAttempt(1)) { _ in host.change { change(&$0) } }
        })
    }

    /// Something happens half-way between the reload and the end of the download that old workers
    /// still serve.
    init(
      afterSwitch name: String, world change: @escaping @Sendable (inout SimulatedState) -> Void
    ) {
      self.init(name, host: { $0.at(.milliseconds(1190), change) })
    }

    var testDescription: String { name }
  }

  @Test(arguments: before + during + after)
  func `a deploy with a fault ends as it should`(_ fault: Fault) async throws {
    let host = FaultScene(live: .blue, mount: .file).host()
    fault.prepare(host)
    let plan = Deploy("grafana", port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      fault.gate
      SwapNginx()
      Reload()
      Stop(.previous)
      Prune()
    }
    let report = try await plan.rehearse(on: host).report
    // What was restarted boots again.
    try await host.clock.sleep(for: .seconds(5))
    try expectGolden("Faults.txt", report.told(on: host), fault.name)
    if report.outcome == .unusable {
      #expect(!host.operations.contains { $0.operation.effect == .change })
    }
  }

  private static let before = [
    Fault("both colours run", world: { $0.run("grafana-green") }),
    Fault(
      "the active colour is down: an outage that a deploy ends", world: { $0.stop("grafana-blue") }),
    Fault(
      "the site file was changed without a reload",
      world: { world in
        world.run("grafana-green")
        world.pointFile(at: .green)
      }),
    Fault("the proxy is stopped", world: { $0.stop("nginx-proxy") }),
    Fault("the proxy is paused", world: { $0.pause("nginx-proxy") }),
    Fault(
      "another container has taken the target's old address",
      world: { world in
        world.run("grafana-green")
        world.stop("grafana-green")
        world.service("helper") { $0.port = 9 }
        world.run("helper")
      }),
    Fault(
      "the colours have exchanged their addresses, and the proxy does not know it",
      world: { $0.exchangeAddresses() }),
    Fault(
      "the colours have exchanged their addresses, and the target has a new image",
      world: { world in
        world.exchangeAddresses()
        world.service("grafana-green") { $0.image = "grafana:2.0" }
      }),
    Fault(
      "an interrupted recreation has left the target's container with an odd name",
      world: { world in
        world.service("grafana-green") { $0.containerName = "61b15d4f34dc_grafana-grafana-green-1" }
        world.run("grafana-green")
        world.service("grafana-green") { $0.containerName = nil }
      }),
  ]

  private static let during = [
    Fault(
      "another deploy prunes images at the same moment",
      host: {
        $0.fail(
          .command(containing: "image prune"),
          .failing(errors: "Error response from daemon: a prune operation is already running"))
      }),
    Fault(
      "Compose takes twelve minutes to pull the target's image",
      host: { $0.fail(.command(containing: " up "), .delayed(by: .seconds(720))) }),
    Fault(
      "Compose hangs while it starts the target",
      host: { $0.fail(.command(containing: " up "), .hanging) }),
    Fault(
      "the target is paused while it boots", after: .command(containing: " up "),
      world: { $0.pause("grafana-green") }),
    Fault(
      "the target dies soon after its first good answer",
      gate: Health(retries: 10, every: 2, successes: 3),
      world: {
        $0.behavior(of: "grafana-green", .crashing(after: .seconds(3), exitCode: 4, log: []))
      }),
    Fault(
      "the target is healthy but of another version",
      gate: Health(.target, .http(body: "12.4"), retries: 3), world: { _ in }),
    Fault(
      "the target boots for 40 seconds, longer than the health check waits",
      world: { $0.service("grafana-green") { $0.bootTime = .seconds(40) } }),
    Fault(
      "the target boots for 40 seconds, and the health check waits",
      gate: Health(retries: 30, every: 2),
      world: { $0.service("grafana-green") { $0.bootTime = .seconds(40) } }),
    Fault(
      "the target is on a network that the proxy is not on", world: { $0.separate("grafana-green") }
    ),
    Fault(
      "the target is on another network, and asked from the proxy",
      gate: Health(via: .proxy, retries: 3, every: 0.5), world: { $0.separate("grafana-green") }),
    Fault(
      "the proxy is restarted during the health check", after: .command(containing: " up "),
      world: { $0.restart("nginx-proxy") }),
    Fault(
      "the proxy is restarted between writing and reload", after: .writing("nginx/service.conf"),
      world: { $0.restart("nginx-proxy") }),
    Fault(
      "another process writes the site file during the health check",
      after: .command(containing: " up "),
      world: { $0.write("# mine\n", to: "nginx/service.conf") }),
  ]

  private static let after = [
    Fault(afterSwitch: "the target crashes after the switch", world: { $0.crash("grafana-green") }),
    Fault(
      afterSwitch: "the target ends after the switch, and the previous colour is gone",
      world: { world in
        world.stop("grafana-green")
        world.remove("grafana-blue")
      }),
    Fault(
      afterSwitch: "the target is restarted after the switch, and nginx refuses the rollback",
      world: { world in
        world.restart("grafana-green")
        world.includesSiteInsideHTTP = false
      }),
  ]
}

extension SimulatedState {
  /// Stops both colours and starts them the other way round: each gets the other's address.
  fileprivate mutating func exchangeAddresses() {
    run("grafana-green")
    stop("grafana-blue")
    stop("grafana-green")
    run("grafana-green")
    run("grafana-blue")
  }
}
