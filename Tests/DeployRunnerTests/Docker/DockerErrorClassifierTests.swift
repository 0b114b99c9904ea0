import BgrunTestSupport
import DeployDSL
import Testing

@testable import DeployRunner

@Suite("DockerErrorClassifier")
struct DockerErrorClassifierTests {
  private static let up = Command(["docker", "compose", "up", "--detach", "--no-deps", "green"])

  // The texts are those of CLI 28.2, engine 20.10.24 and Compose 2.40.3.
  private static let errors = [
    "unable to get image 'a:1': Cannot connect to the Docker daemon at unix:///x.sock. Is the "
      + "docker daemon running?",
    "error during connect: Get \"http://x:2375/v1.41/info\": dial tcp: lookup x: no such host",
    "permission denied while trying to connect to the Docker daemon socket at "
      + "unix:///var/run/docker.sock",
    "docker: 'compose' is not a docker command.\nSee 'docker --help'",
    "unknown flag: --format\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]",
    "unable to resolve docker endpoint: context \"nope\": context not found: open meta.json",
    "no configuration file provided: not found",
    " a Pulling \nError response from daemon: Get \"https://registry-1.docker.io/v2/\": dial "
      + "tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host",
    "Error response from daemon: failed to create shim task: OCI runtime create failed: runc "
      + "create failed: unable to start container process: exec: \"nosuch\": executable file "
      + "not found in $PATH: unknown",
    "Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use",
    "write /var/lib/docker/x: no space left on device", "no such service: green", "",
  ]

  @Test func `what docker says is told with the cause and the way out`() throws {
    let told = Self.errors.map { errors in
      let failure = DockerErrorClassifier.failure(
        Self.up, CommandResult(status: 1, errors: errors), doing: "start green")
      let line = errors.replacing("\n", with: "⏎")
      return (line.isEmpty ? "(nothing)" : line.trimmingPrefix(" "), failure)
    }
    try expectGolden(
      "DockerErrors.txt",
      Dictionary(uniqueKeysWithValues: told.map { (String($0), "\($1.code): \($1)") }))
  }

  @Test func `docker exec complains on standard output`() {
    let result = CommandResult(status: 126, output: "first\nexec failed: no\n", errors: "")
    let failure = DockerErrorClassifier.failure(Command(["docker", "exec"]), result, doing: "ask")
    #expect(
      failure.message == "cannot ask: `docker exec` failed with exit code 126: exec failed: no")
    #expect(failure.details == ["first", "exec failed: no"])
  }

  @Test func `the last 20 lines are shown`() {
    let text = (1...30).map { "line \($0)" }.joined(separator: "\n")
    let failure = DockerErrorClassifier.failure(
      Self.up, CommandResult(status: 1, errors: text), doing: "start green")
    #expect(failure.details == (11...30).map { "line \($0)" })
  }

  private static let problems: [(String, OperationError)] = [
    ("docker", .cannotStart(program: "docker", reason: "not found in PATH")),
    ("./migrate", .cannotStart(program: "./migrate", reason: "Permission denied")),
    ("sleep", .timedOut(after: .seconds(90), output: "a\nb\n")),
    ("x", .noAnswer(reason: "no answer in time")),
  ]

  @Test(arguments: problems) func `what did not come to an end is told too`(
    program: String, problem: OperationError
  ) throws {
    let failure = DockerErrorClassifier.failure(Command([program]), problem)
    try expectGolden("DockerErrors.txt", "\(failure.code): \(failure)", program)
    if case .timedOut = problem { #expect(failure.details == ["a", "b"]) }
  }
}
