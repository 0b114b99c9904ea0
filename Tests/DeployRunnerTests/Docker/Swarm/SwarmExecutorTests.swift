import DeployDSL
import Testing

@testable import DeployRunner

/// What bgrun makes of a Swarm's tasks: the CLI's exit status decides nothing.
@Suite("SwarmExecutor") struct SwarmExecutorTests {
  private static let application =
    Deploy("shop", blue: "blue", green: "green", swarm: Swarm("shop"), proxy: "proxy", port: 3000) {
      DetectActive()
    }.application
  private static let docker = DockerCLI(application: application)

  private func perform(
    _ call: HostCall, on swarm: FakeSwarm, as effect: HostOperation.Effect = .change,
    within timeout: Duration = .seconds(60), _ said: Collected<String> = Collected()
  ) async throws -> OperationResult {
    let machine = DockerExecutor(project: "/", host: swarm, stateFolder: nil)
    let executor = SwarmExecutor(
      of: Self.application, on: Swarm("shop"), from: machine, clock: swarm.clock)
    let operation = HostOperation(.call(call), effect: effect, timeout: timeout)
    return try await executor.perform(operation) { said.add($0.text) }
  }

  private static let up = docker.up(
    "green", as: ComposeProject.Service(image: "shop:1.1"), scale: 3, environment: [:])

  private func failure(
    on swarm: FakeSwarm, within timeout: Duration = .seconds(60)
  ) async throws -> DeployError {
    try #require(
      await #expect(throws: DeployError.self) {
        _ = try await perform(Self.up, on: swarm, within: timeout)
      })
  }

  // MARK: Start

  @Test func `a service is started when all of its tasks run`() async throws {
    #expect(
      Self.up.command.description
        == "docker service update --detach --with-registry-auth --image shop:1.1 --replicas 3 "
        + "shop_green")
    let swarm = FakeSwarm()
    let said = Collected<String>()
    let reply = try await perform(Self.up, on: swarm, said)
    #expect(reply.value == .flag(true))
    #expect(
      said.all == [
        "shop_green: 0 of 3 tasks run (shop_green.1 on node1 is assigned, shop_green.2 on node2 is "
          + "assigned, shop_green.3 on node3 is assigned)",
        "shop_green: 0 of 3 tasks run (shop_green.1 on node1 is starting, shop_green.2 on node2 is "
          + "starting, shop_green.3 on node3 is starting)",
        "shop_green: 3 of 3 tasks run",
      ])
  }

  @Test func `a task that never becomes healthy is explained by its log: Swarm says nothing`()
    async throws
  {
    let swarm = FakeSwarm {
      $0.services["shop_green"]?.fate = .neverHealthy(log: ["cannot open the database"])
    }
    let failure = try await failure(on: swarm)
    #expect(failure.code == .unhealthy)
    #expect(
      failure.description
        == "shop_green.1 on node1 did not get to run: its health check did not pass in time (exit "
        + "code 137); see its last log lines")
    #expect(failure.details == ["cannot open the database"])
  }

  @Test func `a task that a node rejects, and one that no node takes`() async throws {
    let rejected = FakeSwarm {
      $0.services["shop_green"]?.fate = .rejected("No such image: shop:1.1")
    }
    #expect(
      try await failure(on: rejected).message
        == "shop_green.1 on node1 did not get to run: No such image: shop:1.1")
    let why = "no suitable node (insufficient resources on 3 nodes)"
    let unplaced = FakeSwarm { $0.services["shop_green"]?.fate = .unplaced(why) }
    #expect(
      try await failure(on: unplaced).message
        == "shop_green.1 cannot be placed on any node: \(why)")
  }

  @Test func `an update that the Swarm rolls back fails, although docker ends with 0`()
    async throws
  {
    let swarm = FakeSwarm { state in
      state.onTick = { state in
        guard state.ticks == 2 else { return }
        state.services["shop_green"]?.image = "shop:0.9"
        state.services["shop_green"]?.update = ("rollback_completed", "rollback completed")
      }
    }
    #expect(
      try await failure(on: swarm).message
        == "the Swarm has automatically rolled back the update of shop_green (rollback_completed): "
        + "rollback completed")
  }

  @Test func `an update that was accepted counts, although docker failed`() async throws {
    let swarm = FakeSwarm { state in
      state.answer = { argv, state in
        guard argv.contains("update") else { return nil }
        FakeSwarm.accept("shop_green", image: "shop:1.1", replicas: 3, &state)
        return CommandResult(status: 1, errors: "rpc error: code = DeadlineExceeded desc = x")
      }
    }
    #expect(try await perform(Self.up, on: swarm).value == .flag(true))
  }

  @Test func `an update that was not accepted fails with docker's reason`() async throws {
    let swarm = FakeSwarm { state in
      state.answer = { argv, _ in
        argv.contains("update")
          ? CommandResult(status: 1, errors: "Error: update out of sequence") : nil
      }
    }
    let failure = try await failure(on: swarm)
    #expect(failure.message.contains("update out of sequence"), "\(failure)")
  }

  @Test func `a node that goes away costs time only: its task runs on another one`() async throws {
    let swarm = FakeSwarm { state in
      state.onTick = { state in
        guard state.ticks == 1 else { return }
        state.nodes["node2"] = "Down"
        for index in state.tasks.indices where state.tasks[index].node == "node2" {
          state.tasks[index].desired = "shutdown"
        }
      }
    }
    #expect(try await perform(Self.up, on: swarm).value == .flag(true))
    let green = swarm.now.tasks.filter { $0.service == "shop_green" && $0.state == "running" }
    #expect(green.count == 3 && !green.contains { $0.node == "node2" })
  }

  @Test func `a node that comes back ends the tasks that were replaced: that is no failure`()
    async throws
  {
    let swarm = FakeSwarm { state in
      state.onTick = { state in
        switch state.ticks {
        case 1:
          state.nodes["node2"] = "Down"
          for index in state.tasks.indices where state.tasks[index].node == "node2" {
            state.tasks[index].desired = "shutdown"
          }
        case 2: state.nodes["node2"] = "Ready"
        default: break
        }
      }
    }
    #expect(try await perform(Self.up, on: swarm).value == .flag(true))
    #expect(swarm.now.tasks.contains { $0.service == "shop_green" && $0.state == "shutdown" })
  }

  @Test func `a task that the Swarm itself ends is no failure, also if no look saw its node away`()
    async throws
  {
    let swarm = FakeSwarm { state in
      state.onTick = { state in
        guard state.ticks == 1,
          let index = state.tasks.firstIndex(where: { $0.service == "shop_green" })
        else { return }
        state.tasks[index].desired = "shutdown"
      }
    }
    #expect(try await perform(Self.up, on: swarm).value == .flag(true))
    #expect(swarm.now.tasks.contains { $0.service == "shop_green" && $0.state == "shutdown" })
  }

  private static let refusal = CommandResult(
    status: 1,
    errors: "Error response from daemon: rpc error: code = Unknown desc = The swarm does not "
      + "have a leader. It's possible that too few managers are online.")

  @Test func `a task that ended while there was no quorum is the Swarm's to replace`()
    async throws
  {
    let refusal = Self.refusal
    func swarm(failing ticks: Set<Int>, _ fate: FakeSwarm.Fate = .runs) -> FakeSwarm {
      FakeSwarm { state in
        state.services["shop_green"]?.fate = fate
        state.answer = { argv, state in (1..<4).contains(state.ticks) ? refusal : nil }
        state.onTick = { state in
          guard ticks.contains(state.ticks),
            let index = state.tasks.lastIndex(where: { $0.service == "shop_green" })
          else { return }
          (state.tasks[index].state, state.tasks[index].desired) = ("failed", "shutdown")
        }
      }
    }
    #expect(try await perform(Self.up, on: swarm(failing: [2])).value == .flag(true))
    // That one which began afterwards ends is its own fault.
    let message = try await failure(on: swarm(failing: [2, 5, 6], .staysStarting)).message
    #expect(message.contains("did not get to run"), "\(message)")
  }

  @Test func `without a quorum, changes and looks are asked for again`() async throws {
    let refusal = Self.refusal
    let swarm = FakeSwarm { state in
      state.answer = { argv, state in state.ticks < 3 && argv[1] != "ps" ? refusal : nil }
    }
    let refusing = FakeSwarm { state in
      state.answer = { argv, state in state.ticks < 3 && argv[2] == "update" ? refusal : nil }
    }
    #expect(try await perform(Self.docker.containers(), on: swarm, as: .observe).value != nil)
    #expect(try await perform(Self.up, on: refusing).value == .flag(true))
    #expect(refusing.now.commands.count { $0.hasPrefix("docker service update") } == 4)
  }

  @Test func `a quorum that returns costs time only; one that does not is named`() async throws {
    let refusal = Self.refusal
    func swarm(until tick: Int) -> FakeSwarm {
      FakeSwarm { state in
        state.answer = { argv, state in
          (1..<tick).contains(state.ticks) && argv[1] != "ps" ? refusal : nil
        }
      }
    }
    #expect(try await perform(Self.up, on: swarm(until: 5)).value == .flag(true))
    let failure = try await failure(on: swarm(until: .max), within: .seconds(30))
    #expect(failure.code == .environment)
    #expect(
      failure.message
        == "cannot see the tasks of the Swarm: the Swarm has lost its quorum: too few managers "
        + "answer")
    #expect(DockerErrorClassifier.isEngineAway(failure))
  }

  @Test func `managers that let docker wait are asked again, as those that refuse`() async throws {
    let printed =
      "Error response from daemon: rpc error: code = DeadlineExceeded desc = context deadline "
      + "exceeded"
    func swarm(until tick: Int) -> FakeSwarm {
      FakeSwarm { state in
        state.answer = { argv, state in
          guard (0..<tick).contains(state.ticks), argv[1] != "ps", argv[2] != "update" else {
            return nil
          }
          throw OperationError.timedOut(after: .seconds(20), output: printed)
        }
      }
    }
    for call in [Self.up, Self.docker.stop("shop_blue.1", grace: .seconds(10))] {
      #expect(try await perform(call, on: swarm(until: 5)).value == .flag(true))
    }
    #expect(
      try await failure(on: swarm(until: .max), within: .seconds(30)).message
        == "cannot see the tasks of the Swarm: the Swarm has lost its quorum: too few managers "
        + "answer")
  }

  @Test func `what does not run in time is listed by node`() async throws {
    let swarm = FakeSwarm { $0.services["shop_green"]?.fate = .staysStarting }
    let failure = try await failure(on: swarm, within: .seconds(10))
    #expect(failure.code == .timeout)
    #expect(failure.message == "0 of 3 tasks of shop_green run after 10 s")
    #expect(failure.details.contains("shop_green.2 on node2: starting"))
  }

  // MARK: Stop

  @Test func `a service is stopped when its tasks have ended, those of a lost node aside`()
    async throws
  {
    let swarm = FakeSwarm { $0.nodes["node3"] = "Down" }
    let task = try #require(swarm.now.tasks.first { $0.service == "shop_blue" })
    let call = Self.docker.stop("shop_blue.1.\(task.id)", grace: .seconds(10))
    #expect(call.command.description == "docker service scale --detach shop_blue=0")
    _ = try await perform(call, on: swarm)
    let states = swarm.now.tasks.filter { $0.service == "shop_blue" }.map(\.state)
    #expect(states == ["shutdown", "shutdown", "running"])
  }

  // MARK: Tasks as containers

  private func containers(on swarm: FakeSwarm) async throws -> [Container] {
    let listed = try await perform(Self.docker.containers(), on: swarm)
    guard case .list(let list)? = listed.value else { return [] }
    let ids = list.map(\.name).filter { !$0.hasPrefix("container-") }
    let found = try await perform(Self.docker.inspect(ids), on: swarm)
    guard case .containers(let containers)? = found.value else { return [] }
    return containers
  }

  @Test func `tasks stand for containers, and a service without tasks for what it would start`()
    async throws
  {
    let swarm = FakeSwarm { $0.nodes["node3"] = "Down" }
    let found = try await containers(on: swarm)
    let texts = found.map { one in
      "\(one.service) \(one.status) \(one.node ?? "-") \(one.image) \(one.health ?? "-")"
    }
    #expect(
      texts.sorted() == [
        "blue lost node3 shop:1.0 -", "blue running node1 shop:1.0 healthy",
        "blue running node2 shop:1.0 healthy", "green exited - shop:0.9 -",
      ])
    let rest = try #require(found.first { $0.service == "green" })
    #expect(rest.name == "shop_green.3")
    // It had three tasks.
    let call = Self.docker.start(rest.name)
    #expect(call.command.description == "docker service scale --detach shop_green=3")
    _ = try await perform(call, on: swarm)
    #expect(swarm.now.services["shop_green"]?.replicas == 3)
  }

  @Test func `a proxy on other nodes is refused: it would keep its configuration`() async throws {
    let swarm = FakeSwarm { state in
      FakeSwarm.accept("shop_proxy", image: nil, replicas: 2, &state)
      for index in state.tasks.indices { state.tasks[index].state = "running" }
    }
    let failure = try #require(
      await #expect(throws: DeployError.self) {
        _ = try await perform(Self.docker.containers(), on: swarm)
      })
    #expect(
      failure.message
        == "the proxy proxy also runs on node2, which the plan does not name: nginx there would keep "
        + "sending requests to what is stopped")
  }

  @Test func `a service that the stack lacks is named before anything starts`() async throws {
    let swarm = FakeSwarm { $0.services["shop_green"] = nil }
    let failure = try #require(
      await #expect(throws: DeployError.self) {
        _ = try await perform(Self.docker.containers(), on: swarm)
      })
    #expect(failure.message == "the stack shop has no service shop_green on this Swarm")
  }
}
