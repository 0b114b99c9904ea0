import DeployDSL
import Testing

@testable import DeployRunner

@Suite("EngineSocket", .timeLimit(.minutes(10))) struct EngineSocketTests {
  /// A folder with a docker on PATH that is a program by its first bytes, and one that is a script.
  private static func folder(docker: String = "\u{7F}ELF") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(docker, to: "docker", mode: 0o755)
    return folder
  }

  private static func environment(_ folder: TemporaryFolder) -> [String: String] {
    [
      "PATH": folder.path, "HOME": folder.path,
      "DOCKER_HOST": "unix://\(folder.path("engine.sock"))",
    ]
  }

  private static func ask(
    _ environment: [String: String], timeout: Duration = .seconds(20),
    _ call: HostCall = docker.inspect(["web"])
  ) async throws -> OperationResult {
    let operation = HostOperation(.call(call), effect: .observe, timeout: timeout)
    let executor = DockerExecutor(project: "/", on: LocalHost(environment: environment))
    return try await executor.perform(operation, output: { _ in })
  }

  private static let docker = DockerCLI(
    application: Deploy("shop") { DetectActive() }.application)

  @Test func `the engine is asked instead of starting the docker CLI`() async throws {
    let folder = try Self.folder()
    let server = LocalServer(
      .answering([Self.answer(#"{"Id": "a1", "State": {"Status": "running"}}"#)]),
      at: folder.path("engine.sock"))
    let found = try Container.parse(#"[{"Id": "a1", "State": {"Status": "running"}}]"#)
    #expect(
      try await Self.ask(Self.environment(folder)) == .answer(HostAnswer(.containers(found))))
    var requests = server.requests.makeAsyncIterator()
    #expect(await requests.next()?.hasPrefix("GET /containers/web/json HTTP/1.1\r\n") == true)
  }

  @Test func `processes that this machine does not show are the engine's to tell`() async throws {
    let folder = try Self.folder()
    // One answer to both questions: a container of another machine's, and a table.
    let body =
      #"{"Id": "\#(String(repeating: "ab", count: 32))", "State": {"Pid": 1}, "#
      + #""HostConfig": {"Runtime": "runc"}, "#
      + #""Titles": ["PID", "ELAPSED", "COMMAND"], "Processes": [["7", "12", "web"]]}"#
    let server = LocalServer(
      .answering([Self.answer(body)]), at: folder.path("engine.sock"))
    let rows = [ProcessTable.Row(pid: 7, age: .seconds(12), command: "web")]
    #expect(
      try await Self.ask(Self.environment(folder), DockerCLI.top("web"))
        == .answer(HostAnswer(.processes(ProcessTable(rows)))))
    var requests = server.requests.makeAsyncIterator()
    #expect(await requests.next()?.hasPrefix("GET /containers/web/json ") == true)
    #expect(await requests.next()?.hasPrefix("GET /containers/web/top?") == true)
  }

  @Test func `lists are asked with the labels as one would type them in a URL`() async throws {
    let folder = try Self.folder()
    let body = #"[{"Id":"a1","Labels":{"com.docker.compose.project":"shop"}},{"Id":"b2"}]"#
    let server = LocalServer(.answering([Self.answer(body)]), at: folder.path("engine.sock"))
    #expect(
      try await Self.ask(Self.environment(folder), Self.docker.containers())
        == .answer(HostAnswer(.list([.init("a1", project: "shop"), .init("b2")]))))
    withExtendedLifetime(server) {}
    #expect(
      try EngineSocket.list("ü", nil)
        == "/containers/json?all=1&filters="
        + "%7B%22label%22%3A%5B%22com%2Edocker%2Ecompose%2Eproject%3D%C3%BC%22%5D%7D")
  }

  private static func answer(_ body: String) -> String {
    "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test(arguments: [
    docker.inspect(["-f"]), docker.inspect(["a/../b"]), docker.inspect([".."]),
    docker.inspect([""]), DockerCLI.top("../x"), docker.networks(),
  ])
  func `names that are no names are left to the docker CLI`(call: HostCall) async throws {
    let folder = try Self.folder()
    let server = LocalServer(.refusing, at: folder.path("engine.sock"))
    let program = try #require(
      DockerProgram(path: folder.path("docker"), environment: Self.environment(folder)))
    let socket = try #require(EngineSocket(of: program))
    #expect(try await socket.answer(call, timeout: .seconds(20)) == nil)
    withExtendedLifetime(server) {}
  }

  @Test func `a command that another executor has changed is run`() async throws {
    var call = Self.docker.inspect(["web"])
    call.command.argv = ["echo", "[]"]
    #expect(
      try await Self.ask(["PATH": "/usr/bin:/bin"], call) == .answer(HostAnswer(.containers([]))))
  }

  @Test(arguments: [
    "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "nonsense\r\n\r\n", "",
  ])
  func `what the engine refuses is left to the docker CLI, which explains it`(answer: String)
    async throws
  {
    let folder = try Self.folder()
    let server = LocalServer(.answering([answer]), at: folder.path("engine.sock"))
    // The file is no real program: that it is started at all is what counts.
    await #expect(throws: OperationError.self) { try await Self.ask(Self.environment(folder)) }
    withExtendedLifetime(server) {}
  }

  @Test func `an engine that does not answer is given up when the time is up`() async throws {
    let folder = try Self.folder()
    let server = LocalServer(.silent, at: folder.path("engine.sock"))
    let timeout = Duration.milliseconds(50)
    await #expect(throws: OperationError.timedOut(after: timeout, output: "")) {
      try await Self.ask(Self.environment(folder), timeout: timeout)
    }
    withExtendedLifetime(server) {}
  }

  @Test func `a docker that is a script may do anything, so it is run`() async throws {
    let folder = try Self.folder(docker: "#!/bin/sh\necho '[]'\n")
    let server = LocalServer(
      .answering(["HTTP/1.1 200 OK\r\n\r\n{}"]), at: folder.path("engine.sock"))
    #expect(
      try await Self.ask(Self.environment(folder)) == .answer(HostAnswer(.containers([]))))
    withExtendedLifetime(server) {}
  }

  @Test func `only the engine that the docker CLI would surely ask is asked`() throws {
    let folder = try Self.folder()
    let server = LocalServer(.refusing, at: folder.path("engine.sock"))
    let docker = folder.path("docker")
    let plain = Self.environment(folder)
    func socket(_ changes: [String: String]) -> String? {
      DockerProgram(path: docker, environment: plain.merging(changes) { $1 })
        .flatMap(EngineSocket.init)?.path
    }
    #expect(socket([:]) == folder.path("engine.sock"))
    #expect(socket(["DOCKER_CONTEXT": ""]) == folder.path("engine.sock"))
    #expect(socket(["DOCKER_CONTEXT": "elsewhere"]) == nil)
    #expect(socket(["DOCKER_HOST": "tcp://127.0.0.1:2375"]) == nil)
    #expect(socket(["DOCKER_HOST": "ssh://web1"]) == nil)
    #expect(socket(["DOCKER_HOST": "unix:///no/such.sock"]) == nil)
    try folder.write(#"{"currentContext": "elsewhere"}"#, to: "config.json", mode: 0o600)
    #expect(socket(["DOCKER_HOST": "", "DOCKER_CONFIG": folder.path]) == nil)
    withExtendedLifetime(server) {}
  }
}
