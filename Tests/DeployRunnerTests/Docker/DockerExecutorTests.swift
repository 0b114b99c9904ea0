import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite("DockerExecutor", .timeLimit(.minutes(10)))
struct DockerExecutorTests {
  private func run(
    _ argv: [String], in project: String = "/", environment: [String: EnvironmentValue] = [:]
  ) async throws -> CommandResult {
    let operation = HostOperation(
      .command(Command(argv, environment: environment)), effect: .change, timeout: .seconds(50))
    let reply = try await DockerExecutor(project: project).perform(operation) { _ in }
    guard case .command(let result) = reply else {
      throw OperationError.noAnswer(reason: "\(reply)")
    }
    return result
  }

  @Test func `a program is found in PATH and runs in the project folder`() async throws {
    let folder = try TemporaryFolder()
    #expect(try await run(["pwd"], in: folder.path).output == folder.path + "\n")
  }

  @Test func `the command's variables go over this process's`() async throws {
    let result = try await run(
      ["sh", "-c", "echo $HOME; echo $NEW"], environment: ["HOME": .text("/h"), "NEW": .text("n")])
    #expect(result.output == "/h\nn\n")
    #expect(try await run(["sh", "-c", "echo ${PATH:+set}"]).output == "set\n")
  }

  @Test(arguments: [["docker", "exec", "c", "x"], ["docker", "exec", "--user", "0", "c"]])
  func `a program inside a container is marked, also behind sudo`(words: [String]) async throws {
    let docker = DockerCLI(application: Deploy("shop") { DetectActive() }.application)
    var call = docker.exec("c", [], mark: "shop/4")
    call.command.argv = ["echo"] + words
    let operation = HostOperation(.call(call), effect: .change, timeout: .seconds(50))
    let reply = try await DockerExecutor(project: "/").perform(operation) { _ in }
    let rest = words.dropFirst(2).joined(separator: " ")
    #expect(
      reply
        == .command(
          CommandResult(status: 0, output: "docker exec --env BGRUN_STEP=shop/4 \(rest)\n")))
    #expect(!call.command.description.contains("BGRUN_STEP"))
  }

  @Test func `a program with a slash lies in the project folder`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("#!/bin/sh\necho \"here: $1\"\n", to: "script", mode: 0o755)
    #expect(try await run(["./script", "a b"], in: folder.path).output == "here: a b\n")
    #expect(try await run([folder.path("script")]).output == "here: \n")
  }

  @Test func `a project folder may be given relative to the working folder`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("#!/bin/sh\necho here\n", to: "script", mode: 0o755)
    let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
    let relative = String(repeating: "../", count: depth) + folder.path.dropFirst()
    #expect(try await run(["./script"], in: relative).output == "here\n")
  }

  @Test func `an unknown program cannot be started, nor none`() async {
    await #expect(
      throws: OperationError.cannotStart(program: "no-such-program", reason: "not found in PATH")
    ) { try await run(["no-such-program"]) }
    await #expect(
      throws: OperationError.cannotStart(program: "", reason: "no program given")
    ) { try await run([]) }
  }

  @Test func `relative folders of PATH are not searched`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("#!/bin/sh\n", to: "tool", mode: 0o755)
    await #expect(throws: OperationError.self) {
      try await run(["tool"], in: folder.path, environment: ["PATH": .text(".::")])
    }
    #expect(
      try await run(["tool"], environment: ["PATH": .text("/x:\(folder.path):/bin")]).succeeded)
  }

  @Test func `files are read and written beside the project`() async throws {
    let folder = try TemporaryFolder()
    let executor = DockerExecutor(project: folder.path)
    let write = FileWrite(path: "a.conf", bytes: [65], method: .rename, source: "x")
    #expect(
      try await executor.perform(
        HostOperation(.writeFile(write), effect: .change, timeout: .seconds(5))
      ) { _ in } == .done)
    let reply = try await executor.perform(
      HostOperation(.readFile(path: "a.conf"), effect: .observe, timeout: .seconds(5))
    ) { _ in }
    guard case .file(let snapshot) = reply else {
      Issue.record("\(reply)")
      return
    }
    #expect(snapshot.content == .file([65]))
  }

  @Test func `servers are asked`() async throws {
    let server = LocalServer(.answering(["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]))
    let executor = DockerExecutor()
    let url = HostOperation(
      .http(url: "http://127.0.0.1:\(server.port)/"), effect: .verify, timeout: .seconds(30))
    #expect(
      try await executor.perform(url) { _ in } == .http(HTTPAnswer(status: 200, body: "ok")))
    let port = HostOperation(
      .tcp(host: "127.0.0.1", port: server.port), effect: .verify, timeout: .seconds(30))
    #expect(try await executor.perform(port) { _ in } == .done)
  }

  /// A host that is reached by another program, and notes what it is asked.
  private struct Elsewhere: DockerHost {
    let asked = Collected<String>()

    func run(
      _ command: Command, in folder: String, timeout: Duration,
      output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> CommandResult {
      asked.add("\(folder): \(command.argv.joined(separator: " "))")
      return CommandResult(status: 0, output: "a1\tshop\n")
    }
    func get(_ url: String, host: String?, timeout: Duration) async throws -> HTTPAnswer {
      HTTPAnswer(status: 200, body: url)
    }
    func connect(to host: String, port: Int, timeout: Duration) async throws {
      throw OperationError.noAnswer(reason: "\(host):\(port)")
    }
    func read(_ path: String, in folder: String, timeout: Duration) async throws -> FileSnapshot {
      FileSnapshot(path: "\(folder)/\(path)", content: .missing)
    }
    func write(_ file: FileWrite, in folder: String, timeout: Duration) async throws {
      asked.add("\(folder): write \(file.path)")
    }
  }

  @Test func `every operation takes place on the host that was given`() async throws {
    let host = Elsewhere()
    let executor = DockerExecutor(project: "/srv", host: host, stateFolder: "/var/lib/bgrun")
    #expect(executor.stateFolder == "/var/lib/bgrun")
    func perform(_ request: HostOperation.Request) async throws -> OperationResult {
      try await executor.perform(
        HostOperation(request, effect: .change, timeout: .seconds(5))
      ) { _ in }
    }
    let docker = DockerCLI(application: Deploy("shop") { DetectActive() }.application)
    #expect(
      try await perform(.call(docker.containers()))
        == .answer(HostAnswer(.list([.init("a1", project: "shop")]))))
    #expect(try await perform(.http(url: "u")) == .http(HTTPAnswer(status: 200, body: "u")))
    #expect(
      try await perform(.readFile(path: "f"))
        == .file(FileSnapshot(path: "/srv/f", content: .missing)))
    await #expect(throws: OperationError.noAnswer(reason: "h:1")) {
      try await perform(.tcp(host: "h", port: 1))
    }
    let file = FileWrite(path: "f", bytes: [], method: .rename, source: "x")
    #expect(try await perform(.writeFile(file)) == .done)
    _ = try await perform(.call(docker.exec("c", ["x"], mark: "shop/4")))
    #expect(
      host.asked.all.dropFirst() == [
        "/srv: write f", "/srv: docker exec --env BGRUN_STEP=shop/4 c x",
      ])
  }
}
