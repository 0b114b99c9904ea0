import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Foundation
import Testing

@testable import DeployRunner

@Suite("A disk that fills up in mid-run")
struct FullDiskTests {
  /// What is used up.
  enum Lack: CaseIterable, Sendable {
    case blocks, inodes

    func with(_ body: (String) async throws -> Void) async throws {
      try await SmallDisk.with(
        kilobytes: self == .blocks ? 1024 : 4096, inodes: self == .inodes ? 60 : nil, body)
    }

    /// Uses up what there is.
    func fill(_ disk: String) throws {
      switch self {
      case .blocks:
        let path = "\(disk)/fill"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try #require(FileHandle(forWritingAtPath: path))
        for count in [4096, 64, 1] {
          while (try? file.write(contentsOf: Data(count: count))) != nil {}
        }
      case .inodes:
        var number = 0
        while FileManager.default.createFile(atPath: "\(disk)/fill-\(number)", contents: nil) {
          number += 1
        }
      }
    }
  }

  /// Fills the disk, and fails with more to say than the journal has room for.
  private struct FillDisk: PrimitiveStep {
    let lack: Lack
    let disk: String
    let host: SimulatedHost
    var fails = true

    func run(in context: StepContext) async throws {
      try lack.fill(disk)
      host.change { $0.fillDisk() }
      if fails { throw DeployError(.code, String(repeating: "full ", count: 60_000)) }
    }
  }

  private func plan(_ steps: [any Step] = []) -> Deploy {
    Deploy.standard(after: { Steps(steps) })
  }

  private func run(
    _ plan: Deploy, on host: SimulatedHost, _ disk: String,
    _ change: (inout RunOptions) -> Void = { _ in }
  ) async throws -> RunReport {
    var options = RunOptions(stateFolder: "\(disk)/.bgrun")
    change(&options)
    return try await Deployer(executor: .mock(host), options: options).run(plan)
  }

  private static let mounts: [SimulatedState.SiteMount] = [.file, .folder]

  @Test(.needsRoot, arguments: Lack.allCases, mounts)
  func `what was done is taken back all the same`(
    lack: Lack, mount: SimulatedState.SiteMount
  ) async throws {
    try await lack.with { disk in
      let host = SimulatedHost(for: plan().application, mount: mount)
      let plan = plan([FillDisk(lack: lack, disk: disk, host: host)])
      let report = try await run(plan, on: host, disk)
      #expect(report.outcome == .rolledBack, "\(report)")
      #expect(host.serving == .blue && host.loadedColor == .blue && host.fileColor == .blue)
      #expect(!host.isRunning("app-green") && host.violations.isEmpty)
    }
  }

  @Test(.needsRoot) func `a run whose end is not on record is looked after by a person`()
    async throws
  {
    try await Lack.blocks.with { disk in
      let host = SimulatedHost(for: plan().application)
      let plan = plan([FillDisk(lack: .blocks, disk: disk, host: host)])
      #expect(try await run(plan, on: host, disk).outcome == .rolledBack)
      try FileManager.default.removeItem(atPath: "\(disk)/fill")
      #expect(try await run(plan, on: host, disk).outcome == .locked)
    }
  }

  @Test(.needsRoot, arguments: Lack.allCases, mounts)
  func `an interrupted run is undone all the same`(
    lack: Lack, mount: SimulatedState.SiteMount
  ) async throws {
    try await lack.with { disk in
      let host = SimulatedHost(for: plan().application, mount: mount)
      host.fail(.command(containing: "flaky"))
      let plan = plan([Run("flaky")])
      let left = try await run(plan, on: host, disk) { $0.rollsBack = false }
      #expect(left.isInterrupted && host.serving == .green, "\(left)")
      try lack.fill(disk)
      host.change { $0.fillDisk() }
      let report = try await run(plan, on: host, disk) { $0.resume = .undo }
      #expect(report.outcome == .undone, "\(report)")
      #expect(host.serving == .blue && host.fileColor == .blue && !host.isRunning("app-green"))
      #expect(host.violations.isEmpty)
    }
  }

  @Test(.needsRoot, arguments: Lack.allCases, mounts)
  func `a rollback is made all the same, without a record`(
    lack: Lack, mount: SimulatedState.SiteMount
  ) async throws {
    try await lack.with { disk in
      let host = SimulatedHost(for: plan().application, mount: mount)
      #expect(try await run(plan(), on: host, disk).outcome == .succeeded)
      try lack.fill(disk)
      host.change { $0.fillDisk() }
      let refused = try await run(plan(), on: host, disk)
      #expect(refused.outcome == .unusable, "\(refused)")
      let notes = Collected<String>()
      var options = RunOptions(stateFolder: "\(disk)/.bgrun")
      options.goesBack = true
      let report = await Deployer(executor: .mock(host), options: options)
        .start(try Deployer.rollback(of: plan().graph())) { event in
          if case .note(let text) = event.kind { notes.add(text) }
        }.report()
      #expect(report.outcome == .succeeded, "\(report)")
      #expect(host.serving == .blue && host.fileColor == .blue && host.violations.isEmpty)
      #expect(notes.all.contains { $0.hasPrefix("this run has no journal") }, "\(notes.all)")
    }
  }

  @Test(.needsRoot) func `a deploy that had room when it began is finished`() async throws {
    try await Lack.blocks.with { disk in
      let host = SimulatedHost(for: plan().application, mount: .folder)
      let fill = FillDisk(lack: .blocks, disk: disk, host: host, fails: false)
      let plan = Deploy("app") {
        DetectActive()
        fill
        Up(.target)
        Health()
        SwapNginx()
        Reload()
        Stop(.previous)
      }
      let report = try await run(plan, on: host, disk)
      #expect(report.outcome == .succeeded, "\(report)")
      #expect(host.serving == .green && host.fileColor == .green && host.violations.isEmpty)
    }
  }

  @Test(.needsRoot) func `nothing is begun while what was done is not on record`() async throws {
    try await Lack.blocks.with { disk in
      let host = SimulatedHost(for: plan().application)
      let fill = FillDisk(lack: .blocks, disk: disk, host: host)
      let plan = Deploy("app") {
        DetectActive()
        fill.onFailure(.continue)
        Up(.target)
      }
      let report = try await run(plan, on: host, disk)
      #expect(report.failure?.message.hasSuffix("No space left on device") == true, "\(report)")
      #expect(!host.commands.contains { $0.contains(" up ") })
    }
  }
}
