import DeployDSL
import Testing

@Suite("Worker") struct WorkerTests {
  @Test func `a name is enough, and names its services after the colours`() {
    let application = Deploy("shop", workers: ["worker", Worker("mail", blue: "m1", green: "m2")]) {
      DetectActive()
    }.application
    #expect(application.serviceIDs(.blue) == ["shop-blue", "worker-blue", "m1"])
    #expect(application.serviceIDs(.green) == ["shop-green", "worker-green", "m2"])
    #expect(application.service(.blue) == "shop-blue")
  }
}
