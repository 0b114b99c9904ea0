import DeployDSL
import DeployRunner
import Testing

/// Troubles that a deploy can meet, one at a time: how it ends, and what serves then.
@Suite(.timeLimit(.minutes(10)))
struct SingleFaultTests {
  /// A trouble and its end; blue is live, green the target.
  struct Trouble: Sendable, CustomTestStringConvertible {
    var name: String
    var outcome: RunReport.Outcome
    var serving: Color?
    /// Texts of the failure, or of a warning.
    var says: [String] = []
    /// The gate, if it is not README's.
    var gate = Health(retries: 15, every: 2)
    var prepare: @Sendable (SimulatedHost) -> Void

    var testDescription: String { name }
  }

  @Test("A trouble ends as it should", arguments: before + during + after)
  func trouble(_ trouble: Trouble) async throws {
    let host = FaultScene(live: .blue, mount: .file).host()
    trouble.prepare(host)
    let plan = Deploy("grafana", port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      trouble.gate
      SwapNginx()
      Reload()
      Stop(.previous)
      Prune()
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == trouble.outcome, "\(report)")
    // What was restarted boots again.
    try await host.clock.sleep(until: host.clock.now.advanced(by: .seconds(5)))
    #expect(host.serving == trouble.serving, "\(report)")
    let said = ([report.failure?.description ?? ""] + report.warnings).joined(separator: "\n")
    for text in trouble.says { #expect(said.contains(text), "\(said)") }
    if trouble.outcome != .rollbackFailed {
      #expect(host.violations.isEmpty, "\(host.violations)")
    }
    if trouble.outcome == .unusable {
      #expect(!host.operations.contains { $0.operation.effect == .change })
    }
  }

  // MARK: Before it begins

  private static let before = [
    Trouble(name: "both colours run", outcome: .succeeded, serving: .green) { host in
      host.change { $0.run("grafana-green") }
    },
    Trouble(
      name: "the live colour is down: an outage that a deploy ends", outcome: .succeeded,
      serving: .green, says: ["this is an outage until grafana-green is deployed"]
    ) { host in
      host.change { $0.stop("grafana-blue") }
    },
    Trouble(
      name: "the site file was changed without a reload", outcome: .failed, serving: .blue,
      says: ["active colour is ambiguous", "--active blue"]
    ) { host in
      host.change {
        $0.run("grafana-green")
        $0.pointFile(at: .green)
      }
    },
    Trouble(
      name: "the proxy is stopped", outcome: .unusable, serving: nil,
      says: ["the proxy nginx-proxy does not run"]
    ) { host in host.change { $0.stop("nginx-proxy") } },
    Trouble(
      name: "the proxy is paused", outcome: .unusable, serving: nil, says: ["docker unpause"]
    ) { host in host.change { $0.pause("nginx-proxy") } },
    Trouble(
      name: "another container has taken the target's old address", outcome: .succeeded,
      serving: .green
    ) { host in
      host.change {
        $0.run("grafana-green")
        $0.stop("grafana-green")
        $0.service("helper") { $0.port = 9 }
        $0.run("helper")
      }
    },
    Trouble(
      name: "the colours have exchanged their addresses, and the proxy does not know it",
      outcome: .succeeded, serving: .green
    ) { host in host.change { $0.exchangeAddresses() } },
    Trouble(
      name: "the colours have exchanged their addresses, and the target has a new image",
      outcome: .succeeded, serving: .green
    ) { host in
      host.change {
        $0.exchangeAddresses()
        $0.service("grafana-green") { $0.image = "grafana:2.0" }
      }
    },
    Trouble(
      name: "an interrupted recreation has left the target's container with an odd name",
      outcome: .succeeded, serving: .green
    ) { host in
      host.change {
        $0.service("grafana-green") { $0.containerName = "61b15d4f34dc_grafana-grafana-green-1" }
        $0.run("grafana-green")
        $0.service("grafana-green") { $0.containerName = nil }
      }
    },
  ]

  // MARK: Until the switch

  private static let during = [
    Trouble(
      name: "Compose takes twelve minutes to pull the target's image", outcome: .succeeded,
      serving: .green
    ) { host in host.fail(.command(containing: " up "), .delayed(by: .seconds(720))) },
    Trouble(
      name: "Compose hangs while it starts the target", outcome: .failed, serving: .blue,
      says: [" up ", ".timeout("]
    ) { host in host.fail(.command(containing: " up "), .hanging) },
    Trouble(
      name: "the target is paused while it boots", outcome: .failed, serving: .blue,
      says: ["grafana-green is paused", "docker unpause"]
    ) { host in host.after(" up ") { $0.pause("grafana-green") } },
    Trouble(
      name: "the target dies soon after its first good answer", outcome: .failed, serving: .blue,
      says: ["grafana-green is not healthy: its container"],
      gate: Health(retries: 10, every: 2, successes: 3)
    ) { host in
      host.change {
        $0.behavior(of: "grafana-green", .crashing(after: .seconds(3), exitCode: 4, log: []))
      }
    },
    Trouble(
      name: "the target is healthy but of another version", outcome: .failed, serving: .blue,
      says: [#"HTTP 200 without "12.4" in the body"#],
      gate: Health(.target, .http(body: "12.4"), retries: 3)
    ) { _ in },
    Trouble(
      name: "the target boots for 40 seconds, longer than the gate waits", outcome: .failed,
      serving: .blue, says: ["did not become healthy within"]
    ) { host in host.change { $0.service("grafana-green") { $0.bootTime = .seconds(40) } } },
    Trouble(
      name: "the target boots for 40 seconds, and the gate waits", outcome: .succeeded,
      serving: .green, gate: Health(retries: 30, every: 2)
    ) { host in host.change { $0.service("grafana-green") { $0.bootTime = .seconds(40) } } },
    Trouble(
      name: "the target is on a network that the proxy is not on", outcome: .failed, serving: .blue,
      says: [
        "nginx-proxy cannot reach grafana-green", "write `networks: [default, elsewhere]` into",
      ]
    ) { host in
      host.change {
        $0.addNetwork("elsewhere")
        $0.service("grafana-green") { $0.networks = ["elsewhere"] }
      }
    },
    Trouble(
      name: "the target is on another network, and asked from the proxy", outcome: .failed,
      serving: .blue, says: ["Could not resolve host: grafana-green"],
      gate: Health(via: .proxy, retries: 3, every: 0.5)
    ) { host in
      host.change {
        $0.addNetwork("elsewhere")
        $0.service("grafana-green") { $0.networks = ["elsewhere"] }
      }
    },
    Trouble(
      name: "the proxy is restarted in the gate", outcome: .succeeded, serving: .green
    ) { host in host.after(" up ") { $0.restart("nginx-proxy") } },
    Trouble(
      name: "the proxy is restarted between writing and reload", outcome: .succeeded,
      serving: .green
    ) { host in host.after("write nginx/service.conf") { $0.restart("nginx-proxy") } },
    Trouble(
      name: "somebody else writes the site file in the gate", outcome: .failed, serving: .blue,
      says: ["was changed by another process"]
    ) { host in host.after(" up ") { $0.write("# mine\n", to: "nginx/service.conf") } },
  ]

  // MARK: After the switch

  /// Half-way between the reload and the end of the download that old workers still serve.
  private static let switched: Duration = .milliseconds(1190)

  private static let after = [
    Trouble(
      name: "another deploy prunes images at the same moment", outcome: .succeeded, serving: .green
    ) { host in
      host.respond(
        to: "image", "prune",
        with: CommandResult(
          status: 1,
          errors: "Error response from daemon: a prune operation is already running"))
    },
    Trouble(
      name: "the target crashes after the switch", outcome: .rolledBack, serving: .blue,
      says: ["grafana-green passed its health check, but then it"]
    ) { host in host.at(switched) { $0.crash("grafana-green") } },
    Trouble(
      name: "the target ends after the switch, and the previous colour is gone",
      outcome: .rollbackFailed, serving: nil, says: ["passed its health check, but then it exited"]
    ) { host in
      host.at(switched) {
        $0.stop("grafana-green")
        $0.remove("grafana-blue")
      }
    },
    Trouble(
      name: "the target is restarted after the switch, and nginx refuses the way back",
      outcome: .rollbackFailed, serving: .green,
      says: ["passed its health check, but then it was restarted"]
    ) { host in
      host.at(switched) {
        $0.restart("grafana-green")
        $0.includesSiteInsideHTTP = false
      }
    },
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

extension SimulatedHost {
  /// Changes the world right after the first operation whose description holds a text.
  fileprivate func after(
    _ text: String, _ change: @escaping @Sendable (inout SimulatedState) -> Void
  ) {
    let done = Collected<Bool>()
    afterEach { run in
      guard run.description.contains(text), done.all.isEmpty else { return }
      done.add(true)
      self.change(change)
    }
  }
}
