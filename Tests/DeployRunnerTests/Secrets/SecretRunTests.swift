import DeployDSL
import DeployRunner
import DeploySimulator
import Foundation
import Testing

private let spoken = "spoken-Wm52Qd"

@Suite("Secrets in a run")
struct SecretRunTests {
  /// Everything that a run on this machine says, and what its journal holds.
  private func said(_ plan: Deploy, in folder: TemporaryFolder) async throws -> String {
    var options = RunOptions()
    options.stateFolder = "\(folder.path)/.bgrun"
    let run = try Deployer(executor: .docker(project: folder.path), options: options).start(
      plan)
    var text = ""
    for await event in run.events {
      if case .output(let line) = event.kind {
        text += line.text
      } else {
        text += "\(event.kind)" + String(decoding: try JSONEncoder().encode(event), as: UTF8.self)
      }
    }
    text += "\(await run.report())"
    let journal = "\(folder.path)/.bgrun/app/journal"
    for name in try FileManager.default.contentsOfDirectory(atPath: journal) {
      text += try String(contentsOfFile: "\(journal)/\(name)", encoding: .utf8)
    }
    return text
  }

  @Test func `one in the environment is hidden before any step has asked for it`() async throws {
    setenv("BGRUN_TEST_EARLY", "early-Kq81Lw", 1)
    let plan = Deploy("app") {
      Run("printenv", "BGRUN_TEST_EARLY")
      Run("true", environment: ["A": Secret("BGRUN_TEST_EARLY")])
    }
    let text = try await said(plan, in: try TemporaryFolder())
    #expect(text.contains("••••") && !text.contains("early-Kq81Lw"), "\(text)")
  }

  @Test func `so is one that only an undo or onFailure names`() async throws {
    setenv("BGRUN_TEST_UNDO", "undo-Zr77Pa", 1)
    setenv("BGRUN_TEST_END", "end-Yt20Mb", 1)
    let plan = Deploy("app") {
      Run("printenv", "BGRUN_TEST_UNDO", "BGRUN_TEST_END").undo {
        Run("true", environment: ["A": Secret("BGRUN_TEST_UNDO")])
      }
    } onFailure: {
      Run("true", environment: ["A": Secret("BGRUN_TEST_END")])
    }
    let text = try await said(plan, in: try TemporaryFolder())
    #expect(!text.contains("undo-Zr77Pa") && !text.contains("end-Yt20Mb"), "\(text)")
  }

  @Test func `one from a file is hidden as soon as a step has read it`() async throws {
    let folder = try TemporaryFolder()
    try Data("filed-Hs39Dw".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/password"))
    let plan = Deploy("app") {
      Run("sh", "-c", "echo $P", environment: ["P": Secret.file("password")])
    }
    let text = try await said(plan, in: folder)
    #expect(text.contains("••••") && !text.contains("filed-Hs39Dw"), "\(text)")
  }

  private struct Careless: PrimitiveStep {
    func run(in context: StepContext) async throws {
      context.log("log \(spoken)")
      context.warn("warning \(spoken)")
      throw DeployError(
        .code, "message \(spoken)", fix: "fix \(spoken)", details: ["detail \(spoken)"])
    }
  }

  @Test func `one is hidden in every kind of text that leaves a run`() async throws {
    setenv("BGRUN_TEST_SPOKEN", spoken, 1)
    let plan = Deploy("app") {
      Run("printenv", "BGRUN_TEST_SPOKEN", environment: ["S": Secret("BGRUN_TEST_SPOKEN")])
        .undo { Run("sh", "-c", "echo undo \(spoken) >&2; exit 1") }
      Careless()
    } onFailure: {
      Notify(.command("sh", "-c", "cat >told"))
    }
    let folder = try TemporaryFolder()
    let said = try await said(plan, in: folder)
    let told = try String(contentsOfFile: "\(folder.path)/told", encoding: .utf8)
    for kind in ["log", "warning", "message", "fix", "detail", "undo"] {
      #expect(said.contains("\(kind) ••••"), "\(said)")
    }
    #expect(told.contains("message ••••; fix ••••"), "\(told)")
    #expect(!said.contains(spoken) && !told.contains(spoken), "\(said)")
  }

  @Test(arguments: [65_530, 65_536 - 12, 131_065])
  func `one that stands where a long line is cut is hidden whole`(before: Int) async throws {
    setenv("BGRUN_TEST_CUT", "supersecretvalue123", 1)
    let script = "head -c \(before) /dev/zero | tr '\\0' x; echo $T; echo next"
    let plan = Deploy("app") {
      Run("sh", "-c", script, environment: ["T": Secret("BGRUN_TEST_CUT")])
    }
    let text = try await said(plan, in: try TemporaryFolder())
    #expect(text.contains("xxx••••next"))
    #expect(!text.contains("supers") && !text.contains("value123"))
  }

  @Test(arguments: ["pw12345\r\n", "pw12345\n", "pw12345"])
  func `the line end of a file is no part of it`(content: String) async throws {
    let folder = try TemporaryFolder()
    try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/password"))
    let plan = Deploy("app") {
      Run("sh", "-c", #"test "$P" = pw12345"#, environment: ["P": Secret.file("password")])
    }
    let report = try await Deployer(executor: .docker(project: folder.path)).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
  }

  @Test func `a command that gives none is said to have failed, with its own words`() async throws {
    let vault = Secret.command("sh", "-c", "echo the vault is sealed >&2; exit 2")
    let plan = Deploy("app") { Run("true", environment: ["P": vault]) }
    let folder = try TemporaryFolder()
    let report = try await Deployer(executor: .docker(project: folder.path)).run(plan)
    let failure = try #require(report.failure)
    #expect(failure.message.hasSuffix(", which provides a secret, failed with exit code 2"))
    #expect(failure.details == ["the vault is sealed"])
  }

  @Test func `a plan can be tried on a simulated host without its secrets`() async throws {
    let plan = Deploy("app") {
      Run("login", environment: ["A": Secret("BGRUN_TEST_NOWHERE"), "B": Secret.file("no/file")])
      Run("login", input: Secret.command("vault", "read"))
    }
    let executor = MockExecutor(SimulatedHost(for: plan.application))
    let without = try await Deployer(executor: executor).run(plan)
    #expect(without.failure?.code == .environment, "\(without)")
    var options = RunOptions()
    options.usesPlaceholderSecrets = true
    #expect(
      try await Deployer(executor: executor, options: options).run(plan).outcome == .succeeded)
  }

  @Test func `what a command prints is in the record and the journal as far as it is readable`()
    async throws
  {
    let plan = Deploy("app") { Run("sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x") }
    let folder = try TemporaryFolder()
    var options = RunOptions()
    options.stateFolder = "\(folder.path)/.bgrun"
    let report = try await Deployer(executor: .docker(project: folder.path), options: options)
      .run(plan)
    #expect(report.nodes[0].summary == String(repeating: "x", count: 199) + "…")
    let journal = "\(folder.path)/.bgrun/app/journal"
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: journal).first)
    let text = try String(contentsOfFile: "\(journal)/\(name)", encoding: .utf8)
    #expect(text.utf8.count < 20_000)
  }
}
