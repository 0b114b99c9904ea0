import DeployDSL
import Synchronization
import Testing

@testable import DeployRunner
@testable import DeploySimulator

/// Whole deploys in which one thing that bgrun reads is spoiled at random: the run ends with a
/// report that tells the truth, and the proxy never points at a service that is not healthy.
@Suite(.timeLimit(.minutes(30))) struct DeployFuzzTests {
  private static let runs = 300

  @Test(arguments: FaultScene.all)
  func `a deploy survives whatever it reads`(scene: FaultScene) async throws {
    let graph = try FaultScene.plan.graph()
    let good = await graph.rehearse(on: scene.host()).host
    let points = good.operations.filter {
      $0.operation.effect != .change && !$0.description.hasPrefix("GET")
    }
    var found = Findings()
    for number in 0..<Self.runs {
      let point = points[number % points.count]
      let host = scene.host()
      let executor = GarblingExecutor(host, at: point, of: good, seed: UInt64(number))
      let report = await Deployer(executor: executor).start(graph) { _ in }.report()
      let checks = FaultChecks(scene: scene, host: host, graph: graph)
      var wrong = host.hasPerformed(point, of: good) ? [] : ["the operation never came"]
      wrong += checks.all(report)
      // What nginx accepts and what leads nowhere can only be found out afterwards.
      if point.description.contains("/service_"), report.outcome == .rolledBack {
        wrong.removeAll { $0.hasSuffix("nginx -s reload)") }
      }
      // That its source is not what it was read as nobody can tell.
      let site = host.world.files.bytes(at: FaultScene.application.site.file) ?? []
      if executor.spoiled.all.contains("file(\(site))") {
        wrong.removeAll { $0.hasPrefix("the site file is not") }
      }
      found.cell("seed \(number), \(point), \(executor.spoiled.all)", wrong, report)
    }
    #expect(found.cells == Self.runs && found.count == 0, "\(found.text)")
  }

  @Test(arguments: FaultScene.all)
  func `site files that are not UTF-8 are deployed`(scene: FaultScene) async throws {
    let host = scene.host()
    let comment = Array("# caf".utf8) + [0xE9, 0x80, 10]
    let application = FaultScene.application
    host.change { world in
      for path in [application.site.file, application.site.blue, application.site.green] {
        // The content changes and not the inode: the proxy may have the file itself mounted.
        let bytes = comment + (world.files.bytes(at: path) ?? [])
        _ = world.files.write(bytes, to: path, method: .inPlace, at: world.now - .seconds(90_000))
      }
    }
    for color in [scene.target, scene.live] {
      let report = try await FaultScene.plan.rehearse(on: host).report
      #expect(report.outcome == .succeeded, "\(report)")
      #expect(host.serving == color && host.violations.isEmpty)
    }
  }
}

/// Performs operations on a simulated host; what one of them prints or reads is spoiled.
private struct GarblingExecutor: WrappingExecutor {
  let base: any Executor
  /// What was answered instead.
  let spoiled = Collected<String>()
  private let text: String
  private let state: State

  private final class State: Sendable {
    let value: Mutex<(garbler: Garbler, left: Int)>
    init(_ garbler: Garbler, left: Int) { value = Mutex((garbler, left)) }
  }

  init(_ host: SimulatedHost, at point: OperationRun, of good: SimulatedHost, seed: UInt64) {
    base = .mock(host)
    let text = point.text
    self.text = text
    let left = good.operations.prefix(point.number).count { $0.text == text }
    state = State(Garbler(seed: seed), left: left)
  }

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    let isMeant = state.value.withLock { state in
      if operation.request.description == text { state.left -= 1 }
      return operation.request.description == text && state.left == 0
    }
    let reply = try await base.perform(operation, output: output)
    guard isMeant else { return reply }
    let other = state.value.withLock { Self.spoiled(reply, by: &$0.garbler) }
    if case .file(let snapshot) = other {
      spoiled.add("\(snapshot.content)")
    } else {
      spoiled.add(other.map { "\($0)" } ?? "not understood")
    }
    return other ?? .command(CommandResult(status: 0))
  }

  /// An answer with a wrong detail; `nil` if it is not understood at all.
  private static func spoiled(
    _ reply: OperationResult, by garbler: inout Garbler
  ) -> OperationResult? {
    switch reply {
    case .command(var result):
      result.output = garbler.text(result.output)
      return .command(result)
    case .file(var snapshot):
      guard case .file(let bytes) = snapshot.content else { return reply }
      snapshot.content = .file(garbler.bytes(bytes))
      return .file(snapshot)
    case .http(var answer):
      answer.body = garbler.text(answer.body)
      return .http(answer)
    // What docker prints is spoiled where it is read: see InputFuzzTests.
    case .answer(let answer): return spoiled(answer.value, by: &garbler).map { .answer(.init($0)) }
    case .done, .assumed: return reply
    }
  }

  private static func spoiled(
    _ value: HostAnswer.Value, by garbler: inout Garbler
  ) -> HostAnswer.Value? {
    switch value {
    case .project(var project):
      project.name = garbler.text(project.name)
      return garbler.random.chance(2) ? .project(project) : nil
    case .list(let found):
      return .list(found.map { .init(garbler.text($0.name), project: $0.project) })
    case .containers(var found):
      guard !found.isEmpty, garbler.random.chance(2) else { return nil }
      let fields = [\Container.status, \.name, \.startedAt, \.image, \.service]
      let field = fields[found.count % fields.count]
      found[0][keyPath: field] = garbler.text(found[0][keyPath: field])
      return .containers(found)
    case .processes(var table):
      table.isWhole = false
      for index in table.rows.indices {
        table.rows[index].command = garbler.text(table.rows[index].command)
      }
      return .processes(table)
    case .http(var answer):
      answer.body = garbler.text(answer.body)
      return .http(answer)
    case .flag, .pids, .names, .freed, .bytes, .probes: return nil
    }
  }
}
