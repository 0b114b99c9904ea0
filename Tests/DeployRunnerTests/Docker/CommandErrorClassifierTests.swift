import DeployDSL
import Testing

@testable import DeployRunner

@Suite("Why a program failed, by its own words")
struct CommandErrorClassifierTests {
  private static let build = Command(["docker", "compose", "build", "web"])

  @Test func `a failed build says what its program said, not its exit code`() {
    let output = """
      #4 [web 1/2] FROM docker.io/library/app:1
      #4 DONE 0.2s
      #5 [web 2/2] RUN echo hello && pip install flask
      #5 0.337 hello
      #5 0.345 /bin/sh: 1: pip: not found
      #5 ERROR: executor failed running [/bin/sh -c echo hello && pip install flask]: exit code: 127
      ------
       > [web 2/2] RUN echo hello && pip install flask:
      0.345 /bin/sh: 1: pip: not found
      ------
      """
    let result = CommandResult(
      status: 1, output: output,
      errors: "failed to solve: executor failed running [/bin/sh -c …]: exit code: 127\n")
    let failure = DockerErrorClassifier.failure(Self.build, result, doing: "build the image of web")
    #expect(
      failure.message
        == "cannot build the image of web: `docker compose build web` failed with exit code 1: "
        + "/bin/sh: 1: pip: not found")
    #expect(
      failure.details == [
        "[web 2/2] RUN echo hello && pip install flask", "hello", "/bin/sh: 1: pip: not found",
      ])
  }

  @Test func `the first error counts, however much follows it, and is nobody's but the program's`()
  {
    let noise = (1...30).map { "#5 0.\($0) line \($0)" }.joined(separator: "\n")
    let output =
      "#5 [web 2/2] RUN make\n#5 0.1 error: Temporary failure in name resolution\n\(noise)\n"
      + "#5 ERROR: process \"make\" did not complete successfully: exit code: 2\n"
    let failure = DockerErrorClassifier.failure(
      Self.build, CommandResult(status: 1, output: output), doing: "build the image of web")
    #expect(
      failure.message.hasSuffix(
        "failed with exit code 1: error: Temporary failure in name resolution"))
    #expect(failure.details.count <= 22)
  }

  @Test func `the builder before BuildKit is understood, too`() {
    let output = """
      Step 1/2 : FROM app:1
       ---> 4c7f4777997a
      Step 2/2 : RUN pip install flask
       ---> Running in 0f1d
      /bin/sh: 1: pip: not found
      The command '/bin/sh -c pip install flask' returned a non-zero code: 127
      """
    let failure = DockerErrorClassifier.failure(
      Self.build, CommandResult(status: 1, output: output), doing: "build the image of web")
    #expect(failure.message.hasSuffix("failed with exit code 1: /bin/sh: 1: pip: not found"))
  }

  @Test func `what the builder itself says is still docker's`() {
    let result = CommandResult(
      status: 1, output: "#3 ERROR: failed to do request\n",
      errors: "failed to solve: failed to resolve reference \"app:1\": no such host\n")
    let failure = DockerErrorClassifier.failure(Self.build, result, doing: "build the image of web")
    #expect(failure.message.hasSuffix("its image is not available locally and cannot be pulled"))
  }

  @Test func `an early error is shown before the last lines`() {
    let lines = ["starting", "FATAL: no such table"] + (1...40).map { "at frame \($0)" }
    let failure = CommandErrorClassifier.failure(
      Command(["bin/migrate"]),
      CommandResult(status: 1, errors: lines.joined(separator: "\n")),
      doing: "run bin/migrate")
    #expect(failure.details.first == "FATAL: no such table" && failure.details.count == 22)
  }
}
