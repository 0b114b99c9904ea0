import BgrunTestSupport
import DeployDSL
import DeployRunner
import Foundation
import Testing

@testable import bgrun

@Suite("The run that is followed")
struct FollowedRunTests {
  private let bench: Workbench
  private let store: EventStore

  init() throws {
    bench = try Workbench()
    let state = try StateFolder.prepare(
      at: bench.folder.appending(path: ".bgrun").path, application: "x", needsRoom: false)
    store = try EventStore(state)
  }

  /// A run whose ID says when it began; its process is this one.
  private func run(at time: Timestamp, end: Int32?) throws -> RunID {
    let id = RunID(at: time)
    let events = try #require(try store.create(id))
    let graph = try Deploy("x") { Print("x") }.graph()
    let group = DeploymentGroup([
      .alone(
        DeploymentGroup.Member(
          graph, on: Deployer(executor: .docker(project: bench.folder.path), options: RunOptions()))
      )
    ])
    var records = [RunRecord.began(RunRecord.Beginning(group, .deploy))]
    if let end { records.append(.ended(exitCode: end, nil)) }
    for record in records {
      Files.write(record.jsonLine + [UInt8(ascii: "\n")], to: events.descriptor)
    }
    return id
  }

  @Test(arguments: [-600, 0, 600])
  func `is the one under way, wherever the clock was when others began`(shift: Int) throws {
    let now = Timestamp.now.seconds
    let alive = try run(at: Timestamp(seconds: now), end: nil)
    _ = try run(at: Timestamp(seconds: now + shift + 1), end: 0)
    #expect(try FollowedRun.newest(in: store) == alive)
  }

  @Test func `is none that another deploy kept out, if there is another one`() throws {
    let now = Timestamp.now.seconds
    let ended = try run(at: Timestamp(seconds: now), end: 3)
    _ = try run(at: Timestamp(seconds: now + 1), end: LockError.exitCode)
    #expect(try FollowedRun.newest(in: store) == ended)
  }
}
