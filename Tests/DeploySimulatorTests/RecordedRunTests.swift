import BgrunTestSupport
import DeployDSL
import Testing

@testable import DeployRunner
@testable import DeploySimulator

/// Runs of a journal on a simulated host.
@Suite("Recorded runs", .timeLimit(.minutes(30))) struct RecordedRunTests {
  private static let plan = Deploy("shop", port: 3000, health: "/up") {
    DetectActive()
    Up(.target)
    Health(retries: 5, every: 1)
    SwapNginx()
    Reload()
    Run("smoke", "test").retry(2)
    Stop(.previous)
  }

  private let graph: StepGraph

  init() throws { graph = try Self.plan.graph() }

  /// A run that was made, with what its journal has of it.
  private struct Made {
    var run: RunID
    var journal: Journal
    var rehearsal: Rehearsal

    var story: RunStory { RunStory(run, journal) }
  }

  /// A run with a journal, on a host that was prepared.
  private func run(
    _ plan: Deploy = Self.plan, interruptedBy interrupter: Interrupter = Interrupter(),
    onHost prepare: (SimulatedHost, Interrupter) -> Void = { _, _ in }
  ) async throws -> Made {
    let host = SimulatedHost(for: plan)
    prepare(host, interrupter)
    return try await make(try plan.graph(), on: host, .rehearsed, interrupter)
  }

  private func make(
    _ graph: StepGraph, on host: SimulatedHost, _ options: RunOptions, _ interrupter: Interrupter
  ) async throws -> Made {
    let folder = ScratchFolder()
    defer { folder.remove() }
    var options = options
    (options.stateFolder, options.locksSite) = (folder.state, false)
    let rehearsal = await graph.rehearse(on: host, options, interrupter)
    let store = try #require(
      try StateFolder.existing(at: folder.state, application: graph.application.name)
    ).journal
    let run = try #require(try store.run(named: nil))
    return Made(run: run, journal: try store.open(run), rehearsal: rehearsal)
  }

  private func recorded(
    _ story: RunStory, of plan: Deploy = Self.plan
  ) async throws -> RecordedRun {
    await RecordedRun(
      of: try plan.graph(), story, active: try #require(story.active),
      on: SimulatedHost(for: plan))
  }

  // MARK: Played again

  @Test(
    arguments: [
      RehearsedFault.fails, .reportsFailure, .hangs, .hangsWhenDone, .isInterrupted,
      .isInterruptedWhenDone, .isInterruptedAfterwards,
    ])
  func `a run with a fault of one of its changes ends again as it did`(
    fault: RehearsedFault
  ) async throws {
    let good = await graph.rehearse(on: SimulatedHost(for: Self.plan))
    let changes = graph.changes(in: good)
    #expect(changes.count == 5)
    for change in changes {
      let pattern = OperationPattern.same(as: change.run, of: good.host.operations)
      let made = try await run(onHost: { fault.script(pattern, on: $0, $1) })
      let real = made.rehearsal
      let recorded = try await recorded(made.story)
      let played = await recorded.play(on: SimulatedHost(for: Self.plan))
      let what = "\(change.run.text) \(fault.rawValue)"
      #expect(recorded.omissions == [], "\(what)")
      #expect(played.outcome == real.outcome, "\(what): \(recorded.scenario)")
      #expect(played.host.serving == real.host.serving, "\(what): \(recorded.scenario)")
      #expect(played.undone == real.undone, "\(what): \(recorded.scenario)")
    }
  }

  @Test func `a command that fails prints again what it printed, each time it is tried`()
    async throws
  {
    let made = try await run(onHost: { host, _ in
      host.fail(.command(containing: "smoke"), .failing(exit: 3, errors: "no page\nno cart"))
    })
    let real = made.rehearsal
    let played = await (try await recorded(made.story)).play(on: SimulatedHost(for: Self.plan))
    #expect(real.outcome == .rolledBack && played.outcome == .rolledBack)
    let printed = [real, played].map { $0.events.count { $0.line?.hasSuffix("| no cart") == true } }
    #expect(printed == [3, 3])
  }

  @Test func `a version that is never healthy is sick again, a slow one is slow`() async throws {
    let sick = try await run(onHost: { host, _ in
      host.change { $0.behavior(of: "shop-green", .unhealthy) }
    })
    let again = try await recorded(sick.story)
    let played = await again.play(on: SimulatedHost(for: Self.plan))
    #expect(again.isTargetSick && again.omissions.isEmpty)
    #expect(played.outcome == .failed && played.host.serving == .blue)

    let slow = try await run(onHost: { host, _ in
      host.change { $0.service("shop-green") { $0.bootTime = .seconds(3.5) } }
    })
    let time = try #require(try await recorded(slow.story).bootTime)
    #expect(time > .seconds(3) && time < .seconds(4))
  }

  @Test func `wherever a run died, it dies again and is resumed`() async throws {
    let whole = try await run()
    let starts = whole.journal.records.indices.filter { index in
      if case .operationStarted = whole.journal.records[index].entry { true } else { false }
    }
    #expect(whole.story.isDone && starts.count == 5)
    for index in starts {
      for isDone in [false, true] {
        var died = whole
        died.journal.records = Array(whole.journal.records[...(index + (isDone ? 1 : 0))])
        let again = try await recorded(died.story)
        let fault: RehearsedFault = isDone ? .isKilledWhenDone : .isKilled
        #expect(again.scenario.incidents.map(\.fault) == [fault])
        let played = await again.play(on: SimulatedHost(for: Self.plan))
        #expect(played.outcome == .succeeded && played.host.serving == .green)
        #expect(played.timeLine.contains { $0.hasSuffix("bgrun is killed") })
      }
    }
  }

  @Test func `what cannot be played is said`() async throws {
    struct Migrate: PrimitiveStep {
      var fails = false

      func run(in context: StepContext) async throws {
        if fails { throw DeployError("the table is locked", fix: "wait") }
      }
    }
    func plan(fails: Bool) -> Deploy {
      Deploy("shop", port: 3000, health: "/up") {
        DetectActive()
        Up(.target)
        Health(retries: 5, every: 1)
        Migrate(fails: fails)
        SwapNginx()
        Reload()
      }
    }
    let made = try await run(plan(fails: true))
    let again = try await recorded(made.story, of: plan(fails: false))
    #expect(made.rehearsal.outcome == .failed)
    #expect(again.omissions == ["Migrate: the table is locked; wait"])
  }

  // MARK: Rollbacks

  /// A rollback with a journal, from green to blue, on a host that was prepared.
  private func rollback(
    to image: PinnedImage? = nil,
    onHost prepare: (SimulatedHost, Interrupter) -> Void = { _, _ in }
  ) async throws -> Made {
    let interrupter = Interrupter()
    let host = SimulatedHost(for: Self.plan, live: .green) { world in
      world.run("shop-blue")
      world.stop("shop-blue")
    }
    prepare(host, interrupter)
    var options = RunOptions.rehearsed
    options.goesBack = true
    return try await make(
      try Deployer.rollback(of: graph, to: image), on: host, options, interrupter)
  }

  @Test(arguments: [nil, RehearsedFault.fails, .hangs, .isInterrupted, .reportsFailure])
  func `a rollback ends again as it did`(fault: RehearsedFault?) async throws {
    let good = try await rollback().rehearsal
    let changes = (try Deployer.rollback(of: graph)).changes(in: good)
    #expect(changes.map(\.run.text).first?.hasPrefix("docker start ") == true, "\(changes)")
    for change in changes {
      let pattern = OperationPattern.same(as: change.run, of: good.host.operations)
      let made = try await rollback(onHost: { fault?.script(pattern, on: $0, $1) })
      let own = try #require(try RecordedRun.graph(of: graph, in: made.story))
      let active = try #require(made.story.active)
      #expect(active == .green)
      let recorded = await RecordedRun(
        of: own, made.story, active: active, on: SimulatedHost(for: Self.plan, live: active))
      let played = await recorded.play(on: SimulatedHost(for: Self.plan, live: active))
      let what = "\(change.run.text) \(fault?.rawValue ?? "as it is"): \(recorded.scenario)"
      #expect(recorded.omissions == [], "\(what)")
      #expect(played.outcome == made.rehearsal.outcome, "\(what)")
      #expect(played.host.serving == made.rehearsal.host.serving, "\(what)")
    }
  }

  @Test func `a rollback to the image of an earlier run cannot be played`() async throws {
    let host = SimulatedHost(for: Self.plan)
    let image = try #require(host.world.images.first { $0.name == "shop:1.0" })
    let made = try await rollback(
      to: PinnedImage(id: image.id, name: image.name ?? "", composeFiles: []))
    #expect(try RecordedRun.graph(of: graph, in: made.story) == nil)
  }

  // MARK: As it might have gone

  @Test func `a fault can take the place of what happened from a step on`() async throws {
    let made = try await run(onHost: { host, _ in
      host.fail(.command(containing: "nginx -s reload"))
    })
    let again = try await recorded(made.story)
    let makeHost = { @Sendable in SimulatedHost(for: Self.plan) }
    let killed = try #require(
      await again.play(insteadAt: .init(node: 4, .killed), on: makeHost))
    #expect(killed.rehearsal.outcome == .succeeded && killed.serving == .green)
    let late = await again.play(insteadAt: .init(node: 6, .fails), on: makeHost)
    #expect(late == nil, "the reload fails before")
    let early = try #require(
      await again.play(insteadAt: .init(node: 1, .interrupted), on: makeHost))
    #expect(early.rehearsal.outcome == .cancelled && early.serving == .blue)
  }

  @Test func `as a test it has the faults, the sick version and the end`() async throws {
    let made = try await run(onHost: { host, _ in
      host.change { $0.behavior(of: "shop-green", .unhealthy) }
      host.fail(.command(containing: "up", "--detach").onAttempt(1), .delayed(by: .seconds(1)))
    })
    let again = try await recorded(made.story)
    let played = await again.play(on: SimulatedHost(for: Self.plan))
    let lines = again.test(expecting: played).split(separator: "\n").map(String.init)
    #expect(
      lines.dropFirst(2) == [
        "  let host = SimulatedHost(for: plan, live: .blue)",
        "  host.change { $0.behavior(of: \"shop-green\", .unhealthy) }",
        "  let rehearsal = try await plan.rehearse(Scenario(), on: host)",
        "  expectOutcome(.failed, of: rehearsal)",
        "  expectServing(.blue, on: host)",
        "}",
      ])
  }

  @Test func `as a test it may have another fault, and then its end`() async throws {
    let again = try await recorded(try await run().story)
    let cell = try #require(
      await again.play(
        insteadAt: .init(node: 4, .fails), on: { SimulatedHost(for: Self.plan) }))
    let lines = again.test(expecting: cell.rehearsal).split(separator: "\n").map(String.init)
    #expect(lines[1].hasPrefix("/// What if: docker exec shop-nginx-proxy-1 nginx -s reload"))
    #expect(lines[2].hasSuffix(" of shop, with another fault`() async throws {"), "\(lines[2])")
    let place = "at: \"docker exec shop-nginx-proxy-1 nginx -s reload\""
    #expect(lines.contains { $0.contains(place) }, "\(lines)")
    #expect(
      lines.suffix(3) == [
        "  expectOutcome(.rolledBack, of: rehearsal)", "  expectServing(.blue, on: host)", "}",
      ])
  }

  /// What `--as-test` prints for a run whose reload failed.
  @Test func `such a test compiles and passes`() async throws {
    let host = SimulatedHost(for: Self.plan, live: .blue)
    let rehearsal = try await Self.plan.rehearse(
      Scenario(
        .init(.fails, at: "docker exec shop-nginx-proxy-1 nginx -s reload"),
        .init(.isKilledWhenDone, at: "docker stop -t 10 shop-shop-green-1"), thenBy: .undo),
      on: host)
    #expect(rehearsal.outcome == .undone)
    #expect(host.serving == .blue)
  }
}
