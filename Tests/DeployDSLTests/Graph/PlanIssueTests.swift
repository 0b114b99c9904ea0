import BgrunTestSupport
import DeployDSL
import Testing

/// What validation says about the order of steps, and about what `Deploy` itself says.
@Suite struct PlanIssueTests {
  // MARK: Parts of plans

  /// Steps in parallel, all at the place where this stands.
  private struct Beside: Step {
    let body: Steps
    init(_ steps: any Step...) { body = Steps([Parallel { steps }], file: "", line: 0, column: 0) }
  }

  /// Steps of one branch, or of two, at the place where this stands.
  private struct Choice: Step {
    let body: Steps
    init(_ then: [any Step], otherwise: [any Step] = []) {
      let choice =
        otherwise.isEmpty
        ? When(.exists("f")) { then }
        : When(.exists("f")) {
          then
        } otherwise: {
          otherwise
        }
      body = Steps([choice], file: "", line: 0, column: 0)
    }
  }

  private struct Endless: Step {
    var body: Steps {
      Wait(1)
      Endless()
      Endless().named("again")
    }
  }

  private static let rows = Key<Int>("rows")

  private struct Writer: PrimitiveStep {
    let writes = Keys(PlanIssueTests.rows)
    func run(in context: StepContext) async throws {}
  }

  private struct Reader: PrimitiveStep {
    var reads = Keys(PlanIssueTests.rows)
    func run(in context: StepContext) async throws {}
  }

  private static func gated(_ steps: any Step...) -> [any Step] {
    [DetectActive(), Up(.target), Health()] + steps
  }

  private static func switched(_ steps: any Step...) -> [any Step] {
    gated(SwapNginx(), Reload()) + steps
  }

  // MARK: Order

  private static let order: [(String, [any Step])] = [
    ("no steps", []),
    ("no DetectActive", [Up(.target), Health(), Stop(.target)]),
    ("DetectActive twice", gated(DetectActive())),
    ("Up(.active)", gated(Up(.active))),
    ("Up(.previous) before the switch", gated(Up(.previous))),
    ("Stop(.active)", gated(Stop(.active))),
    ("Stop(.previous) before the switch", gated(Stop(.previous), SwapNginx(), Reload())),
    ("Stop(.previous) before Reload", gated(SwapNginx(), Stop(.previous), Reload())),
    ("Build after Up", [DetectActive(), Up(.target), Build(.target)]),
    ("Exec before Up", [DetectActive(), Exec(.target, "id"), Up(.target)]),
    ("no health check", [DetectActive(), Up(.target), SwapNginx(), Reload()]),
    (
      "a health check of the previous colour only",
      [DetectActive(), Up(.target), Health(.previous), SwapNginx(), Reload()]
    ),
    (
      "health check after SwapNginx",
      [DetectActive(), Up(.target), SwapNginx(), Health(), Reload()]
    ),
    ("health check before Up", [DetectActive(), Health(), Up(.target), SwapNginx(), Reload()]),
    ("health check before a second Up", gated(Up(.target), SwapNginx(), Reload())),
    ("health check before Stop(.target)", gated(Stop(.target), SwapNginx(), Reload())),
    (
      "health check of a target that was stopped again",
      [DetectActive(), Up(.target), Stop(.target), Health(), SwapNginx(), Reload()]
    ),
    (
      "two Drains that contradict each other",
      switched(Drain(upTo: 5), Drain(atDeadline: .cut), Stop(.previous))
    ),
    (
      "two Drains with two decisions",
      switched(Drain(atDeadline: .keep), Drain(atDeadline: .cut), Stop(.previous))
    ),
    ("Drain before the switch", gated(Drain(), SwapNginx(), Reload())),
    ("Watch before the switch", gated(Watch(for: 3), SwapNginx(), Reload())),
    ("SwapNginx without Reload", gated(SwapNginx())),
    ("Reload without SwapNginx", gated(Reload())),
    ("Reload before SwapNginx", gated(Reload(), SwapNginx())),
    ("SwapNginx twice", switched(SwapNginx())),
    ("Reload twice", switched(Reload())),
    ("Up(.target) after the switch", switched(Up(.target))),
    ("Stop(.target) after the switch", switched(Stop(.target))),
    ("Exec after Stop", switched(Stop(.previous), Exec(.previous, "id"))),
    ("Health after Stop", switched(Stop(.previous), Health(.previous))),
    ("Watch after Stop", switched(Stop(.previous), Watch(for: 3))),
    ("two steps with one name", [Wait(1).named("pause"), Wait(2).named("pause")]),
    ("a step that contains itself, twice", [DetectActive(), Endless(), Endless()]),
    ("several issues at once", [Up(.target), Stop(.previous), SwapNginx(), Run("echo hello")]),
  ]

  private static let parallel: [(String, [any Step])] = [
    ("Health beside Up", [DetectActive(), Beside(Up(.target), Health()), SwapNginx(), Reload()]),
    (
      "Health beside SwapNginx",
      [DetectActive(), Up(.target), Beside(Health(), SwapNginx()), Reload()]
    ),
    ("Stop beside SwapNginx", gated(Beside(SwapNginx(), Stop(.previous)), Reload())),
    (
      "Stop beside Reload",
      gated(
        SwapNginx(),
        Beside(
          Reload(),
          Group("g") {
            Prune(); Stop(.previous)
          }))
    ),
    ("Up beside SwapNginx", gated(Beside(SwapNginx(), Up(.target)), Reload())),
    (
      "two switches",
      gated(Beside(SwapNginx(), SwapNginx().named("2")), Beside(Reload(), Reload().named("3")))
    ),
    (
      "two Ups",
      [DetectActive(), Beside(Up(.target), Up(.target)), Health(), SwapNginx(), Reload()]
    ),
    ("Pull beside Up", [DetectActive(), Beside(Pull(.target), Up(.target))]),
    ("Up beside Pull", [DetectActive(), Beside(Up(.target), Pull(.target))]),
    ("DetectActive beside what needs it", [Beside(DetectActive(), Pull(.target))]),
    ("Watch beside Stop", switched(Beside(Watch(for: 3), Stop(.previous)))),
  ]

  private static let branches: [(String, [any Step])] = [
    (
      "a health check in one branch only",
      [DetectActive(), Up(.target), Choice([Health()]), SwapNginx(), Reload()]
    ),
    ("a start in one branch", gated(Choice([Up(.target)]), SwapNginx(), Reload())),
    ("SwapNginx in one branch only", gated(Choice([SwapNginx()]), Reload())),
    ("Reload in one branch only", gated(SwapNginx(), Choice([Reload()]))),
    ("the switch in one branch only", gated(Choice([SwapNginx(), Reload()]), Stop(.previous))),
    ("a condition on the target without DetectActive", [When(.target(is: .green)) { Print("a") }]),
    (
      "a version that the branch decides",
      [
        DetectActive(), Job("migrate"),
        Choice(
          [Up(.target, environment: ["TAG": "2"])],
          otherwise: [Up(.target, environment: ["TAG": "3"])]),
      ]
    ),
  ]

  private static let values: [(String, [any Step])] = [
    ("a key that no step sets", [Reader()]),
    ("a key that is set later", [Reader(), Writer()]),
    ("a key that is set in parallel", [Beside(Writer(), Reader())]),
    ("a key of another type", [Writer(), Reader(reads: Keys(Key<String>("rows")))]),
    ("a key that one branch sets", [Choice([Writer()], otherwise: [Print("a")]), Reader()]),
    (
      "a key that a condition reads",
      [
        When("rows", reads: Keys(rows)) { _ in
          true
        } then: {
          Print("a")
        }
      ]
    ),
  ]

  private static let undos: [(String, [any Step])] = [
    ("an undo that stops the active colour", switched(Wait(1).undo { Stop(.target) })),
    ("an undo that needs a colour too early", [Run("a").undo { Stop(.target) }, DetectActive()]),
    ("an undo of the switch", gated(SwapNginx().undo { Print("a") }, Reload())),
  ]

  // MARK: Deploy

  private static func plan(
    _ name: String = "app", blue: String? = nil, green: String? = nil, workers: [Worker] = [],
    compose: String? = nil, project: String? = nil, proxy: String = "nginx", site: Site = Site(),
    port: Int? = nil, health: String = "/", environment: [String: any EnvironmentConvertible] = [:],
    timeout: TimeSpan = 60
  ) -> Deploy {
    Deploy(
      name, blue: blue, green: green, workers: workers, compose: compose, project: project,
      proxy: proxy, site: site, port: port, health: health, environment: environment,
      timeout: timeout, file: "", line: 1, column: 1
    ) { DetectActive() }
  }

  private static let deploys: [(String, Deploy)] = [
    ("application", plan("my app")), ("blue", plan(blue: "-x")), ("green", plan(green: "a\nb")),
    ("proxy", plan(proxy: "")), ("one service for both", plan(blue: "web", green: "web")),
    ("the proxy is a colour", plan(proxy: "app-blue")), ("compose", plan(compose: "")),
    ("project", plan(project: "Shop")),
    ("one source for both", plan(site: Site("s", blue: "x", green: "x"))),
    ("the site file is a source", plan(site: Site("s", blue: "s"))),
    ("no source", plan(site: Site("s", green: ""))),
    ("an address without a scheme", plan(site: Site(url: "shop.example.com"))),
    ("an address with a path", plan(site: Site(url: "https://shop.example.com/live"))),
    ("port", plan(port: 65536)), ("health", plan(health: "live")),
    ("variable", plan(environment: ["MY TAG": "1", "OK": "2"])),
    ("secret", plan(environment: ["A": Secret("")])), ("timeout", plan(timeout: 0)),
    ("a worker that is a colour", plan(workers: ["app"])),
    ("a worker's name", plan(workers: ["a b"])),
    ("a worker's health check", plan(workers: [Worker("worker", health: .http())])),
    ("Record of a secret", .with(Record("TAG"), environment: ["TAG": Secret("TAG")])),
    ("Record of two lines", .with(Record("TAG"), environment: ["TAG": "1\n2"])),
    (
      "Record before the switch",
      .of(gated(Record("TAG"), SwapNginx(), Reload(), Record("TAG")), environment: ["TAG": "1"])
    ),
    ("Reload in onFailure", .of([DetectActive()], onFailure: [Reload()])),
    ("Approve in onFailure", .of([DetectActive()], onFailure: [Approve("Really?")])),
    (
      "an empty onFailure",
      Deploy("app") {
        DetectActive()
      } onFailure: {
      }
    ),
    (
      "a block that adds nothing",
      Deploy("app", file: "", line: 1, column: 1) { if false { Wait(1) } }
    ),
  ]

  @Test func `every issue of a plan says what is wrong and how to fix it`() throws {
    let steps = Self.order + Self.parallel + Self.branches + Self.values + Self.undos
    let plans = steps.map { ($0.0, Deploy.of($0.1)) } + Self.deploys
    let issues = plans.map { ($0.0, $0.1.issues.replacing("plan.swift:", with: "")) }
    #expect(issues.allSatisfy { !$0.1.isEmpty })
    try expectGolden("PlanIssues.txt", Dictionary(uniqueKeysWithValues: issues))
  }

  // MARK: Valid plans

  private static let valid: [[any Step]] = [
    switched(Watch(for: 10), Drain(), Stop(.previous)),
    switched(Drain(upTo: 5), Drain(), Stop(.previous)),
    switched(
      Choice([Drain(atDeadline: .cut)], otherwise: [Drain(atDeadline: .keep)]), Stop(.previous)),
    [Writer(), Beside(Reader(), Wait(1))],
    [Choice([Writer()], otherwise: [Writer()]), Reader()],
    // As much as possible in parallel.
    [
      Beside(DetectActive(), Run("make", "assets")),
      Beside(Pull(.target), Build(.target), Exec(.previous, "backup")),
      Beside(
        Group("start") {
          Up(.target); Exec(.target, "migrate")
        }, Prune()),
      Beside(Health("/live"), Health(.target, .tcp), Health(.previous)), SwapNginx(), Reload(),
      Beside(Stop(.previous), Prune(), Health(.active)),
    ],
    // The target is started by something else.
    [
      DetectActive(), Exec(.target, "id"), Health(), SwapNginx(), Reload(), Stop(.previous),
      Up(.previous), Health(.previous),
    ],
    // The target is started twice.
    [
      DetectActive(), Stop(.target), Pull(.target), Up(.target), Health(), Build(.target),
      Up(.target), Health(), SwapNginx(), Reload(),
    ],
    // The whole switch in each branch, or what both branches do.
    [
      DetectActive(),
      Choice(
        [Build(.target), Up(.target), Health(), SwapNginx(), Reload(), Stop(.previous)],
        otherwise: [Pull(.target), Up(.target), Health(), SwapNginx(), Reload(), Drain()]),
      Prune(),
    ],
    [
      DetectActive(),
      Choice([Up(.target), Health(retries: 60)], otherwise: [Up(.target), Health()]), SwapNginx(),
      Reload(), Stop(.previous),
    ],
    [
      Run("a").undo {
        Notify(.command("tell")); Request(.delete, "http://x/flag")
      }
    ],
    [DetectActive(), Run("a").undo { Stop(.target) }],
  ]

  @Test(arguments: valid.indices) func `an unusual but valid plan has no issue`(index: Int) {
    #expect(Deploy.of(Self.valid[index]).issues == "")
  }

  @Test func `issues are shown at their real places, in the order of the source, each once`() {
    let line = #line + 1
    let plan = Deploy("app", port: 0) {
      Up(.target)
      Parallel {
        Health(retries: 0, every: -1)
      }
      for _ in 1...3 { Wait(-1) }
    }
    let error = #expect(throws: PlanError.self) { try plan.graph() }
    let places = error?.diagnostics.map { "\($0.location.line - line):\($0.location.column)" }
    #expect(places == ["0:22", "1:7", "3:9", "3:9", "5:24"])
    #expect(error?.diagnostics.allSatisfy { $0.location.file == #filePath } == true)
  }

  private struct Nested: Step {
    let depth: Int
    var body: Steps { if depth > 1 { Nested(depth: depth - 1) } else { Wait(1) } }
  }

  @Test func `groups nest without a limit, bodies up to 64 levels`() throws {
    var step: any Step = Wait(1)
    for number in 0..<200 {
      let inner = step
      step = Group("\(number)") { inner }
    }
    #expect(try Deploy("app") { Nested(depth: 64) }.graph().nodes.count == 1)
    #expect(try Deploy("app") { step }.graph().nodes.first?.scopes.count == 200)
    #expect(!Deploy("app") { Nested(depth: 65) }.issues.isEmpty)
  }
}
