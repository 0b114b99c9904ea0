import BgrunTestSupport
import DeployDSL
import DeployRunner
import Foundation
import Synchronization
import Testing

@testable import bgrun

@Suite("Commands that run where the user is", .timeLimit(.minutes(10)))
struct ControllerTests {
  private static let secret = "hünter 2'$x"

  private let graph: StepGraph

  init() throws {
    graph = try Deploy(
      "shop", environment: ["IMAGE_TAG": "2", "HOST_PW": Secret("X", from: .host)]
    ) {
      Run("touch", "host")
      Run("./purge", "a b", on: .controller, environment: ["KEY": Secret.file("key")])
        .undo { Run("./unpurge", on: .controller) }
      Run("sh", "-c", "echo \"$BGRUN_OUTCOME\" >outcome", on: .controller)
    } onFailure: {
      Run("./tell", on: .controller)
    }.graph()
  }

  @Test func `are known from the plan, without the host's secrets`() {
    let commands = graph.controllerCommands
    #expect(commands.map { $0.argv[0] } == ["./purge", "./unpurge", "sh", "./tell"])
    #expect(commands[0].variables == ["IMAGE_TAG", "KEY"])
  }

  @Test func `are recognised whatever the run adds, and are no others`() throws {
    let commands = graph.controllerCommands
    var asked = commands[3]
    asked.environment["BGRUN_FAILURE"] = .text("no answer")
    let wanted = ControllerCommand(asked)
    let found = try #require(wanted.found(among: commands))
    #expect(found.argv == ["./tell"] && found.environment["BGRUN_FAILURE"] == .text("no answer"))
    asked.argv.append("x")
    #expect(ControllerCommand(asked).found(among: commands) == nil)
    var forged = ControllerCommand(commands[3])
    forged.facts["LD_PRELOAD"] = "/tmp/x.so"
    #expect(forged.found(among: commands)?.environment["LD_PRELOAD"] == nil)
  }

  /// The user's end, with what it tells the run.
  private final class Scene: Sendable {
    let bench: Workbench
    let told = Mutex<[HostRequest]>([])
    init() throws { bench = try Workbench() }

    func end(_ commands: [Command], hasStarted: Bool = true) -> ControllerEnd {
      ControllerEnd(
        name: "ann@laptop", commands, by: .docker(project: bench.folder.path),
        hasStarted: hasStarted
      ) { [self] request in told.withLock { $0.append(request) } }
    }

    func next(_ count: Int) async throws -> [HostRequest] {
      try await waitUntil("\(count) are told") { told.withLock { $0.count } >= count }
      return told.withLock { $0 }
    }

    var offered: String? {
      told.withLock { told in
        for case .offer(line: 4, let name) in told { return name }
        return nil
      }
    }
  }

  @Test func `are offered, and run once they are granted`() async throws {
    let scene = try Scene()
    try scene.bench.write("key", Self.secret + "\n")
    try scene.bench.write(
      "purge", "#!/bin/sh\nprintf '%s' \"$1$KEY$IMAGE_TAG\"\necho no >&2\nexit 3\n")
    chmod(scene.bench.folder.appending(path: "purge").path, 0o755)
    let commands = graph.controllerCommands
    let end = scene.end(commands)
    #expect(end.take(.wanted(ControllerCommand(commands[0])), line: 4) == nil)
    _ = try await scene.next(1)
    let name = try #require(scene.offered)
    #expect(end.take(.granted(line: 4, to: name), line: 5) == nil)
    let told = try await scene.next(4)
    guard case .answer(line: 4, part: 2, .ended(status: 3)) = told[3] else {
      throw Unexpected(told: told)
    }
    for case .answer(_, _, .printed(let text, let isError, _)) in told {
      #expect(text == (isError ? "no" : "a b\(Self.secret)2"))
    }
  }

  private struct Unexpected: Error { var told: [HostRequest] }

  @Test func `are left to others, and to no one twice`() async throws {
    let scene = try Scene()
    let commands = graph.controllerCommands
    let end = scene.end(commands)
    _ = end.take(.wanted(ControllerCommand(commands[2])), line: 4)
    _ = try await scene.next(1)
    _ = end.take(.granted(line: 4, to: "bob@desk (pid 1)"), line: 5)
    // Granted before it was wanted, as a host that lies could say.
    _ = end.take(.granted(line: 9, to: try #require(scene.offered)), line: 6)
    end.end()
    #expect(scene.told.withLock { $0.count } == 1)
    let outcome = scene.bench.folder.appending(path: "outcome")
    #expect(!FileManager.default.fileExists(atPath: outcome.path))
  }

  @Test func `another plan than the run's is told`() throws {
    let scene = try Scene()
    let notice = scene.end([]).take(
      .wanted(ControllerCommand(graph.controllerCommands[0])), line: 4)
    #expect(notice?.contains("with which it was started") == true)
    #expect(scene.told.withLock { $0.isEmpty })
  }

  @Test func `that cannot run say why`() async throws {
    let scene = try Scene()
    let commands = graph.controllerCommands
    let end = scene.end(commands)
    _ = end.take(.wanted(ControllerCommand(commands[1])), line: 4)
    _ = try await scene.next(1)
    _ = end.take(.granted(line: 4, to: try #require(scene.offered)), line: 5)
    let told = try await scene.next(2)
    guard case .answer(line: 4, part: 0, .failed(let reason)) = told[1] else {
      throw Unexpected(told: told)
    }
    #expect(reason.contains("./unpurge"))
  }

  @Test func `do not get a secret of the host`() {
    let plan = Deploy("shop") {
      Run("./purge", on: .controller, environment: ["KEY": Secret("KEY", from: .host)])
    }
    let error = #expect(throws: PlanError.self) { try plan.graph() }
    #expect("\(error as Any)".contains("a secret that is read on the host"))
  }
}
