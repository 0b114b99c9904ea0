import BgrunTestSupport
import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite("The events of runs that others follow")
struct EventStoreTests {
  private let folder: TemporaryFolder
  private let store: EventStore

  init() throws {
    folder = try TemporaryFolder()
    store = try EventStore(folder.state())
  }

  @Test func `what a run is told never lies on the disk`() throws {
    let run = RunID()
    #expect(throws: DeployError.self) { try store.tell(run, Array("too early".utf8)) }
    let heard = try store.listen(run)
    try store.tell(run, Array("hünter 2".utf8))
    try store.tell(run, Array("again".utf8))
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = read(heard.descriptor, &bytes, bytes.count)
    #expect(String(decoding: bytes[..<count], as: UTF8.self) == "hünter 2\nagain\n")
    let name = "\(folder.path)/.bgrun/grafana/events/\(run).told"
    var status = stat()
    #expect(stat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func `a run that has ended hears nothing`() throws {
    let run = RunID()
    let heard = try store.listen(run)
    try store.stopListening(run)
    #expect(throws: DeployError.self) { try store.tell(run, Array("too late".utf8)) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/.bgrun/grafana/events")
        == [])
    withExtendedLifetime(heard) {}
  }

  @Test func `a run that was killed hears nothing`() throws {
    let run = RunID()
    _ = try store.listen(run)
    #expect(throws: DeployError.self) { try store.tell(run, Array("too late".utf8)) }
  }

  @Test func `those of the oldest runs go, with their pipes`() throws {
    var runs: [RunID] = []
    for number in 0..<21 {
      let run = try #require(RunID("20261128-0000\(number + 10)-0000"))
      runs.append(run)
      _ = try store.create(run)
      _ = try store.listen(run)
    }
    #expect(try store.runs() == runs.dropFirst().reversed())
    let names = try FileManager.default.contentsOfDirectory(
      atPath: "\(folder.path)/.bgrun/grafana/events")
    #expect(!names.contains { $0.hasPrefix("\(runs[0])") })
  }
}
