import DeployDSL
import Testing

@testable import DeployRunner

@Suite("Every single fault in a group that is one") struct AtomicFaultTests {
  private struct Trouble: Error {}
  private static let faults: [SimulatedFault] = [.failing(), .reportingFailureButDone, .hanging]

  /// What only looks can fail; the rest makes a difference to changes only.
  private static func isWorthwhile(_ fault: Int, _ run: OperationRun) -> Bool {
    fault == 0 || run.operation.effect == .change
  }

  @Test("of the last one: all are deployed, or none, and nobody sees an outage", arguments: 0...2)
  func last(fault: Int) async throws {
    let good = try FleetUnderTest(["a", "b"])
    _ = try await good.run([.atomically(good.members)])
    let operations = good.host("b").operations
    let count = operations.count
    #expect(count > 10)
    for number in 1...count where Self.isWorthwhile(fault, operations[number - 1]) {
      let fleet = try FleetUnderTest(["a", "b"])
      fleet.host("b").fail(.operation(number), Self.faults[fault])
      let report = try await fleet.run([.atomically(fleet.members)])
      let place: Comment = "operation \(number) of \(count): \(report.members.map(\.fate))"
      #expect(fleet.violations.isEmpty, place)
      if report.exitCode != 4 { #expect(fleet.serving[0] == fleet.serving[1], place) }
      if [0, 7].contains(report.exitCode) { #expect(fleet.serving[0] == .green, place) }
    }
  }

  @Test("of bringing back: nobody sees an outage, and what stays is said", arguments: 0...2)
  func bringingBack(fault: Int) async throws {
    func makeFleet() throws -> FleetUnderTest {
      try FleetUnderTest(["a", "b"], before: { $0 == "b" ? [Tell { throw Trouble() }] : [] })
    }
    let good = try makeFleet()
    _ = try await good.run([.alone(good.members[0])])
    let forward = good.host("a").operations.count
    let whole = try makeFleet()
    _ = try await whole.run([.atomically(whole.members)])
    let operations = whole.host("a").operations
    let count = operations.count
    #expect(count > forward + 10)
    for number in forward + 1...count where Self.isWorthwhile(fault, operations[number - 1]) {
      let fleet = try makeFleet()
      fleet.host("a").fail(.operation(number), Self.faults[fault])
      let report = try await fleet.run([.atomically(fleet.members)])
      let place: Comment = "operation \(number) of \(count): \(report.members.map(\.fate))"
      #expect(fleet.violations.isEmpty, place)
      let isNew = fleet.serving[0] == .green
      #expect((report.members[0].fate == .notBroughtBack) == isNew, place)
      #expect(report.exitCode == (isNew ? 4 : 3), place)
    }
  }
}
