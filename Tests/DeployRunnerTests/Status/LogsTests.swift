import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Synchronization
import Testing

@testable import DeployRunner

/// What both colours have printed.
@Suite struct LogsTests {
  private func lines(_ host: SimulatedHost, _ count: Int) async throws -> [String] {
    let seen = Mutex<[String]>([])
    let application = Deploy("shop") { DetectActive() }.application
    _ = try await Deployer(executor: .mock(host))
      .readLogs(of: application, lines: count, follows: false) { line in
        seen.withLock { $0.append("\(line.label): \(line.text)") }
      }
    return seen.withLock { $0 }
  }

  @Test func `both colours are shown, also one that has exited`() async throws {
    let host = SimulatedHost(for: Deploy("shop") { DetectActive() }.application) { world in
      world.run("shop-green")
      world.log("one", "two", of: "shop-blue")
      world.crash("shop-green", log: ["panic: out of luck"])
    }
    #expect(
      try await lines(host, 100) == [
        "blue: one", "blue: two", "green: panic: out of luck",
      ])
    #expect(
      try await lines(host, 1) == [
        "blue: two", "green: panic: out of luck",
      ])
  }

  @Test func `a secret that was read elsewhere is not looked for here`() async throws {
    let secret = Secret("BGRUN_TEST_ELSEWHERE")
    let application = Deploy("shop", environment: ["PW": secret]) { DetectActive() }.application
    let host = SimulatedHost(for: application) { world in world.log("one", of: "shop-blue") }
    var options = RunOptions()
    options.secrets = [secret: "elsewhere-Kq81"]
    let deployer = Deployer(executor: .mock(host), options: options)
    let isEmpty = try await deployer.readLogs(of: application, lines: 9, follows: false) { _ in }
    #expect(!isEmpty)
    #expect(try await deployer.status(of: application).serving == .blue)
    let lacking = Deployer(executor: .mock(host))
    await #expect(throws: DeployError.self) { try await lacking.status(of: application) }
  }

  @Test func `lines are in the order of their times, those of one container in their own`() {
    let container = { (name: String) in
      Container(
        id: name, name: name, service: name, status: "running", exitCode: 0,
        wasKilledForMemory: false, startedAt: "", restartCount: 0, image: "", error: "",
        mounts: [], ports: [:])
    }
    let blue = LogSource(color: .blue, container: container("b"), isOnly: true)
    let green = LogSource(color: .green, container: container("g-2"), isOnly: false)
    let lines = [
      blue.line("2026-11-27T20:00:01.5Z late"), blue.line("2026-11-27T20:00:02Z z"),
      blue.line("2026-11-27T20:00:02Z a"), green.line("2026-11-27T20:00:00Z early, with words"),
    ]
    #expect(
      LogLine.inOrder(lines).map { "\($0.label): \($0.text)" } == [
        "green g-2: early, with words", "blue: late", "blue: z", "blue: a",
      ])
    #expect(blue.line("no time here").text == "no time here")
  }
}
