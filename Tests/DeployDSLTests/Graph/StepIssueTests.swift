import BgrunTestSupport
import DeployDSL
import Foundation
import Testing

/// What validation says about one step of a plan that is right otherwise.
@Suite struct StepIssueTests {
  private struct Both: PrimitiveStep {
    var body: Steps { Wait(1) }
    func run(in context: StepContext) async throws {}
  }

  @PlanBuilder private static var health: Steps {
    Health(retries: 0, every: -1)
    Health(successes: 0)
    Health(retries: 3, successes: 4)
    Health(retries: 2_000_000)
    Health(every: 0)
    Health(every: .seconds(.nan))
    Health(every: .seconds(Int.max))
    Health(probeTimeout: -1)
    Health("live")
    Health("http://localhost/live")
    Health("http://localhost:9090/actuator/health")
    Health(":9090/live")
    Health(.http(port: 0, "/live"))
    Health(host: "http://shop.test/")
    Health(host: "shop test")
    Health(.tcp, host: "shop.test")
    Health("/a b")
    Health("/a\r\nX: y")
    Health(.target, .http("/", status: 20))
    Health(.target, .http(status: 200...600))
    Health(.target, .tcp(port: 0))
    Health(.target, .tcp, via: .proxy)
    Health(.target, .tcp(port: 80), via: .exec)
    Health(.target, .docker, via: .proxy)
    Health(.target, .command("true"), via: .publishedPort)
    Health(.target, .command())
  }

  @PlanBuilder private static var commands: Steps {
    Run()
    Run("")
    Run("docker ps -a")
    Run("a", "b\0")
    Exec(.target)
    Exec(service: "-v", "id")
    Run("id", environment: ["1A": "x"])
    Run("id", environment: ["A": "x\0"])
    Up(.previous, environment: ["A=B": "x"])
    Pull(.active, environment: ["": "x"])
    Build(.active, arguments: ["A-B": "x"])
    Run("id", environment: ["A": Secret("MY KEY")])
    Run("login", input: Secret.file(""))
    Up(.previous, environment: ["A": Secret.command("pass show x")])
    Pull(.active, environment: ["A": Secret.command()])
    Build(.active, arguments: ["TOKEN": Secret("TOKEN")])
    Record("TAG")
    Record()
    Record(in: "")
  }

  @PlanBuilder private static var requests: Steps {
    Request("/health")
    Request("http://x/a b")
    Request("http://x/", headers: ["a b": "c"])
    Request("http://x/", headers: ["A": "c\nB: d"])
    Request("http://x/", status: 0...99)
    Request("http://x/", within: 0)
    Request("http://x/", within: 9).timeout(5)
    Request(.post, "http://x/", body: Secret("not a name"))
    Notify(.webhook("hooks.example.org"))
    Notify(.command())
    Approve(" ")
  }

  @PlanBuilder private static var times: Steps {
    Reload(within: 0)
    Reload(within: 10).timeout(5)
    Drain(upTo: -1)
    Watch(for: 0)
    Watch(for: 5, every: 0)
    Watch(for: 5, failures: 4, of: 3)
    Watch(for: 5, "up")
    Stop(.previous, grace: -1)
    Wait(-0.5)
    Wait(.seconds(.max))
    Wait(60).timeout(10)
    Group("g") { Wait(30) }.timeout(5)
    Stop(.previous).timeout(perAttempt: 10)
  }

  @PlanBuilder private static var modifiers: Steps {
    Wait(1).named(" ")
    Wait(1).named("a\nb")
    Group("") { Wait(1) }
    Wait(0).timeout(0)
    Print("x").timeout(.hours(9000))
    Group("work") { Print("x") }.timeout(-1)
    Print("x").timeout(perAttempt: -2)
    Print("x").timeout(10).timeout(perAttempt: 30)
    Print("x").retry(-1)
    Print("x").retry(.max)
    Parallel {
      Print("x"); Print("y")
    }.retry(-3)
    Print("x").retry(1, backoff: .exponential(from: -1))
    Print("x").retry(1, backoff: .exponential(from: 0, upTo: -1))
    Print("x").retry(1, backoff: .exponential(from: 10, upTo: 5))
    Up(.target).onFailure(.continue)
    Health().onFailure(.continue)
    Reload().onFailure(.continue)
    Watch(for: 1).onFailure(.continue)
  }

  @PlanBuilder private static var blocks: Steps {
    Both()
    Group("first") {}
    Parallel {}
    Parallel(limit: 0) { Print("b") }
    Retry(0) { Print("b") }
    Retry(1) {
      Parallel {
        Print("a"); Print("b")
      }
    }
    Retry(1) { SwapNginx() }
    When(.exists("a")) {}
    When(.exists("")) { Print("a") }
    Run("a").undo { Retry(1) { Run("b") } }
    Run("a").undo { Group("g") { Run("b") }.timeout(1) }
    Run("a").undo { Stop(.previous) }
    Run("a").undo { Wait(-1) }
    Run("a").undo { Run("b").undo { Print("c") } }
    Group("g") { Print("a") }.undo { Print("b") }
  }

  @Test func `every issue of a step says what is wrong and how to fix it`() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let steps = [
      Self.health, Self.commands, Self.requests, Self.times, Self.modifiers, Self.blocks,
    ]
    let entries = steps.flatMap(\.entries).map { entry in
      // A step within this one keeps its own line.
      let issues = Deploy.with(entry.step).issues
        .replacing(":\(entry.location.line):", with: ":7:")
      return (
        source[entry.location.line - 1].trimmingCharacters(in: .whitespaces),
        issues.replacing("plan.swift:7:3: error: ", with: "")
      )
    }
    #expect(entries.count == 102 && entries.allSatisfy { !$0.1.isEmpty })
    try expectGolden("StepIssues.txt", Dictionary(entries) { $0 + $1 })
  }

  @Test(
    arguments: [
      Health("/a?b=c%20d"), Health("/to?url=http://b"), Health(.previous, .docker),
      Health(.target, .command("a b", "c")),
      Health(.target, .command("true"), via: .exec), Health(retries: 1).timeout(1),
      Wait(0), Stop(.previous, grace: 0), Run("/opt/my tools/", "x"), Prune(images: false),
      Run("a", environment: ["_A1": ""]), Wait(10).timeout(10), Print(""),
      Run("login", environment: ["A": Secret("A")], input: Secret.file("key")),
      Build(.active, environment: ["A": Secret.command("pass", "a b")]),
      Pull(.active).onFailure(.continue), Run("a").onFailure(.continue),
      Prune().onFailure(.continue), Print("a").onFailure(.continue), Wait(1).onFailure(.continue),
    ] as [any Step])
  func `an unusual but valid step has no issue`(_ step: any Step) {
    #expect(Deploy.with(step).issues == "")
  }
}
