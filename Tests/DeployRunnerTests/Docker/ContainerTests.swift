import DeployDSL
import Testing

@testable import DeployRunner

// What `docker inspect` (engine 20.10.24) printed, fields that nobody reads left out.
private let captured = """
  [
      {
          "Id": "71d15bdf851a", "Created": "2026-11-23T01:40:53.901828207Z", "Path": "sleep",
          "State": {
              "Status": "running", "Running": true, "OOMKilled": false, "Pid": 28418, "ExitCode": 0,
              "Error": "", "StartedAt": "2026-11-23T01:40:54.429652913Z",
              "FinishedAt": "0001-01-01T00:00:00Z",
              "Health": {"Status": "healthy", "FailingStreak": 0, "Log": [{"ExitCode": 0}]}
          },
          "Image": "sha256:741913824b2c", "Name": "/lab-app-1", "RestartCount": 0,
          "ExecIDs": null, "HostConfig": {"Binds": ["/tmp/x:/etc/nginx/x:ro"], "Tmpfs": {"/t": ""}},
          "Mounts": [
              {"Type": "bind", "Source": "/tmp/x", "Destination": "/etc/nginx/x", "Mode": "ro",
               "RW": false, "Propagation": "rprivate"}
          ],
          "Config": {
              "Env": null, "Image": "bgrun-base", "Volumes": null,
              "Labels": {"com.docker.compose.project": "lab", "com.docker.compose.service": "app"}
          },
          "NetworkSettings": {
              "Ports": {
                  "3000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "23902"}], "4000/tcp": null,
                  "80/tcp": [{"HostIp": "", "HostPort": ""}, {"HostIp": "::", "HostPort": "8080"}],
                  "53/udp": [{"HostIp": "0.0.0.0", "HostPort": "53"}]
              },
              "Networks": {"bridge": {"IPAddress": "172.17.0.2"}}
          }
      }
  ]
  """

private func container(_ state: String, _ more: String = "") throws -> Container {
  try #require(try Container.parse("[{\"Id\": \"x\", \"State\": {\(state)}\(more)}]").first)
}

@Suite("Container")
struct ContainerTests {
  @Test func `a real container is read`() throws {
    var expected = Container(
      id: "71d15bdf851a", name: "lab-app-1", service: "app", status: "running", exitCode: 0,
      wasKilledForMemory: false, startedAt: "2026-11-23T01:40:54.429652913Z", restartCount: 0,
      health: "healthy", lastCheck: Container.Check(exitCode: 0, output: ""),
      image: "bgrun-base", error: "",
      mounts: [.init(source: "/tmp/x", destination: "/etc/nginx/x")],
      ports: [
        "3000/tcp": [.init(hostIP: "127.0.0.1", hostPort: "23902")],
        "80/tcp": [.init(hostIP: "", hostPort: ""), .init(hostIP: "::", hostPort: "8080")],
        "53/udp": [.init(hostIP: "0.0.0.0", hostPort: "53")],
      ], address: "172.17.0.2", networks: ["bridge"])
    expected.imageID = "sha256:741913824b2c"
    expected.project = "lab"
    #expect(try Container.parse(captured).first == expected)
  }

  @Test func `published addresses are those of TCP ports, lowest first`() throws {
    let container = try #require(try Container.parse(captured).first)
    #expect(
      container.publishedAddresses.map { "\($0.host):\($0.port)" }
        == ["127.0.0.1:8080", "127.0.0.1:23902"])
    #expect(container.publishedAddress(of: 4000) == nil)
    #expect(container.publishedAddress(of: 53) == nil)
  }

  // What engine 20.10.24 prints of a stopped container.
  @Test func `a stopped container keeps the addresses that it will publish`() throws {
    let container = try container(
      "\"Status\": \"exited\"",
      """
      , "HostConfig": {"PortBindings": {"3000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8082"}],
        "4000/tcp": [{"HostIp": "", "HostPort": ""}]}}, "NetworkSettings": {"Ports": {}}
      """)
    #expect(container.publishedAddresses == [PublishedAddress("127.0.0.1", 8082)])
  }

  @Test(
    arguments: [
      ("\"Status\": \"exited\", \"ExitCode\": 3", "exited with code 3"),
      (
        "\"Status\": \"exited\", \"ExitCode\": 137, \"OOMKilled\": true",
        "was killed because it used too much memory (exit code 137)"
      ),
      ("\"Status\": \"restarting\", \"ExitCode\": 1", "keeps restarting (exit code 1)"),
      ("\"Status\": \"created\", \"Error\": \"\"", "was created but did not start"),
      (
        "\"Status\": \"created\", \"Error\": \"port is taken\"",
        "was created but did not start (port is taken)"
      ),
      ("\"Status\": \"dead\"", "exited with code 0"), ("\"Status\": \"paused\"", "is paused"),
    ])
  func `what happened to it is told`(state: String, fate: String) throws {
    #expect(try container(state).fate == fate)
    #expect(try container(state).isRunning == false)
  }

  @Test(
    arguments: [
      ("", nil), (", \"Health\": null", nil), (", \"Health\": {\"Status\": \"none\"}", nil),
      (", \"Health\": {\"Status\": \"\"}", nil), (", \"Health\": {}", nil),
      (", \"Health\": {\"Status\": \"unhealthy\"}", "unhealthy"),
    ] as [(String, String?)])
  func `a health status is one only if there is a health check`(field: String, health: String?)
    throws
  {
    #expect(try container("\"Status\": \"running\"" + field).health == health)
  }

  @Test(
    arguments: [
      (
        #"{"Status": "unhealthy", "Log": [{"ExitCode": 0}, {"ExitCode": 7, "Output": "no db"}]}"#,
        "no db"
      ),
      (#"{"Status": "starting", "Log": []}"#, nil), (#"{"Status": "starting", "Log": null}"#, nil),
      (#"{"Status": "unhealthy", "Log": "odd"}"#, nil), (#"{"Status": "healthy"}"#, nil),
    ] as [(String, String?)])
  func `the latest health check is kept`(health: String, output: String?) throws {
    let container = try container("\"Status\": \"running\", \"Health\": \(health)")
    #expect(container.lastCheck?.output == output)
    #expect(container.lastCheck?.exitCode == output.map { _ in 7 })
  }

  @Test(
    arguments: [
      (
        #"{"Test": ["CMD-SHELL", "curl -f localhost || exit 1"]}"#,
        .init(argv: ["/bin/sh", "-c", "curl -f localhost || exit 1"])
      ),
      (
        #"{"Test": ["CMD", "true", "x"], "Interval": 300000000000, "Timeout": 2000000000,"#
          + #" "StartPeriod": 120000000000, "Retries": 2}"#,
        .init(
          argv: ["true", "x"], interval: .seconds(300), timeout: .seconds(2),
          startPeriod: .seconds(120), retries: 2)
      ),
      (#"{"Test": ["NONE"]}"#, nil), (#"{"Test": []}"#, nil), (#"{}"#, nil), ("null", nil),
      (#"{"Test": "odd"}"#, nil),
    ] as [(String, Container.HealthCheck?)])
  func `the health check is read as Docker runs it`(field: String, check: Container.HealthCheck?)
    throws
  {
    let config = ", \"Config\": {\"Healthcheck\": \(field)}"
    #expect(try container("\"Status\": \"running\"", config).healthCheck == check)
  }

  @Test func `a one-off container is no service's`() throws {
    let labels = """
      , "Config": {"Labels": {"com.docker.compose.service": "app", "com.docker.compose.oneoff": "True"}}
      """
    #expect(try container("\"Status\": \"running\"", labels).service == "")
    #expect(
      try container("\"Status\": \"running\"", ", \"Config\": {\"Labels\": null}").service == "")
  }

  @Test(
    arguments: [
      ("", nil), ("SIGQUIT", 3), ("WINCH", 28), ("sigrtmin+3", 37), ("37", 37), ("SIGNONE", nil),
    ] as [(String, Int?)])
  func `the signal that ends it is a number`(text: String, number: Int?) throws {
    let config = "\"Config\": {"
    let json = captured.replacing(config, with: config + "\"StopSignal\": \"\(text)\",")
    #expect(json != captured)
    #expect(try Container.parse(json).first?.stopSignal == number)
  }

  @Test(arguments: [
    ("start \n", false), ("start \nkill 15\n", true), ("start \nkill 1\n", false),
    ("kill 15\nkill 10\n", true), ("kill 15\nkill 9\ndie \n", false), ("", false),
    ("kill 15\ndie \nstart \n", false), ("start \nkill 28\n", true), ("start \nkill\n", true),
  ])
  func `its events tell whether it is being stopped`(events: String, isSo: Bool) throws {
    var container = try container("\"Status\": \"running\", \"StartedAt\": \"1\"")
    container.stopSignal = 28
    let docker = DockerCLI(application: Deploy("shop") { DetectActive() }.application)
    let answer = docker.isStopping(container).answer(
      from: CommandResult(status: 0, output: events))
    #expect(answer == .answer(HostAnswer(.flag(isSo))))
  }

  @Test func `another start is another life`() throws {
    let first = try container("\"Status\": \"running\", \"StartedAt\": \"1\"")
    var second = first
    #expect(first.isSameLife(as: second))
    second.startedAt = "2"
    #expect(!first.isSameLife(as: second))
  }

  @Test func `no containers are none, something else is an error`() throws {
    #expect(try Container.parse("[]\n") == [])
    #expect(throws: (any Error).self) { try Container.parse("") }
    #expect(throws: (any Error).self) { try Container.parse("[{}]") }
  }
}
