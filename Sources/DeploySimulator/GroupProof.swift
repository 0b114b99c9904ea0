import DeployDSL
package import DeployRunner

/// The result of a search for scenarios in which a deployment group breaks a contract.
package struct GroupProof: Sendable {
  /// A scenario in which a contract is broken.
  package struct Counterexample: Sendable {
    package var scenario: GroupScenario
    package var violation: Violation
    /// How each member ended, a line each.
    package var endings: [String]
  }

  /// One level for each number of faults.
  package internal(set) var levels: [Proof.Level] = []
  /// The shortest scenario of each kind of violation.
  package internal(set) var counterexamples: [Counterexample] = []

  /// Whether no contract is broken, and at least each fault was played alone.
  package var isProved: Bool { counterexamples.isEmpty && levels.provesSomething }
}

extension DeploymentGroup {
  /// Searches for scenarios in which the group breaks a contract: first those with one fault at one
  /// of its ``places``, then those with a fault at each of two places.
  ///
  /// What happens on one host after its bgrun has died there is the business of its own plan's
  /// ``DeployDSL/StepGraph/prove(_:on:)``.
  ///
  /// - Parameter makeHost: creates the host of a member, the same each time.
  package func prove(
    _ limits: Proof.Limits, on makeHost: @escaping @Sendable (Int) -> SimulatedHost
  ) async -> GroupProof {
    let span = SearchSpan(limits)
    var (proof, violated) = (GroupProof(), Set<Violation.Contract>())
    var reached: [GroupScenario: Set<Int>] = [:]

    func play(_ scenarios: [GroupScenario], faults: Int) async {
      var random = Random(state: limits.seed &+ UInt64(faults))
      var level = Proof.Level(faults: faults, all: scenarios.count)
      var found: [(text: String, GroupRehearsal)] = []
      let chosen = scenarios.shuffled(using: &random).prefix(limits.cells ?? .max)
      await workOn(chosen, atOnce: limits.width, while: { span.isOpen }) { scenario in
        await self.rehearse(scenario, on: makeHost)
      } take: { rehearsal in
        level.played += 1
        span.note(level)
        if faults == 1 { reached[rehearsal.scenario] = rehearsal.started }
        if !rehearsal.violations.isEmpty {
          found.append((rehearsal.scenario.text(titles), rehearsal))
        }
      }
      proof.levels.append(level)
      // The same ones, whichever ended first.
      for (_, rehearsal) in found.sorted(by: { $0.text < $1.text }) {
        for violation in rehearsal.violations where violated.insert(violation.contract).inserted {
          proof.counterexamples.append(
            .init(
              scenario: rehearsal.scenario, violation: violation,
              endings: rehearsal.endings(titles)))
        }
      }
    }

    var single: [[GroupScenario]] = []
    for place in places {
      single.append(
        scenarios(at: place.member) + (await operationFaults(of: place.member, on: makeHost)))
    }
    await play(single.flatMap(\.self), faults: 1)
    guard limits.depth > 1, proof.counterexamples.isEmpty else { return proof }
    // A second fault at a member that is not started would strike nothing.
    let pairs = single.indices.flatMap { first in
      single[first].flatMap { one in
        single.indices[(first + 1)...].flatMap { second -> [GroupScenario] in
          guard reached[one]?.contains(places[second].member) == true else { return [] }
          return single[second].map { GroupScenario(one.incidents + $0.incidents) }
        }
      }
    }
    if !pairs.isEmpty { await play(pairs, faults: 2) }
    return proof
  }

  /// A fault of each operation of a member's deploy at which one makes a difference.
  private func operationFaults(
    of member: Int, on makeHost: (Int) -> SimulatedHost
  ) async -> [GroupScenario] {
    let graph = members[member].graph
    let good = await graph.rehearse(on: makeHost(member), .rehearsed)
    return graph.faultPoints(in: good).flatMap { point in
      GroupFault.ofOperations.filter { $0.applies(to: point.run.operation) }.map { fault in
        let incident = Scenario.Incident(fault, at: point.run, of: good.host.operations)
        return GroupScenario([.init(.operation(incident), at: member)])
      }
    }
  }
}

extension GroupFault {
  /// The faults of operations that a member's own deploy has to deal with.
  fileprivate static let ofOperations: [RehearsedFault] = [
    .fails, .reportsFailure, .hangs, .hangsWhenDone, .findsDiskFull, .pretends,
  ]
}

extension GroupRehearsal {
  /// How each member ended, a line each.
  private func ending(of member: Int) -> String {
    let fate = report?.members[member].fate.rawValue ?? "on its own"
    return "\(fate), \(after[member]?.rawValue ?? "no colour") serves"
  }

  fileprivate func endings(_ titles: [String]) -> [String] {
    hosts.indices.map { "\(titles[$0]): \(ending(of: $0))" }
  }
}
