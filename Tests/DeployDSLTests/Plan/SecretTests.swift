import DeployDSL
import Testing

@Suite struct SecretTests {
  @Test(arguments: [
    (Secret("DB_PASSWORD"), "the environment variable DB_PASSWORD"),
    (.file("keys/db"), "the file keys/db"),
    (.command("pass", "show", "db"), "the command `pass show db`"),
  ])
  func `a secret says where it comes from`(secret: Secret, origin: String) {
    #expect(secret.origin == origin)
  }

  @Test func `a secret's value is shown by nothing, and reaches a command whole`() {
    let value = EnvironmentValue.revealed(.init("hunter2"))
    var dumped = ""
    dump(value, to: &dumped)
    for shown in ["\(value)", String(reflecting: value), dumped, "\(["A": value])"] {
      #expect(!shown.contains("hunter2"))
    }
    #expect("\(value)" == Secret.dots)
    #expect(value.text == "hunter2")
  }

  @Test func `a graph shows dots for a secret`() throws {
    let graph = try Deploy("app") { Run("id", environment: ["A": Secret("A")]) }.graph()
    #expect(graph.nodes[0].step.particulars == ["argv": "id", "environment.A": "••••"])
  }
}
