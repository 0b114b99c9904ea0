import DeployDSL
import Foundation
import Testing

/// What the compiler says about a wrong plan.
///
/// A plan here is three lines, `DetectActive()`, the wrong one and `Reload()`: the mistake is in
/// line 4.
@Suite struct CompilerMessageTests {
  static let noStep = "'buildExpression' is unavailable: "

  static let mistakes: [(String, [String])] = [
    (
      "DetectActive",
      ["4:3: \(noStep)a step is a value: write it with parentheses, for example `Reload()`"]
    ),
    ("42", ["4:3: \(noStep)this is not a Step: a plan block lists steps, for example `Reload()`"]),
    (
      #""up""#,
      [
        "4:3: \(noStep)a string is not a Step: use `Print(\"…\")` to print it, or `Run(\"…\")` to "
          + "run it"
      ]
    ),
    (
      #"print("up")"#,
      [
        "4:3: \(noStep)this is not a Step but runs while the plan is loaded: to print use "
          + "`Print(\"…\")`"
      ]
    ),
    (
      #"Deploy("inner") { Reload() }"#,
      ["4:3: \(noStep)a plan cannot contain a plan: use `Group(\"…\") { … }`"]
    ),
    (
      "Parallel { { Up(.target) } }",
      ["4:14: \(noStep)steps are put together by `Group(\"…\") { … }` or `Parallel { … }`"]
    ),
    ("{ Up(.target) }", ["4:3: extra trailing closure passed in call"]),
    ("Up()", ["4:3: 'init()' is unavailable: name the role: `Up(.target)`"]),
    ("Pull()", ["4:3: 'init()' is unavailable: name the role: `Pull(.target)`"]),
    ("Build()", ["4:3: 'init()' is unavailable: name the role: `Build(.target)`"]),
    ("Stop()", ["4:3: 'init()' is unavailable: name the role: `Stop(.previous)`"]),
    (
      "Group { Reload() }",
      ["4:3: 'init(steps:)' is unavailable: a group needs a name: `Group(\"pull\") { … }`"]
    ),
    (
      "Retry { Reload() }",
      ["4:3: 'init(steps:)' is unavailable: give the number of retries: `Retry(3) { … }`"]
    ),
    ("Up(.taget)", ["4:7: type 'Role' has no member 'taget'"]),
    ("Up(.blue)", ["4:7: type 'Role' has no member 'blue'"]),
    (
      #"Up("target")"#,
      ["4:6: cannot convert value of type 'String' to expected argument type 'Role'"]
    ),
    (
      #"Health(retries: "15")"#,
      ["4:19: cannot convert value of type 'String' to expected argument type 'Int'"]
    ),
    (
      #"Health(every: "2")"#,
      ["4:17: cannot convert value of type 'String' to expected argument type 'TimeSpan'"]
    ),
    (
      "Health(retrys: 15)",
      ["4:9: incorrect argument label in call (have 'retrys:', expected 'retries:')"]
    ),
    ("Health(every: 2, retries: 15)", ["4:20: argument 'retries' must precede argument 'every'"]),
    ("Up(role: .target)", ["4:5: extraneous argument label 'role:' in call"]),
    ("Up(.target).retries(3)", ["4:15: value of type 'Up' has no member 'retries'"]),
    ("SwapNginxx()", ["4:3: cannot find 'SwapNginxx' in scope"]),
    (
      "return Reload()",
      ["4:3: cannot use explicit 'return' statement in the body of result builder 'PlanBuilder'"]
    ),
    (
      "Parallel { if true { Up() } }",
      ["4:24: 'init()' is unavailable: name the role: `Up(.target)`"]
    ),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named at its own line and column`(line: String, messages: [String]) throws {
    let found = try Compiler().errors(
      """
      import DeployDSL
      let plan = Deploy("app") {
        DetectActive()
        \(line)
        Reload()
      }
      """)
    // The compiler has words of its own for a type without parentheses, and adds ours.
    #expect(found.filter { !$0.contains("expected member name or initializer") } == messages)
  }

  @Test func `mistakes of types of one's own and of nested blocks are all named`() throws {
    let found = try Compiler().errors(
      """
      import DeployDSL
      struct Refresh: Step {
        var body: Steps {
          "text"
          Up(.target)
        }
      }
      Deploy("app") {
        if true { 1 } else { Reload() }
        for name in ["a"] { name }
      }
      """)
    #expect(
      found == [
        "4:5: \(Self.noStep)a string is not a Step: use `Print(\"…\")` to print it, or "
          + "`Run(\"…\")` to run it",
        "9:13: \(Self.noStep)this is not a Step: a plan block lists steps, for example `Reload()`",
        "10:23: \(Self.noStep)a string is not a Step: use `Print(\"…\")` to print it, or "
          + "`Run(\"…\")` to run it",
      ])
  }

  @Test(arguments: [
    (
      "Deploy { Reload() }",
      "2:1: 'init(steps:)' is unavailable: a plan needs a name: `Deploy(\"grafana\") { … }`"
    ),
    (
      #"Deploy("app", port: "80") { Reload() }"#,
      "2:21: cannot convert value of type 'String' to expected argument type 'Int'"
    ),
    (#"Deploy("app", prot: 80) { Reload() }"#, "2:7: extra arguments at positions #2, #3 in call"),
  ])
  func `a mistake in what Deploy says is named at its line`(line: String, message: String) throws {
    let found = try Compiler().errors("import DeployDSL\n\(line)\n")
    #expect(found.first == message)
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
