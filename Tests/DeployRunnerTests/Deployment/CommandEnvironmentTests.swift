import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

@Suite("What the plan's own commands find in their environment")
struct CommandEnvironmentTests {
  private struct Code: UndoableStep {
    func run(in context: StepContext) async throws { try await context.run("code") }
    func undo(in context: StepContext) async throws { try await context.run("uncode") }
  }

  private func commands(_ plan: Deploy) async throws -> [String] {
    let host = SimulatedHost(for: plan)
    host.fail(.command(containing: "fail"))
    _ = try await Deployer(executor: .mock(host)).run(plan)
    return host.commands.filter { !$0.contains("docker ") }
  }

  @Test func `what Deploy says reaches every command of the run`() async throws {
    let plan = Deploy(
      "shop", compose: "shop.yaml", project: "store", environment: ["TAG": "2"]
    ) {
      DetectActive()
      Code()
      Run("step").undo { Run("unstep") }.before { Run("hook") }
      Run("own", environment: ["TAG": "3", "COMPOSE_FILE": ""])
      Notify(.command("tell"), "news")
      Run("fail")
    } onFailure: {
      Run("end")
    }
    let all = "COMPOSE_FILE=shop.yaml COMPOSE_PROJECT_NAME=store"
    let commands = try await commands(plan)
    for name in ["code", "hook", "step", "unstep", "uncode"] {
      #expect(commands.contains("\(all) TAG=2 \(name)"), "\(name): \(commands)")
    }
    #expect(commands.contains("COMPOSE_FILE='' COMPOSE_PROJECT_NAME=store TAG=3 own"))
    #expect(commands.contains { $0.contains(all) && $0.contains("TAG=2 tell") })
    #expect(commands.contains { $0.contains(all) && $0.hasSuffix("TAG=2 end") }, "\(commands)")
  }

  @Test func `several Compose files reach every docker compose command, and the plan's own`()
    async throws
  {
    let plan = Deploy("shop", compose: ["a.yml", "b.yml"]) {
      DetectActive()
      Up(.target)
      Run("own")
    }
    let host = SimulatedHost(for: plan)
    _ = try await Deployer(executor: .mock(host)).run(plan)
    let compose = host.commands.filter { $0.contains("docker compose") }
    #expect(!compose.isEmpty)
    #expect(compose.allSatisfy { $0.contains("docker compose --file a.yml --file b.yml ") })
    #expect(
      host.commands.contains("COMPOSE_FILE=a.yml:b.yml COMPOSE_PATH_SEPARATOR=: own"),
      "\(host.commands)")
  }

  @Test func `the plan's separator is used`() async throws {
    let plan = Deploy(
      "shop", compose: ["a.yml", "b.yml"], environment: ["COMPOSE_PATH_SEPARATOR": ";"]
    ) {
      Run("own")
    }
    #expect(
      try await commands(plan) == ["COMPOSE_FILE='a.yml;b.yml' COMPOSE_PATH_SEPARATOR=';' own"])
  }

  @Test func `what Up(.target) says is the target's version, also before it`() async throws {
    let plan = Deploy("shop", environment: ["TAG": "1", "MODE": "x"]) {
      DetectActive()
      Run("migrate").undo { Run("back") }
      Up(.target, environment: ["TAG": "2"])
      Run("fail")
    }
    #expect(
      try await commands(plan) == [
        "MODE=x TAG=2 migrate", "MODE=x TAG=2 fail", "MODE=x TAG=2 back",
      ])
  }

  @Test func `of two branches' versions a step gets its own branch's, or none`() async throws {
    let plan = Deploy("shop") {
      DetectActive()
      Run("before")
      When(.target(is: .green)) {
        Run("one")
        Up(.target, environment: ["TAG": "2"])
      } otherwise: {
        Up(.target, environment: ["TAG": "3"])
      }
      Run("after", environment: ["TAG": "4"])
    }
    #expect(try await commands(plan) == ["before", "TAG=2 one", "TAG=4 after"])
  }
}
