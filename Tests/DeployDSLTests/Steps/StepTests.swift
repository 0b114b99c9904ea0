import DeployDSL
import DeploySimulator
import Synchronization
import Testing

@Suite struct StepTests {
  private struct Refresh: Step {
    let role: Role
    var withPull = true
    var body: Steps {
      if withPull { Pull(role) }
      Up(role)
      Health(role)
    }
  }

  private struct Migrate: UndoableStep {
    let record: Record
    let summary = "migrate the database"
    func run(in context: StepContext) async throws {
      try await context.exec(.target, "bin/migrate", "--to", "latest")
    }
    func undo(in context: StepContext) async throws { context.log("back") }
  }

  private struct Bare: PrimitiveStep {
    func run(in context: StepContext) async throws {}
  }

  private final class Record: Sendable, StepHost {
    let failure: String? = nil
    let lines = Mutex<[String]>([])
    let application = Deploy("app") { DetectActive() }.application
    let isDryRun = false
    let isRehearsal = false
    let colors: [Role: Color]

    init(_ colors: [Role: Color]) { self.colors = colors }

    struct Unbound: Error {}
    func color(_ role: Role) throws -> Color {
      guard let color = colors[role] else { throw Unbound() }
      return color
    }
    struct Unset: Error {}
    func value<Value: Sendable>(of key: Keys.ID, as type: Value.Type) throws -> Value {
      throw Unset()
    }
    func set(_ key: Keys.ID, to value: any Sendable) throws { log("set \(key.name)") }
    func warn(_ message: String) { log("warn \(message)") }
    func log(_ message: String) { lines.withLock { $0.append("log \(message)") } }
    func run(_ argv: [String], environment: [String: EnvironmentValue], input: EnvironmentValue?)
      async throws -> CommandOutput
    {
      log("run \(argv) \(environment) \(input?.description ?? "-")")
      return CommandOutput(output: "out", errors: "")
    }
    func exec(_ service: String, _ argv: [String]) async throws -> CommandOutput {
      log("exec \(service) \(argv)")
      return CommandOutput(output: "", errors: "err")
    }
    func get(_ url: String) async throws -> HTTPAnswer {
      log("get \(url)")
      return HTTPAnswer(status: 200, body: "ok")
    }
    func request(_ request: Request) async throws -> HTTPAnswer {
      log(request.title)
      return HTTPAnswer(status: 201, body: "")
    }
    func sleep(_ duration: Duration) async throws { log("sleep \(duration.forPeople)") }
  }

  @Test func `a composite step stands for its body`() throws {
    let graph = try Deploy("app") {
      DetectActive()
      Refresh(role: .target)
      Refresh(role: .target, withPull: false).named("again")
    }.graph()
    #expect(
      graph.nodes.map(\.name) == [
        "DetectActive", "Pull target", "Up target", "Health", "Up target", "Health",
      ])
    #expect(graph.nodes.map(\.dependencies) == [[], [0], [1], [2], [3], [4]])
    #expect(graph.scopes.map(\.name) == ["Refresh", "again"])
  }

  @Test func `a primitive step is one node that carries its code`() async throws {
    let record = Record([.target: .green])
    let graph = try Deploy("app") {
      DetectActive()
      Up(.target)
      Migrate(record: record).retry(2)
      Bare()
    }.graph()
    #expect(graph.nodes.map(\.name).suffix(2) == ["migrate the database", "Bare"])
    #expect(graph.nodes[2].policies.retries == 2)
    #expect(Migrate(record: record).body.count == 0)
    let code = try #require(graph.nodes[2].code as? any UndoableStep)
    let context = StepContext(host: record)
    try await code.run(in: context)
    try await code.undo(in: context)
    #expect(
      record.lines.withLock(\.self) == [
        #"log exec app-green ["bin/migrate", "--to", "latest"]"#, "log back",
      ])
    #expect(graph.nodes[3].code is Bare)
  }

  @Test func `code reaches the host by way of its context`() async throws {
    let record = Record([.previous: .blue])
    let context = StepContext(host: record)
    #expect(context.application.name == "app")
    #expect(!context.isDryRun)
    #expect(try context.color(.previous) == .blue)
    #expect(try context.service(.previous) == "app-blue")
    #expect(throws: Record.Unbound.self) { try context.service(.target) }
    #expect(try await context.run("ls", "-l", environment: ["A": 1], input: "in").output == "out")
    #expect(try await context.exec(service: "db", "id").errors == "err")
    #expect(try await context.get("http://x/") == HTTPAnswer(status: 200, body: "ok"))
    try await context.sleep(0.5)
    try context.set(Key<Int>("rows"), to: 3)
    context.warn("look")
    #expect(try await context.send(Request(.post, "https://x/y?key=1")).status == 201)
    #expect(!context.isRehearsal)
    #expect(throws: Record.Unset.self) { try context.value(of: Key<Int>("rows")) }
    #expect(
      record.lines.withLock(\.self) == [
        #"log run ["ls", "-l"] ["A": 1] in"#, #"log exec db ["id"]"#, "log get http://x/",
        "log sleep 500 ms", "log set rows", "log warn look",
        "log POST https://x/y",
      ])
  }

  @Test func `the steps that come with the library have the defaults they document`() {
    #expect(Up(.target).build == false)
    #expect(Up(.target).environment == [:])
    #expect(Stop(.previous).grace == nil)
    #expect(Prune() == Prune(images: true, networks: false))
    #expect(Reload() == Reload(within: 10))
    #expect(Exec(.target, "a", "b").argv == ["a", "b"])
    #expect(Exec(service: "db", "a").place == .service("db"))
    #expect(Build(.target) == Build(.target, environment: [:], arguments: [:]))
  }
}
