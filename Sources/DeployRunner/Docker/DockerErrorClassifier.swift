package import DeployDSL

/// Recognises error messages of docker and Compose, and suggests fixes.
///
/// Exit codes say little: an unknown service, bad YAML, a missing file and a missing daemon all
/// exit with 1. Only docker's own messages are recognised: the output of the user's programs, in a
/// container or an image build, is left to ``CommandErrorClassifier``.
package enum DockerErrorClassifier {
  /// Explains a failed docker command.
  ///
  /// - Parameter doing: the attempted action: `start grafana-green`.
  package static func failure(_ command: Command, _ result: CommandResult, doing: String)
    -> DeployError
  {
    if let program = BuildLog(result.lines).failedProgram {
      return CommandErrorClassifier.failure(command, result.status, program, doing: doing)
    }
    let text = result.errors.isEmpty ? result.output : result.errors
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    for known in all where known.marks.contains(where: { text.contains($0) }) {
      return DeployError(
        known.code, "cannot \(doing): \(known.cause)", fix: known.fix,
        details: Array(lines.suffix(20)))
    }
    return CommandErrorClassifier.failure(command, result.status, lines, doing: doing)
  }

  /// Explains a call that failed or whose output could not be parsed.
  static func failure(_ call: HostCall, _ result: CommandResult, doing: String) -> DeployError {
    if let refusal = sudoRefusal(call, result, doing: doing) { return refusal }
    return result.succeeded
      ? notUnderstood(call.command) : failure(call.command, result, doing: doing)
  }

  /// Explains that sudo wants a password for a command of the proxy, or forbids it.
  private static func sudoRefusal(
    _ call: HostCall, _ result: CommandResult, doing: String
  ) -> DeployError? {
    let words = ["sudo:", "sudoers", "not allowed to execute", "may not run sudo"]
    guard call.command.argv.starts(with: ["sudo", "-n"]), !result.succeeded,
      words.contains(where: result.errors.contains)
    else { return nil }
    switch call.kind {
    case .testProxy(let nginx), .reloadProxy(let nginx):
      return DeployError(
        .environment,
        "cannot \(doing): sudo does not let this user run `\(call.command)` without a password",
        fix: "allow it: `echo '\(DockerCLI.sudoers(for: nginx))' | sudo tee /etc/sudoers.d/bgrun`",
        details: result.lines)
    default: return nil
    }
  }

  /// Whether docker could not run a program in a container.
  static func couldNotExec(_ result: CommandResult) -> Bool {
    [126, 127].contains(result.status)
      && result.lines.first?.hasPrefix("OCI runtime exec failed") == true
  }

  /// Whether a program is missing in the container.
  static func lacksProgram(_ result: CommandResult) -> Bool {
    [126, 127].contains(result.status) && result.text.contains("executable file not found")
  }

  /// Whether the registry does not have an image.
  static func isUnknownToRegistry(_ result: CommandResult) -> Bool {
    ["pull access denied", "manifest unknown", "manifest for", "not found"]
      .contains { result.errors.contains($0) }
  }

  /// The output of a program that Compose ran, without lines such as ` Container shop-migrate-job-2
  /// Creating`: Compose's own progress.
  static func withoutProgress(_ lines: [String]) -> [String] {
    lines.filter { line in
      ![" Container ", " Network ", " Volume "].contains { line.hasPrefix($0) }
    }
  }

  private static func notUnderstood(_ command: Command) -> DeployError {
    let isCompose = command.argv.starts(with: ["docker", "compose"])
    return DeployError(
      .environment,
      "`\(command)` did not print what \(isCompose ? "Compose v2" : "docker") prints",
      fix: isCompose
        ? "update docker compose: `docker compose version` should say 2.20 or later"
        : "check which docker is on PATH")
  }

  /// Whether an error means that the engine does not answer, as during its restart.
  static func isEngineAway(_ failure: DeployError) -> Bool {
    failure.code == .environment
      && failure.details.contains { line in away.contains { line.contains($0) } }
  }

  /// Whether the engine refused to prune because another prune is running.
  static func isPruneRunning(_ result: CommandResult) -> Bool {
    !result.succeeded && result.errors.contains("a prune operation is already running")
  }

  /// Whether a Swarm's managers could not agree on an answer.
  static func lacksQuorum(_ result: CommandResult) -> Bool {
    !result.succeeded && withoutQuorum.contains { result.errors.contains($0) }
  }

  /// Docker's messages when it cannot reach the engine.
  private static let away =
    [
      "Cannot connect to the Docker daemon", "failed to connect to the docker API",
      "error during connect",
    ] + withoutQuorum

  /// A Swarm's messages while too few of its managers are there to agree on a change.
  private static let withoutQuorum = [
    "The swarm does not have a leader", "rpc error: code = DeadlineExceeded",
    "rpc error: code = Unavailable", "node lost leader status",
  ]

  /// Explains an operation that could not be completed.
  package static func failure(_ command: Command, _ problem: OperationError) -> DeployError {
    switch problem {
    case .cannotStart(let program, let reason) where command.argv.first == "docker":
      return DeployError(
        .environment, "docker cannot be started (\(program): \(reason))",
        fix: "install the docker CLI with Compose v2, or put it on PATH")
    case .cannotStart(let program, let reason) where command.argv.first == "curl":
      return DeployError(
        .environment, "curl cannot be started (\(program): \(reason))",
        fix: "install curl where bgrun runs: Request, Notify and https sites need it")
    case .cannotStart:
      return DeployError(
        .command, "\(problem)", fix: "install it, or give its path in the project folder")
    case .timedOut(let after, let output):
      return DeployError(
        .timeout, "`\(command)` did not end within \(after.forPeople) and was stopped",
        fix: "check what it waits for, or raise the limit with .timeout(…)",
        details: output.split(whereSeparator: \.isNewline).suffix(20).map(String.init))
    case .noAnswer, .refused, .closed, .file:
      return DeployError(.command, "\(problem)")
    }
  }

  private struct Known {
    var marks: [String]
    var code: DeployError.Code
    var cause: String
    var fix: String
  }

  /// - Parameter isCalled: whether another machine has started this process: who reads it is there,
  ///   as another user.
  private static func withoutAccess(called isCalled: Bool) -> Known {
    let mark = "permission denied while trying to connect"
    guard isCalled else {
      return Known(
        marks: [mark], code: .environment,
        cause: "this user is not allowed to access the Docker engine",
        fix: "add it to the group docker (`sudo usermod -aG docker $USER`) and log in again, or "
          + "run as root")
    }
    let user = ThisHost.account
    return Known(
      marks: [mark], code: .environment,
      cause: "the user \(user) is not allowed to access the Docker engine of \(ThisHost.name)",
      fix: "add it to the group docker there (`sudo usermod -aG docker \(Command([user]))`), "
        + "and run the command again")
  }

  private static let all: [Known] = [
    Known(
      marks: withoutQuorum, code: .environment,
      cause: "the Swarm has lost its quorum: too few managers answer",
      fix: "see `docker node ls` on each manager, and start those that are down; what runs "
        + "keeps running meanwhile"),
    Known(
      marks: ["This node is not a swarm manager"], code: .environment,
      cause: "this machine is not a manager of a Swarm",
      fix: "run bgrun on a manager, for example by `bgrun PLAN --on MANAGER`"),
    Known(
      marks: away, code: .environment, cause: "the Docker engine does not answer",
      fix: "start it (for example `sudo systemctl start docker`), or set DOCKER_HOST"),
    withoutAccess(called: ThisHost.isCalled),
    Known(
      marks: ["unable to resolve docker endpoint", "context not found"], code: .environment,
      cause: "the docker context does not exist",
      fix: "see `docker context ls`, and set or unset DOCKER_CONTEXT"),
    Known(
      // Without the plugin, docker interprets the options of `docker compose` as its own.
      marks: [
        "is not a docker command", "unknown command: docker compose", "unknown flag: --format",
        "unknown flag: --file", "unknown flag: --project-name",
      ],
      code: .environment, cause: "Compose v2 is not installed",
      fix: "install the docker-compose-plugin package"),
    Known(
      marks: ["no configuration file provided"], code: .environment,
      cause: "the project folder has no Compose file",
      fix: "name the folder with --project, or the file with Deploy(…, compose:)"),
    Known(
      marks: [
        "No such image", "pull access denied", "manifest unknown", "manifest for",
        "failed to resolve reference", "unable to get image",
        "Temporary failure in name resolution", "no such host",
        // A registry that cannot be reached: Get "https://registry-1.docker.io/v2/": dial tcp …
        "/v2/\": ",
      ],
      code: .command, cause: "its image is not available locally and cannot be pulled",
      fix: "check the image's name and tag in the Compose file, or pull or build it first"),
    Known(
      marks: ["executable file not found"], code: .command,
      cause: "its image lacks the program that it should run",
      fix: "check command: and entrypoint: in the Compose file, and the image"),
    Known(
      marks: ["port is already allocated", "address already in use"], code: .command,
      cause: "a port that it publishes is in use",
      fix: "free the port, or publish another one in the Compose file"),
    Known(
      marks: ["No space left on device", "no space left on device"], code: .command,
      cause: "the disk is full", fix: "free some space: `docker system df` shows what uses it"),
  ]
}
