import DeployDSL
import DeployRunner
import DeploySimulator
import Deploys
import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// A step that tells when it has begun, and stands still until it may go on.
private struct Hold: PrimitiveStep {
  let begun = AsyncStream.makeStream(of: Void.self)
  let end = AsyncStream.makeStream(of: Void.self)

  func run(in context: StepContext) async throws {
    begun.continuation.finish()
    for await _ in end.stream {}
    // A run that is cancelled ends here.
    try Task.checkCancellation()
  }

  func isReached() async { for await _ in begun.stream {} }
  func letGoOn() { end.continuation.finish() }
}

@Suite(.timeLimit(.minutes(1))) struct DeployServiceTests {
  private let hold = Hold()
  private let last = Hold()
  private let gone = AsyncStream.makeStream(of: Void.self)
  private let host: SimulatedHost
  private let service: DeployService

  init() {
    let plan = Deploy("grafana", port: 3000, health: "/api/health") { [hold, last] in
      DetectActive()
      Up(.target)
      Health()
      hold
      SwapNginx()
      Reload()
      Stop(.previous)
      last
    }
    last.letGoOn()
    host = SimulatedHost(for: plan)
    service = DeployService(plan, on: Deployer(executor: .mock(host))) { [gone] in
      gone.continuation.finish()
    }
  }

  @Test func `the answer says how the deploy ended`() async throws {
    hold.letGoOn()
    try await Application(router: service.router()).test(.live) { client in
      let answer = try await client.execute(uri: "/deploys", method: .post)
      #expect(answer.status == .ok)
      let body = Data(answer.body.readableBytesView)
      let said = try JSONDecoder().decode(DeployService.Answer.self, from: body)
      #expect(said.outcome == "succeeded" && said.live == "grafana-green")
    }
  }

  @Test func `a client that goes away does not end the deploy`() async throws {
    try await Application(router: service.router()).test(.live) { [hold, last, host, gone] client in
      let leaving = TestClient(host: "localhost", port: try #require(client.port))
      leaving.connect()
      let connection = try await leaving.getChannel()
      try await leaving.executeAndDontWaitForResponse(.init("/deploys", method: .post))
      await hold.isReached()
      try await connection.close()
      // The server has noticed, and the task that awaits the report is cancelled.
      for await _ in gone.stream {}
      #expect(host.serving == .blue)
      hold.letGoOn()
      await last.isReached()
      #expect(host.serving == .green)
    }
  }
}
