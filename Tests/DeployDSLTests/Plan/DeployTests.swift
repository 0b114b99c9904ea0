import DeployDSL
import Testing

@Suite struct DeployTests {
  @Test func `the plan of the grafana example compiles as it is written`() throws {
    Deploy("grafana") {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Stop(.previous)
      Prune()
    }
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Stop(.previous)
      Prune()
    }
    let graph = try plan.graph()
    #expect(
      graph.nodes.map(\.name) == [
        "DetectActive", "Up target", "Health", "SwapNginx", "Reload", "Stop previous", "Prune",
      ])
    #expect(graph.nodes.map(\.dependencies) == [[], [0], [1], [2], [3], [4], [5]])
  }

  @Test func `everything about the application has a default`() {
    let application = Deploy("grafana") { DetectActive() }.application
    #expect(application.name == "grafana")
    #expect(application.blue == "grafana-blue")
    #expect(application.green == "grafana-green")
    #expect(application.composeFiles == nil)
    #expect(application.projectName == nil)
    #expect(application.proxy == "nginx-proxy")
    #expect(application.site == Site("nginx/service.conf"))
    #expect(application.port == nil)
    #expect(application.health == "/")
    #expect(application.environment == [:])
  }

  @Test func `everything about the application can be said otherwise`() throws {
    let plan = Deploy(
      "shop", blue: "web1", green: "web2", compose: "deploy/compose.yaml", project: "shop-live",
      proxy: "edge", site: Site("edge/shop.conf"), port: 8080, health: "/live",
      environment: ["TAG": "v7", "WORKERS": 4], timeout: .minutes(5)
    ) { DetectActive() }
    let application = try plan.graph().application
    #expect(application.service(.blue) == "web1")
    #expect(application.service(.green) == "web2")
    #expect(application.composeFiles == ["deploy/compose.yaml"])
    #expect(application.projectName == "shop-live")
    #expect(application.proxy == "edge")
    #expect(application.source(.blue) == "edge/shop_blue.conf")
    #expect(application.source(.green) == "edge/shop_green.conf")
    #expect(application.port == 8080)
    #expect(application.health == "/live")
    #expect(application.environment == ["TAG": .text("v7"), "WORKERS": .text("4")])
    #expect(try plan.graph().timeout == .seconds(300))
  }

  @Test func `the colours may be services of other Compose projects`() {
    let application = Deploy(
      "shop", blue: .project("shop-blue", service: "web"),
      green: .project("shop-green", service: "web", compose: "green.yml", environment: ["PORT": 2]),
      workers: ["queue", Worker("mail", blue: "mail-blue")], compose: ["a.yml", "b.yml"]
    ) { DetectActive() }.application
    #expect(application.composeFiles == ["a.yml", "b.yml"])
    #expect(application.blue == ServiceID("web", in: "shop-blue"))
    #expect("\(application.green)" == "web (project shop-green)")
    #expect(application.service(.blue) == "web")
    #expect(application.projects["shop-blue"] == ComposeSource())
    #expect(
      application.projects["shop-green"]
        == ComposeSource(files: ["green.yml"], environment: ["PORT": .text("2")]))
    #expect(
      application.serviceIDs(.green).dropFirst() == [
        ServiceID("queue", in: "shop-green"), ServiceID("mail", in: "shop-green"),
      ])
  }

  @Test func `a variable names a service or Compose files, too`() {
    let (service, files) = ("web", ["a.yml"])
    let application = Deploy("shop", blue: service, compose: files) { DetectActive() }.application
    #expect(application.blue == "web")
    #expect(application.composeFiles == files)
  }

  @Test func `a run may take 30 minutes unless the plan says otherwise`() {
    #expect(Deploy("app") { DetectActive() }.timeout == .seconds(1800))
  }

  @Test func `a plan knows where its parenthesis was written`() {
    let line = #line + 1
    let plan = Deploy("app") { DetectActive() }
    #expect(plan.location == SourceLocation(file: #filePath, line: line, column: 22))
  }

  @Test func `a block that throws hands its error on`() {
    struct Refusal: Error {}
    func step() throws -> Up { throw Refusal() }
    #expect(throws: Refusal.self) {
      try Deploy("app") { try Group("start") { try step() } }
    }
  }
}
