import DeployDSL
import Testing

@Suite("Worker") struct WorkerTests {
  @Test("a name is enough, and names its services after the colours")
  func names() {
    let application = Deploy("shop", workers: ["worker", Worker("mail", blue: "m1", green: "m2")]) {
      DetectActive()
    }.application
    #expect(application.services(.blue) == ["shop-blue", "worker-blue", "m1"])
    #expect(application.services(.green) == ["shop-green", "worker-green", "m2"])
    #expect(application.service(.blue) == "shop-blue")
  }

  @Test("mistakes in workers are named")
  func mistakes() {
    func mistakes(_ workers: Worker...) -> String {
      Deploy("shop", workers: workers, file: "", line: 1, column: 1) { DetectActive() }.mistakes
    }
    #expect(mistakes("worker") == "")
    #expect(
      mistakes("shop").hasPrefix(
        "plan.swift:1:1: error: the service \"shop-blue\" is named twice; list each service once; "
          + "workers: must not include blue, green or the proxy"))
    #expect(mistakes("a b").contains("\"a b-blue\" is not a valid service name"))
    #expect(
      mistakes(Worker("worker", health: .http())).contains(
        "the health check of \"worker-blue\" uses HTTP, but has no path"))
  }
}
