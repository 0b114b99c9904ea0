import Foundation
import Testing

extension DockerTests {
  /// What a deploy says of its users' requests, beside what other clients of the proxy saw.
  @Suite("Receipts") struct ReceiptTests {
    /// The receipt in the last line of a run's JSON.
    private struct Receipt: Decodable {
      struct Failure: Decodable {
        var time: Double
        var step: String
        var answer: String
      }

      var url: String
      var requests: Int
      var failed: Int
      var failedAsBefore: Int
      var retried: Int
      var slowest: Double
      var longestGap: Double
      var failures: [Failure]
      var clients: Clients?
    }

    private struct Clients: Decodable {
      var requests: Int?
      var failed: Int
      var requestsBefore: Int
      var failures: [Receipt.Failure]
    }

    private struct End: Decodable {
      var duration: Double
      var receipt: Receipt?
    }

    /// Deploys while twelve clients ask, and prints both views.
    private static func deploy(
      _ project: Project, plan: URL = Repository.plan, exits status: Int32 = 0
    ) async throws -> (Receipt, Tally, seconds: Double) {
      let load = Load(port: project.port, clients: 12, pause: 5)
      let ended = try await project.bgrun("--format", "json", plan: plan, exits: status)
      let tally = await load.stop()
      let last = try #require(ended.output.split(separator: "\n").last)
      let end = try JSONDecoder().decode(End.self, from: Data(last.utf8))
      let receipt = try #require(end.receipt, "\(ended)")
      print("\(end.duration) s; clients: \(tally); receipt: \(receipt)")
      return (receipt, tally, end.duration)
    }

    @Test func `a deploy under load: the receipt agrees with the clients`() async throws {
      try await Project.with(start: false, users: .unwatched) { project in
        try project.edit("nginx/nginx.conf", ["access_log off": "access_log /dev/stdout"])
        try await project.start()
        let (receipt, tally, seconds) = try await Self.deploy(project)
        #expect(tally.failed == 0 && receipt.failed == 0, "\(tally) \(receipt)")
        #expect(receipt.url == "http://127.0.0.1:\(project.port)/api/health")
        // Twenty a second since the proxy is known; a busy machine gets fewer.
        #expect(Double(receipt.requests) < seconds * 20 + 2)
        #expect(receipt.requests > 10)
        let clients = try #require(receipt.clients, "\(receipt)")
        #expect(clients.failed == 0, "\(clients)")
        #expect(try #require(clients.requests) > 10, "\(clients)")
        // Those that ask once it has been read are more.
        #expect((clients.requests ?? 0) + clients.requestsBefore <= tally.answered + 100)
      }
    }

    @Test func `a deploy that cuts slow answers is told how many, in which step and when`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        async let transfers = Shell.run(
          [
            "curl", "--silent", "--parallel", "--parallel-immediate", "--parallel-max", "12",
            "--output", "/dev/null", "http://127.0.0.1:\(project.port)/slow=20#[1-12]",
          ], in: project.folder)
        try await Task.sleep(for: .milliseconds(500))
        let plan = try project.plan(
          #"Run("docker", "kill", "\#(project.container(Colour.blue.service))").named("Kill blue")"#,
          before: "Stop(.previous)")
        let (receipt, _, seconds) = try await Self.deploy(project, plan: plan)
        #expect(try await transfers.status == 18)
        #expect(receipt.failed == 0, "\(receipt)")
        let clients = try #require(receipt.clients, "\(receipt)")
        #expect(clients.failed == 12 && clients.failures.count == 12, "\(clients)")
        #expect(clients.failures.allSatisfy { $0.step == "Kill blue" }, "\(clients)")
        #expect(clients.failures.allSatisfy { $0.time > 0 && $0.time < seconds }, "\(clients)")
      }
    }

    @Test func `a deploy that loses requests is told with their step, time and number`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        let plan = try project.plan(
          #"Run("docker", "restart", "--time", "0", "\#(project.container("nginx-proxy"))")"#
            + #".named("Restart the proxy")"#,
          before: "Stop(.previous)")
        let (receipt, tally, _) = try await Self.deploy(project, plan: plan)
        #expect(tally.failed > 0 && receipt.failed > 0, "\(tally) \(receipt)")
        // The receipt lists the first hundred; a busy machine loses more.
        #expect(receipt.failures.count == min(receipt.failed, 100))
        // On a busy machine nginx listens only some time after docker has restarted it.
        let steps = receipt.failures.map(\.step)
        #expect(steps.contains("Restart the proxy"), "\(steps)")
        #expect(Set(steps).isSubset(of: ["Restart the proxy", "Stop previous"]), "\(steps)")
        // About the same share of the requests: the receipt has few of them.
        let share = Double(tally.failed) / Double(tally.failed + tally.answered)
        #expect(abs(Double(receipt.failed) / Double(receipt.requests) - share) < 0.3)
        try await project.bgrun(
          "history", plan: plan, says: ["\(receipt.failed) of \(receipt.requests)"])
      }
    }
  }
}
