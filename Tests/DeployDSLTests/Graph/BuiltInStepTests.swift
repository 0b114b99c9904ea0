import DeployDSL
import Testing

@Suite struct BuiltInStepTests {
  static let all: [(any BuiltInStep, String, String)] = [
    (DetectActive(), "detect-active", "DetectActive"), (Pull(.target), "pull", "Pull target"),
    (Build(.previous), "build", "Build previous"), (Up(.target), "up", "Up target"),
    (Health(), "health", "Health"), (Health(.active), "health", "Health active"),
    (SwapNginx(), "swap-nginx", "SwapNginx"), (Reload(), "reload", "Reload"),
    (Stop(.previous), "stop", "Stop previous"), (Prune(), "prune", "Prune"),
    (Record("TAG", "REGISTRY"), "record", "Record TAG, REGISTRY"),
    (Run("ls", "-l"), "run", "Run ls"), (Exec(.target, "id", "-u"), "exec", "Exec id"),
    (Wait(120), "wait", "Wait 2 min"), (Print("x"), "print", "Print"),
  ]

  @Test(arguments: all.indices) func `each step has a kind and a title`(index: Int) {
    let (step, kind, title) = Self.all[index]
    #expect(step.kind == kind)
    #expect(step.title == title)
    #expect(step.body.count == 0)
  }

  @Test func `code and joins have a kind and a title too`() {
    #expect(GraphPoint.join.kind == "join" && GraphPoint.join.title == "join")
    let code = GraphPoint.code(summary: "migrate")
    #expect(code.kind == "code" && code.title == "migrate")
  }

  static let arguments: [(any BuiltInStep, [String: String])] = [
    (DetectActive(), [:]),
    (Pull(.target, environment: ["A": "b"]), ["role": "target", "environment.A": "b"]),
    (
      Build(.target, environment: ["A": "b"], arguments: ["C": 1]),
      ["role": "target", "environment.A": "b", "argument.C": "1"]
    ),
    (Up(.target, build: true), ["role": "target", "build": "true"]),
    (Reload(within: 3), ["within": "3 s"]),
    (Drain(upTo: 0.5, atDeadline: .cut), ["upTo": "500 ms", "atDeadline": "cut"]),
    (
      Watch(for: 10, "/up", status: 200...200, every: 0.5, failures: 2, of: 4),
      [
        "for": "10 s", "every": "500 ms", "failures": "2 of 4", "check": "GET /up 200-200",
        "probeTimeout": "5 s",
      ]
    ),
    (Stop(.previous), ["role": "previous"]),
    (Stop(.previous, grace: 5), ["role": "previous", "grace": "5 s"]),
    (Prune(networks: true), ["images": "true", "networks": "true"]),
    (Record("TAG", in: "live.env"), ["names": "TAG", "file": "live.env"]),
    (Run("a", "b c", environment: ["X": "y"]), ["argv": "a b c", "environment.X": "y"]),
    (Exec(.target, "id"), ["argv": "id", "in": "target"]),
    (Exec(service: "db", "id"), ["argv": "id", "in": "db"]),
    (Print("hello"), ["message": "hello"]),
  ]

  @Test(arguments: arguments.indices) func `each step says its particulars`(index: Int) {
    let (step, arguments) = Self.arguments[index]
    #expect(step.particulars == arguments)
  }
}
