import DeployDSL
import Testing

/// What `GraphValidator` says about a step's own numbers, texts and times.
@Suite struct ValueMistakeTests {
  static let health: [PlanCase] = [
    PlanCase(
      Health(successes: 0),
      "Health cannot have 0 successes in 15 attempts; give 1 or more, and no more than retries"),
    PlanCase(
      Health(retries: 3, successes: 4),
      "Health cannot have 4 successes in 3 attempts; give 1 or more, and no more than retries"),
    PlanCase(
      Health(retries: 2_000_000),
      "2000000 retries are more than a million; set a timeout instead"),
    PlanCase(Health(every: 0), "Health's every is 0 s; give a time above 0"),
    PlanCase(Health(every: .seconds(.nan)), "Health's every is -1 s; give a time above 0"),
    PlanCase(
      Health(every: .seconds(Int.max)),
      "Health's every is longer than a year; give at most 365 days"),
    PlanCase(Health(probeTimeout: -1), "Health's probeTimeout is -1 s; give a time above 0"),
    PlanCase(
      Health("live"), #"the health path "live" does not begin with '/'; write "/live""#),
    PlanCase(
      Health("http://localhost/live"),
      """
      the health path "http://localhost/live" is a whole address; \
      give the path only, for example "/health"
      """),
    PlanCase(
      Health("/a b"),
      """
      the health path "/a b" contains a space or control character; \
      write it percent-encoded, a space as %20
      """),
    PlanCase(
      Health("/a\r\nX: y"),
      #"the health path "/a\r\nX: y" contains a space or control character; "#
        + "write it percent-encoded, a space as %20"),
    PlanCase(
      Health(.target, .http("/", status: 20)), "invalid HTTP status range 20; use 100 to 599"),
    PlanCase(
      Health(.target, .http(status: 200...600)),
      "invalid HTTP status range 200...600; use 100 to 599"),
    PlanCase(Health(.target, .tcp(port: 0)), "port 0 is not a valid port; use 1 to 65535"),
    PlanCase(
      Health(.target, .tcp, via: .proxy),
      "a TCP check cannot go by .proxy; use .publishedPort, or a .command check"),
    PlanCase(
      Health(.target, .tcp(port: 80), via: .exec),
      "a TCP check cannot go by .exec; use .publishedPort, or a .command check"),
    PlanCase(
      Health(.target, .docker, via: .proxy),
      "Docker's own health status does not go by .proxy; leave out via:"),
    PlanCase(
      Health(.target, .command("true"), via: .publishedPort),
      "a command check runs in the container, it does not go by .publishedPort; leave out via:"),
    PlanCase(
      Health(.target, .command()),
      "the health command has no command; name a program and its arguments"),
  ]

  static let commands: [PlanCase] = [
    PlanCase(Run(), "Run has no command; name a program and its arguments"),
    PlanCase(Run(""), "Run has no command; name a program and its arguments"),
    PlanCase(
      Run("docker ps -a"),
      """
      Run needs the program and its arguments as separate strings, no shell splits "docker ps -a"; \
      write "docker", "ps", "-a"
      """),
    PlanCase(Run("a", "b\0"), "Run contains a zero byte; remove it"),
    PlanCase(Exec(.target), "Exec has no command; name a program and its arguments"),
    PlanCase(
      Exec(service: "-v", "id"),
      #""-v" is not a valid service name; name a service of the Compose file"#),
    PlanCase(
      Run("id", environment: ["1A": "x"]),
      """
      "1A" is not a valid environment variable name; \
      use letters, digits and '_', not beginning with a digit
      """),
    PlanCase(
      Run("id", environment: ["A": "x\0"]), "the value of A contains a zero byte; remove it"),
    PlanCase(
      Up(.previous, environment: ["A=B": "x"]),
      """
      "A=B" is not a valid environment variable name; \
      use letters, digits and '_', not beginning with a digit
      """),
    PlanCase(
      Pull(.active, environment: ["": "x"]),
      """
      "" is not a valid environment variable name; \
      use letters, digits and '_', not beginning with a digit
      """),
    PlanCase(
      Build(.active, arguments: ["A-B": "x"]),
      """
      "A-B" is not a valid environment variable name; \
      use letters, digits and '_', not beginning with a digit
      """),
  ]

  static let secrets: [PlanCase] = [
    PlanCase(
      Run("id", environment: ["A": Secret("MY KEY")]),
      """
      a secret is read from "MY KEY", which is not a valid environment variable name; \
      name the variable, or use Secret.file or Secret.command
      """),
    PlanCase(
      Run("login", input: Secret.file("")),
      "a secret's file has no path; name the file that holds it"),
    PlanCase(
      Up(.previous, environment: ["A": Secret.command("pass show x")]),
      """
      a secret's command needs the program and its arguments as separate strings, no shell splits \
      "pass show x"; write "pass", "show", "x"
      """),
    PlanCase(
      Pull(.active, environment: ["A": Secret.command()]),
      "a secret's command has no command; name a program and its arguments"),
    PlanCase(
      Build(.active, arguments: ["TOKEN": Secret("TOKEN")]),
      """
      the build argument TOKEN is a secret, but the image's history keeps it readable; \
      give it to the container with Up(.target, environment:)
      """),
    PlanCase(
      "Deploy",
      """
      plan.swift:1:1: error: a secret is read from "", which is not a valid environment variable \
      name; name the variable, or use Secret.file or Secret.command
      """,
      plan: Deploy("app", environment: ["A": Secret("")], file: "", line: 1, column: 1) {
        DetectActive()
      }),
  ]

  static let records: [PlanCase] = [
    PlanCase(
      Record("TAG"),
      "Record writes TAG down, but the plan gives it no value; "
        + #"give it one: Up(.target, environment: ["TAG": …])"#),
    PlanCase(Record(), #"Record names no variable; write Record("IMAGE_TAG", in: ".env")"#),
    PlanCase(Record(in: ""), #"Record names no file; write Record("IMAGE_TAG", in: ".env")"#),
    PlanCase(
      "a secret",
      """
      plan.swift:7:3: error: TAG is a secret, and what Record writes can be read by whoever reads \
      .env; leave it out
      """, plan: .with(Record("TAG"), environment: ["TAG": Secret("TAG")])),
    PlanCase(
      "a value of two lines",
      """
      plan.swift:7:3: error: the value of TAG contains a quotation mark or a control character, \
      which Record cannot write down; leave it out
      """, plan: .with(Record("TAG"), environment: ["TAG": "1\n2"])),
  ]

  @Test(arguments: records) func `what cannot be recorded is refused`(_ wrong: PlanCase) {
    #expect(wrong.plan.mistakes == wrong.mistakes)
  }

  @Test func `a value is recorded after the switch`() {
    let plan = Deploy("app", environment: ["TAG": "1"], file: "plan.swift", line: 1, column: 1) {
      DetectActive()
      Up(.target)
      Health()
      Steps([Record("TAG")], file: "plan.swift", line: 7, column: 3)
      SwapNginx()
      Reload()
      Record("TAG")
    }
    #expect(
      plan.mistakes == """
        plan.swift:7:3: error: Record TAG comes before the switch, while the previous version \
        serves; put it after Reload()
        """)
  }

  static let times: [PlanCase] = [
    PlanCase(Reload(within: 0), "Reload's within is 0 s; give a time above 0"),
    PlanCase(Drain(upTo: -1), "Drain's upTo is negative; give 0 or more"),
    PlanCase(Watch(for: 0), "Watch's time is 0 s; give a time above 0"),
    PlanCase(Watch(for: 5, every: 0), "Watch's every is 0 s; give a time above 0"),
    PlanCase(
      Watch(for: 5, failures: 4, of: 3),
      "Watch cannot fail after 4 of 3 bad answers; give failures: 1 or more, and no more than of:"),
    PlanCase(
      Watch(for: 5, "up"), "the health path \"up\" does not begin with '/'; write \"/up\""),
    PlanCase(Stop(.previous, grace: -1), "Stop's grace is negative; give 0 or more"),
    PlanCase(Wait(-0.5), "Wait's time is negative; give 0 or more"),
    PlanCase(Wait(.seconds(.max)), "Wait's time is longer than a year; give at most 365 days"),
    PlanCase(
      Wait(60).timeout(10),
      "Wait 60 s may take 10 s, but it waits 60 s; give a longer timeout, or none"),
    PlanCase(
      Stop(.previous).timeout(perAttempt: 10),
      "Stop previous may take 10 s, but its grace is 30 s; give a longer timeout, or none"),
  ]

  @Test(arguments: health) func `Health's mistakes are named`(_ its: PlanCase) {
    #expect(its.plan.mistakes == its.mistakes)
  }

  @Test(arguments: commands) func `a command's mistakes are named`(_ its: PlanCase) {
    #expect(its.plan.mistakes == its.mistakes)
  }

  @Test(arguments: secrets) func `a secret's mistakes are named`(_ its: PlanCase) {
    #expect(its.plan.mistakes == its.mistakes)
  }

  @Test(arguments: times) func `a time's mistakes are named`(_ its: PlanCase) {
    #expect(its.plan.mistakes == its.mistakes)
  }

  @Test func `a timeout shorter than Reload's own times is refused`() {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload(within: 10).timeout(5)
    }
    #expect(
      plan.mistakes == """
        plan.swift:6:7: error: Reload may take 5 s, but its within is 10 s; \
        give a longer timeout, or none
        """)
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
    ] as [any Step])
  func `what is unusual but meant is not refused`(_ step: any Step) {
    #expect(Deploy.with(step).mistakes == "")
  }
}
