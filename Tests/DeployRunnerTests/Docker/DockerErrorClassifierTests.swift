import DeployDSL
import Testing

@testable import DeployRunner

@Suite("DockerErrorClassifier")
struct DockerErrorClassifierTests {
  private static let up = Command(["docker", "compose", "up", "--detach", "--no-deps", "green"])

  // The texts are those of CLI 28.2, engine 20.10.24 and Compose 2.40.3.
  @Test(
    arguments: [
      (
        "unable to get image 'a:1': Cannot connect to the Docker daemon at unix:///x.sock. Is the "
          + "docker daemon running?",
        .environment,
        "cannot start green: the Docker engine does not answer; start it (for example `systemctl "
          + "start docker`), or set DOCKER_HOST"
      ),
      (
        "error during connect: Get \"http://x:2375/v1.41/info\": dial tcp: lookup x: no such host",
        .environment,
        "cannot start green: the Docker engine does not answer; start it (for example `systemctl "
          + "start docker`), or set DOCKER_HOST"
      ),
      (
        "permission denied while trying to connect to the Docker daemon socket at "
          + "unix:///var/run/docker.sock",
        .environment,
        "cannot start green: this user may not talk to the Docker engine; run as root or as a "
          + "member of the group docker"
      ),
      (
        "docker: 'compose' is not a docker command.\nSee 'docker --help'", .environment,
        "cannot start green: Compose v2 is not installed; install the docker-compose-plugin package"
      ),
      (
        "unknown flag: --format\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]", .environment,
        "cannot start green: Compose v2 is not installed; install the docker-compose-plugin package"
      ),
      (
        "unable to resolve docker endpoint: context \"nope\": context not found: open meta.json",
        .environment,
        "cannot start green: the docker context does not exist; see `docker context ls`, and set "
          + "or unset DOCKER_CONTEXT"
      ),
      (
        "no configuration file provided: not found", .environment,
        "cannot start green: the project folder has no Compose file; name the folder with "
          + "--project, or the file with Deploy(…, compose:)"
      ),
      (
        " a Pulling \nError response from daemon: Get \"https://registry-1.docker.io/v2/\": dial "
          + "tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host",
        .command,
        "cannot start green: its image is not available locally and cannot be pulled; check the "
          + "image's name and tag in the Compose file, or pull or build it first"
      ),
      (
        "Error response from daemon: failed to create shim task: OCI runtime create failed: runc "
          + "create failed: unable to start container process: exec: \"nosuch\": executable file "
          + "not found in $PATH: unknown",
        .command,
        "cannot start green: its image lacks the program that it should run; check command: and "
          + "entrypoint: in the Compose file, and the image"
      ),
      (
        "Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use",
        .command,
        "cannot start green: a port that it publishes is in use; free the port, or publish "
          + "another one in the Compose file"
      ),
      (
        "write /var/lib/docker/x: no space left on device", .command,
        "cannot start green: the disk is full; free some space: `docker system df` shows what "
          + "uses it"
      ),
      (
        "no such service: green", .command,
        "cannot start green: `docker compose up --detach --no-deps green` ended with 1: no such "
          + "service: green; run the command in the project folder to see its full output"
      ),
      (
        "", .command,
        "cannot start green: `docker compose up --detach --no-deps green` ended with 1: no "
          + "message; run the command in the project folder to see its full output"
      ),
    ] as [(String, DeployError.Code, String)])
  func `what docker says is told with the cause and the way out`(
    errors: String, code: DeployError.Code, sentence: String
  ) {
    let result = CommandResult(status: 1, output: "", errors: errors)
    let failure = DockerErrorClassifier.failure(Self.up, result, doing: "start green")
    #expect(failure.code == code)
    #expect(failure.description == sentence)
  }

  @Test func `docker exec complains on standard output`() {
    let result = CommandResult(status: 126, output: "first\nexec failed: no\n", errors: "")
    let failure = DockerErrorClassifier.failure(Command(["docker", "exec"]), result, doing: "ask")
    #expect(failure.message == "cannot ask: `docker exec` ended with 126: exec failed: no")
    #expect(failure.details == ["first", "exec failed: no"])
  }

  @Test func `the last 20 lines are shown`() {
    let text = (1...30).map { "line \($0)" }.joined(separator: "\n")
    let failure = DockerErrorClassifier.failure(
      Self.up, CommandResult(status: 1, errors: text), doing: "start green")
    #expect(failure.details == (11...30).map { "line \($0)" })
  }

  @Test(
    arguments: [
      (
        "docker", .cannotStart(program: "docker", reason: "not found in PATH"), .environment,
        "docker cannot be started (docker: not found in PATH); install the docker CLI with "
          + "Compose v2, or put it on PATH"
      ),
      (
        "./migrate", .cannotStart(program: "./migrate", reason: "Permission denied"), .command,
        "cannot start ./migrate: Permission denied; install it, or give its path in the project "
          + "folder"
      ),
      (
        "sleep", .timedOut(after: .seconds(90), output: "a\nb\n"), .timeout,
        "`sleep` did not end within 90 s and was stopped; check what it waits for, or raise the "
          + "limit with .timeout(…)"
      ),
      ("x", .noAnswer(reason: "no answer in time"), .command, "no answer in time"),
    ] as [(String, OperationError, DeployError.Code, String)])
  func `what did not come to an end is told too`(
    program: String, problem: OperationError, code: DeployError.Code, sentence: String
  ) {
    let failure = DockerErrorClassifier.failure(Command([program]), problem)
    #expect(failure.code == code)
    #expect(failure.description == sentence)
    if case .timedOut = problem { #expect(failure.details == ["a", "b"]) }
  }
}
