import BgrunTestSupport
import DeployDSL
import Foundation
import Testing

/// What the compiler says about wrong plans.
@Suite struct CompilerMessageTests {
  /// Each is one line of a plan of its own; all are compiled at once.
  private static let lines = [
    "DetectActive", "42", #""up""#, #"print("up")"#, #"Deploy("inner") { Reload() }"#,
    "Parallel { { Up(.target) } }", "{ Up(.target) }", "Up()", "Pull()", "Build()", "Stop()",
    "Group { Reload() }", "Retry { Reload() }", "Up(.taget)", "Up(.blue)", #"Up("target")"#,
    #"Health(retries: "15")"#, #"Health(every: "2")"#, "Health(retrys: 15)",
    "Health(every: 2, retries: 15)", "Up(role: .target)", "Up(.target).retries(3)",
    "SwapNginxx()", "return Reload()", "Parallel { if true { Up() } }",
    #"if true { 1 } else { Reload() }"#, #"for name in ["a"] { name }"#,
  ]

  private static let deploys = [
    "Deploy { Reload() }", #"Deploy("app", port: "80") { Reload() }"#,
    #"Deploy("app", prot: 80) { Reload() }"#,
    #"struct Refresh: Step { var body: Steps { "text"; Up(.target) } }"#,
  ]

  @Test func `every wrong line is named with its column`() throws {
    let plans = Self.lines.map { "_ = Deploy(\"app\") { DetectActive()\n\($0)\nReload() }\n" }
    let source = "import DeployDSL\n" + Self.deploys.joined(separator: "\n") + "\n" + plans.joined()
    let found = try Compiler().errors(source)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let entries = (Self.deploys + Self.lines).map { wrong in
      let number = (lines.firstIndex { $0 == wrong } ?? 0) + 1
      let messages = found.filter { $0.hasPrefix("\(number):") }
      return (
        wrong, messages.map { String($0.drop { $0 != ":" }.dropFirst()) }.joined(separator: "\n")
      )
    }
    #expect(entries.allSatisfy { !$0.1.isEmpty })
    try expectGolden("CompilerMessages.txt", Dictionary(uniqueKeysWithValues: entries))
  }

  @Test func `a plan of all words compiles bare and by name, without a warning`() throws {
    let found = try Compiler().errors(
      """
      import DeployDSL
      let version = Parameter("version", default: "12.4")
      let steps: [any Step] = [Print("a"), Wait(1)]
      let perhaps: (any Step)? = nil
      Deploy("bare", port: 3000, health: "/api/health", timeout: .minutes(10)) {
        DetectActive()
        Pull(.target)
        Build(.target, arguments: ["GRAFANA_VERSION": version])
        Up(.target, environment: ["GRAFANA_VERSION": version, "N": 1], build: true)
        Health(.target, .http("/x", status: 204), via: .proxy, every: .milliseconds(500))
        SwapNginx()
        Reload().timeout(60)
        Watch(for: 10).onFailure(.stop)
        Drain(upTo: 0.5, atDeadline: .cut)
        Run("flag", "on").undo { Run("flag", "off") }.onFailure(.continue)
        Parallel {
          Stop(.previous, grace: .seconds(20)).retry(2, backoff: .constant(1)).named("end")
          Group("more") { Run("ls"); Exec(.target, "id") }
        }
        steps
        perhaps
        Prune()
      } onFailure: {
        Run("notify")
      }
      let plan = Deploy("named") { DetectActive() }
      """)
    #expect(found == [])
  }
}
