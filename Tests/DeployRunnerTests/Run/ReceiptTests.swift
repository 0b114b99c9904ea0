import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// Receipts of whole runs on a simulated host, in virtual time.
@Suite("Receipts") struct ReceiptTests {
  private static func plan(_ receipt: Receipt = Receipt()) -> Deploy {
    Deploy("grafana", health: "/api/health", receipt: receipt) {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Wait(2).named("Look around")
      Stop(.previous)
    }
  }

  private func run(
    _ plan: Deploy = plan(), with change: (inout RunOptions) -> Void = { _ in },
    on prepare: (SimulatedHost) -> Void = { _ in }
  ) async throws -> RunReport {
    let host = SimulatedHost(for: plan.application)
    prepare(host)
    var options = RunOptions()
    change(&options)
    return try await Deployer(executor: .mock(host), options: options).run(plan)
  }

  @Test func `a deploy without an outage loses no request, and every run gives the same receipt`()
    async throws
  {
    let receipt = try #require(try await run().receipt)
    #expect(receipt.url == "http://127.0.0.1:80/api/health")
    #expect(receipt.requests > 90 && receipt.failed == 0 && receipt.longestGap == 0)
    #expect(receipt.before != nil && receipt.during != nil && receipt.after != nil)
    #expect(try await run().receipt == receipt)
  }

  @Test func `an outage is told with its step and its time`() async throws {
    let report = try await run(on: { host in
      host.at(.milliseconds(4000)) { $0.stop("grafana-green") }
      host.at(.milliseconds(4200)) { $0.run("grafana-green") }
    })
    let receipt = try #require(report.receipt)
    #expect(receipt.failed > 3)
    #expect(receipt.failures.allSatisfy { $0.step == "Look around" }, "\(receipt.failures)")
    #expect(receipt.failures.allSatisfy { $0.time >= 4 }, "\(receipt.failures)")
  }

  @Test func `the requests change nothing on the simulated host`() async throws {
    let plan = Self.plan()
    var operations: [[String]] = []
    for takes in [true, false] {
      let host = SimulatedHost(for: plan.application)
      var options = RunOptions()
      options.takesReceipt = takes
      _ = try await Deployer(executor: .mock(host), options: options).run(plan)
      operations.append(host.operations.map { "\($0.began) \($0)" })
    }
    #expect(operations[0] == operations[1])
  }

  @Test func `there is none if the plan, the options or a dry run say so`() async throws {
    #expect(try await run(Self.plan(.off)).receipt == nil)
    #expect(try await run(with: { $0.takesReceipt = false }).receipt == nil)
    #expect(try await run(with: { $0.isDryRun = true }).receipt == nil)
  }

  @Test func `a failed deploy is measured until it is rolled back`() async throws {
    let plan = Deploy("grafana", health: "/api/health", receipt: Receipt(rate: 10)) {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Run("false")
    }
    let report = try await run(plan, on: { $0.fail(.command(containing: "false")) })
    #expect(report.outcome == .rolledBack)
    let receipt = try #require(report.receipt)
    #expect(receipt.failed == 0)
    #expect(abs(Double(receipt.requests) - (report.duration.inSeconds - 0.25) * 10) < 4)
  }

  @Test func `journals keep it, and those without it are readable`() async throws {
    let folder = try TemporaryFolder()
    let plan = Self.plan()
    let runner = Deployer.onRecord(SimulatedHost(for: plan.application), folder)
    let report = try await runner.run(plan)
    let state = try #require(
      try StateFolder.existing(at: folder.stateFolder, application: "grafana"))
    #expect(try state.journal.newest()?.end?.receipt == report.receipt)
  }

  @Test func `issues of a receipt are found in the plan`() {
    for receipt in [Receipt(rate: 500), Receipt(rate: -1), Receipt(path: "health")] {
      #expect(throws: PlanError.self) { try Self.plan(receipt).graph() }
    }
  }
}
