import DeployDSL
import DeployRunner
import Testing

@Suite("Questions to the engine") struct EngineQuestionTests {
  private static let docker = DockerCLI(
    application: Deploy("grafana") { DetectActive() }.application)

  @Test("the commands that only look at containers are questions to the engine")
  func recognised() {
    #expect(
      EngineQuestion(Self.docker.containers())
        == .list(labels: ["com.docker.compose.project"], showsProject: true))
    #expect(
      EngineQuestion(Self.docker.containers(ofProject: "shop", service: "web"))
        == .list(
          labels: ["com.docker.compose.project=shop", "com.docker.compose.service=web"],
          showsProject: false))
    #expect(
      EngineQuestion(Self.docker.inspect(["a1", "shop-web-1"])) == .inspect(["a1", "shop-web-1"]))
    #expect(
      EngineQuestion(Self.docker.top("shop-proxy-1"))
        == .top("shop-proxy-1", columns: "pid,etimes,args"))
  }

  @Test(
    "whatever changes something, or is not plain, is left to the docker CLI",
    arguments: [
      docker.stop("web", grace: .seconds(10)), docker.start("web"), docker.remove("web"),
      docker.exec("web", ["true"]), docker.logs("web", lines: 5), docker.config(),
      docker.reload("web"), docker.pruneImages(), docker.networksInUse(),
      docker.inspect(["-f"]), docker.inspect(["a/../b"]), docker.inspect([".."]),
      docker.inspect([""]), docker.inspect([]),
      Command(["docker", "inspect", "web"]), Command(["docker", "ps"]), Command(["docker"]),
      Command(["docker", "top", "web"]), Command([]),
      Command(["docker", "ps", "--all", "--no-trunc", "--filter", "--format", "{{.ID}}"]),
      Command(["docker", "ps", "--all", "--no-trunc", "--filter", "name=x", "--format", "{{.ID}}"]),
      Command(["docker", "ps", "--all", "--no-trunc", "--format", "{{.Names}}"]),
      Command(["/opt/docker", "top", "web", "-o", "pid"]),
      Command(
        ["docker", "top", "web", "-o", "pid"], environment: ["DOCKER_HOST": .text("tcp://other")]),
    ])
  func leftToTheCLI(command: Command) {
    #expect(EngineQuestion(command) == nil)
  }

  @Test("names and filters reach the engine as one would type them in a URL")
  func paths() {
    #expect(
      EngineQuestion.inspect(["a", "b"]).paths == ["/containers/a/json", "/containers/b/json"])
    #expect(
      EngineQuestion.top("proxy", columns: "pid,args").paths
        == ["/containers/proxy/top?ps_args=%2Do%20pid%2Cargs"])
    #expect(
      EngineQuestion.list(labels: ["p=\"ü"], showsProject: false).paths
        == ["/containers/json?all=1&filters=%7B%22label%22%3A%5B%22p%3D%5C%22%C3%BC%22%5D%7D"])
  }

  @Test("answers are printed as the docker CLI prints them")
  func output() throws {
    #expect(try EngineQuestion.inspect(["a", "b"]).output(["{}", "{ }"]) == "[{},{ }]\n")
    let list = #"[{"Id":"a1","Labels":{"com.docker.compose.project":"shop"}},{"Id":"b2"}]"#
    #expect(
      try EngineQuestion.list(labels: [], showsProject: true).output([list])
        == "a1\tshop\nb2\t\n")
    #expect(
      try EngineQuestion.list(labels: [], showsProject: false).output([list]) == "a1\nb2\n")
    let table = #"{"Titles":["PID","COMMAND"],"Processes":[["7","nginx: worker process"]]}"#
    #expect(
      try EngineQuestion.top("proxy", columns: "").output([table])
        == "PID COMMAND\n7 nginx: worker process\n")
  }

  @Test(
    "what is no engine's answer is an error", arguments: ["", "{", "null", "[1]", #"[{"id":1}]"#])
  func nonsense(text: String) {
    #expect(throws: (any Error).self) {
      try EngineQuestion.list(labels: [], showsProject: true).output([text])
    }
    #expect(throws: (any Error).self) {
      try EngineQuestion.top("proxy", columns: "").output([text])
    }
  }
}
