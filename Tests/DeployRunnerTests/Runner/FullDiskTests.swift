import DeployDSL
import DeployRunner
import Foundation
import Testing

@Suite("A disk that fills up in mid-run")
struct FullDiskTests {
  /// Fills the disk and fails, with more to say than the journal has room for.
  private struct FillDisk: PrimitiveStep {
    let path: String

    func run(in context: StepContext) async throws {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      let file = try #require(FileHandle(forWritingAtPath: path))
      while (try? file.write(contentsOf: Data(count: 4096))) != nil {}
      throw StepFailure(.code, String(repeating: "full ", count: 60_000))
    }
  }

  private func run(
    _ plan: Deploy, on host: SimulatedHost, _ disk: String
  ) async throws -> RunReport {
    var options = RunOptions()
    options.stateFolder = "\(disk)/.bgrun"
    return try await DeployRunner(executor: .mock(host), options: options).run(plan)
  }

  @Test(.needsRoot) func `what was done is taken back all the same`() async throws {
    try await SmallDisk.with(kilobytes: 1024) { disk in
      let plan = Deploy("app") {
        DetectActive()
        Up(.target)
        Health()
        SwapNginx()
        Reload()
        FillDisk(path: "\(disk)/fill")
      }
      let host = SimulatedHost(for: plan.application)
      let report = try await run(plan, on: host, disk)
      #expect(report.outcome == .rolledBack, "\(report)")
      #expect(host.serving == .blue && host.loadedColor == .blue && host.fileColor == .blue)
      #expect(!host.isRunning("app-green") && host.violations.isEmpty)
      // Its end is not on record: a person looks before the next run.
      try FileManager.default.removeItem(atPath: "\(disk)/fill")
      #expect(try await run(plan, on: host, disk).outcome == .locked)
    }
  }

  @Test(.needsRoot) func `nothing is begun while what was done is not on record`() async throws {
    try await SmallDisk.with(kilobytes: 1024) { disk in
      let plan = Deploy("app") {
        DetectActive()
        FillDisk(path: "\(disk)/fill").onFailure(.continue)
        Up(.target)
      }
      let host = SimulatedHost(for: plan.application)
      let report = try await run(plan, on: host, disk)
      #expect(report.failure?.message.hasSuffix("No space left on device") == true, "\(report)")
      #expect(!host.commands.contains { $0.contains(" up ") })
    }
  }
}
