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
    _ words: [String] = ["inspect", "--type", "container", "web"]
  ) async throws -> CommandResult {
    let command = Command(["docker"] + words)
    let operation = HostOperation(.command(command), effect: .observe, timeout: timeout)
    let executor = DockerExecutor(project: "/", environment: environment)
    guard case .command(let result) = try await executor.perform(operation, output: { _ in }) else {
      throw OperationError.noAnswer(reason: "no command")
    }
    return result
  }

  @Test("the engine is asked instead of starting the docker CLI")
  func asked() async throws {
    let folder = try Self.folder()
    let server = LocalServer(
      .answering(["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"]),
      at: folder.path("engine.sock"))
    #expect(
      try await Self.ask(Self.environment(folder)) == CommandResult(status: 0, output: "[{}]\n"))
    var requests = server.requests.makeAsyncIterator()
    #expect(await requests.next()?.hasPrefix("GET /containers/web/json HTTP/1.1\r\n") == true)
  }

  @Test("processes that this machine does not show are the engine's to tell")
  func processes() async throws {
    let folder = try Self.folder()
    // One answer to both questions: a container of another machine's, and a table.
    let body =
      #"{"Id": "\#(String(repeating: "ab", count: 32))", "State": {"Pid": 1}, "#
      + #""HostConfig": {"Runtime": "runc"}, "#
      + #""Titles": ["PID", "ELAPSED", "COMMAND"], "Processes": [["7", "12", "web"]]}"#
    let server = LocalServer(
      .answering(["HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"]),
      at: folder.path("engine.sock"))
    let top = ["top", "web", "-o", "pid,etimes,args"]
    #expect(
      try await Self.ask(Self.environment(folder), top).output
        == "PID ELAPSED COMMAND\n7 12 web\n")
    var requests = server.requests.makeAsyncIterator()
    #expect(await requests.next()?.hasPrefix("GET /containers/web/json ") == true)
    #expect(await requests.next()?.hasPrefix("GET /containers/web/top?") == true)
  }

  @Test(
    "what the engine refuses is left to the docker CLI, which explains it",
    arguments: ["HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "nonsense\r\n\r\n", ""])
  func refused(answer: String) async throws {
    let folder = try Self.folder()
    let server = LocalServer(.answering([answer]), at: folder.path("engine.sock"))
    // The file is no real program: that it is started at all is what counts.
    await #expect(throws: OperationError.self) { try await Self.ask(Self.environment(folder)) }
    withExtendedLifetime(server) {}
  }

  @Test("an engine that does not answer is given up when the time is up")
  func silent() async throws {
    let folder = try Self.folder()
    let server = LocalServer(.silent, at: folder.path("engine.sock"))
    let timeout = Duration.milliseconds(50)
    await #expect(throws: OperationError.timedOut(after: timeout, output: "")) {
      try await Self.ask(Self.environment(folder), timeout: timeout)
    }
    withExtendedLifetime(server) {}
  }

  @Test("a docker that is a script may do anything, so it is run")
  func script() async throws {
    let folder = try Self.folder(docker: "#!/bin/sh\necho script \"$1\"\n")
    let server = LocalServer(
      .answering(["HTTP/1.1 200 OK\r\n\r\n{}"]), at: folder.path("engine.sock"))
    #expect(try await Self.ask(Self.environment(folder)).output == "script inspect\n")
    withExtendedLifetime(server) {}
  }

  @Test("only the engine that the docker CLI would surely ask is asked")
  func which() throws {
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
