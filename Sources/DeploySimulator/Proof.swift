package import DeployDSL
import DeployRunner

/// The result of a search for scenarios that contradict the contracts of bgrun.
package struct Proof: Sendable {
  /// What is searched.
  package struct Limits: Sendable {
    /// How many faults a scenario has at most.
    package var depth = 2
    /// How long to search; `nil` until all is done.
    package var time: Duration?
    /// The maximum number of scenarios of one length; `nil` for all.
    package var cells: Int?
    /// Chooses which come first.
    package var seed: UInt64 = 1
    /// How many are played at the same time.
    package var width = 8
    /// Told how far a level is, from time to time; returns whether to continue.
    package var onProgress: @Sendable (Level) -> Bool = { _ in true }

    package init() {}
  }

  /// The scenarios with one number of faults.
  package struct Level: Sendable {
    /// The number of faults.
    package var faults: Int
    /// How many were played.
    package var played = 0
    /// How many there are, behind those that were played with one fault less.
    package var all: Int
    /// How many of the played ones had a fault that never struck.
    package var missed = 0

    /// Whether none was left out.
    package var isWhole: Bool { played == all }
  }

  /// One level for each number of faults.
  package internal(set) var levels: [Level] = []
  /// The shortest scenario of each kind of violation.
  package internal(set) var counterexamples: [Counterexample] = []
  /// The run without a fault.
  package internal(set) var good: Rehearsal
  /// In how many different states the scenarios end: the next deploy was played from each.
  package internal(set) var endStates = 0

  /// Whether no contract is broken, and at least each fault was played alone.
  package var isProved: Bool { counterexamples.isEmpty && levels.provesSomething }
}

extension [Proof.Level] {
  /// Whether none was left out at any level.
  package var isWhole: Bool { allSatisfy(\.isWhole) }
  /// Whether at least each fault was played alone.
  package var provesSomething: Bool { first?.isWhole ?? true }
}

/// A scenario in which a contract is broken.
package struct Counterexample: Sendable {
  package var scenario: Scenario
  package var violation: Violation
  /// What happened, a line each.
  package var timeLine: [String]

  /// Whether its test finds it, too: tests play a plan on an invented host, not on a copy of this one.
  package func isFoundByTest(of graph: StepGraph) async -> Bool {
    await graph.violations(of: scenario, on: SimulatedHost(for: graph.application))
      .contains { $0.contract == violation.contract }
  }

  /// A test that fails as long as the contract is broken.
  package var test: String {
    """
    @Test func `the contract "\(violation.contract.rawValue)" holds`() async throws {
      let scenario = \(scenario.swift)
      #expect(try await plan.violations(of: scenario) == [])
    }
    """
  }
}

extension StepGraph {
  /// Searches for scenarios that contradict the contracts of bgrun: first all with one fault, then
  /// those with two, and so on, within the limits.
  ///
  /// - Parameter makeHost: creates a new, identical host for each scenario.
  package func prove(
    _ limits: Proof.Limits, on makeHost: @escaping @Sendable () -> SimulatedHost
  ) async -> Proof {
    var search = ProofSearch(self, limits, makeHost)
    return await search.run()
  }
}

/// Plays scenarios with more and more faults.
private struct ProofSearch {
  /// An operation that a fault can hit.
  struct Point: Hashable, Sendable {
    var operation: String
    var number: Int
    var faults: [RehearsedFault]
  }

  /// A scenario that was played, and where another fault can hit it.
  struct Cell: Sendable {
    var scenario: Scenario
    var violations: [Violation]
    var points: [Point]
    var hasStruck: Bool

    /// The scenarios with one fault more.
    var children: [Scenario] {
      points.flatMap { point in
        point.faults.flatMap { fault in
          let isFirst = fault.isDeath && !scenario.hasDeath
          return (isFirst ? Scenario.Following.allCases : [scenario.following]).map { following in
            let incident = Scenario.Incident(fault, at: point.operation, number: point.number)
            return Scenario(scenario.incidents + [incident], following)
          }
        }
      }
    }
  }

  /// How many scenarios of a level are extended: more than can be played in any time.
  static let most = 5000

  let graph: StepGraph
  let limits: Proof.Limits
  let makeHost: @Sendable () -> SimulatedHost
  let span: SearchSpan
  let nextDeploys = NextRuns<Violation?>()
  var found: [(scenario: Scenario, violation: Violation)] = []

  init(
    _ graph: StepGraph, _ limits: Proof.Limits,
    _ makeHost: @escaping @Sendable () -> SimulatedHost
  ) {
    (self.graph, self.limits, self.makeHost) = (graph, limits, makeHost)
    span = SearchSpan(limits)
  }

  mutating func run() async -> Proof {
    let (good, span) = (await Self.play(Scenario([]), graph, makeHost()), span)
    var proof = Proof(good: good)
    found += good.violations.map { (Scenario([]), $0) }
    var parents = found.isEmpty ? [Self.cell(good)] : []
    for count in 1...max(1, limits.depth) {
      var children = parents.flatMap(\.children)
      var level = Proof.Level(faults: count, all: children.count)
      guard !children.isEmpty else { break }
      var random = Random(state: limits.seed &+ UInt64(count))
      children.shuffle(using: &random)
      parents = []
      await explore(children.prefix(limits.cells ?? .max)) { cell in
        level.played += 1
        span.note(level)
        if !cell.hasStruck { level.missed += 1 }
        if cell.violations.isEmpty, cell.hasStruck, parents.count < Self.most {
          parents.append(cell)
        }
      }
      proof.levels.append(level)
      // How many there are behind those that time was too short for is unknown.
      guard count < limits.depth, level.isWhole || limits.cells != nil else { break }
      // The same order, whichever ended first.
      parents.sort { $0.scenario.description < $1.scenario.description }
    }
    proof.counterexamples = await shortest()
    proof.endStates = nextDeploys.count
    return proof
  }

  private mutating func explore(
    _ scenarios: some Collection<Scenario>, _ take: (Cell) -> Void
  ) async {
    let (graph, makeHost, nextDeploys, span) = (graph, makeHost, nextDeploys, span)
    var found: [(Scenario, Violation)] = []
    let batches = Self.batches(of: scenarios)
    await workOn(batches, atOnce: limits.width, while: { span.isOpen }) { batch in
      await Self.cells(of: batch, graph, makeHost, nextDeploys)
    } take: { cells in
      for cell in cells {
        found += cell.violations.map { (cell.scenario, $0) }
        take(cell)
      }
    }
    self.found += found
  }

  /// How many scenarios are played one after the other, at most, once they have begun together.
  private static let longestBatch = 16

  /// The scenarios in batches that begin with the same death.
  private static func batches(of scenarios: some Collection<Scenario>) -> [[Scenario]] {
    var batches: [[Scenario]] = []
    var open: [Scenario: Int] = [:]
    for scenario in scenarios {
      guard let beginning = scenario.untilDeath else {
        batches.append([scenario])
        continue
      }
      if let index = open[beginning], batches[index].count < longestBatch {
        batches[index].append(scenario)
      } else {
        open[beginning] = batches.count
        batches.append([scenario])
      }
    }
    return batches
  }

  /// Plays a batch: what its scenarios have in common once, and each of them from there on.
  private static func cells(
    of batch: [Scenario], _ graph: StepGraph, _ makeHost: () -> SimulatedHost,
    _ nextDeploys: NextRuns<Violation?>
  ) async -> [Cell] {
    var cells: [Cell] = []
    guard batch.count > 1, let beginning = batch.first?.untilDeath else {
      for scenario in batch {
        let play = ScenarioPlay(graph, scenario, on: makeHost(), isProof: true)
        cells.append(cell(await play.checked(nextDeploys)))
      }
      return cells
    }
    let common = ScenarioPlay(graph, beginning, on: makeHost(), isProof: true)
    defer { common.end() }
    await common.begin()
    for scenario in batch {
      cells.append(cell(await common.continued(by: scenario).checked(nextDeploys)))
    }
    return cells
  }

  private static func play(
    _ scenario: Scenario, _ graph: StepGraph, _ host: SimulatedHost
  ) async -> Rehearsal {
    await ScenarioPlay(graph, scenario, on: host, isProof: true).checked()
  }

  // MARK: Points

  private static func cell(_ rehearsal: Rehearsal) -> Cell {
    let (scenario, course) = (rehearsal.scenario, rehearsal.course)
    return Cell(
      scenario: scenario, violations: rehearsal.violations, points: points(in: rehearsal),
      hasStruck: course.strikes.count >= scenario.incidents.count)
  }

  /// The operations behind the last fault: those that change the host, and the first and the last
  /// look between two of them.
  private static func points(in rehearsal: Rehearsal) -> [Point] {
    let course = rehearsal.course
    let operations = rehearsal.host.operations.prefix(course.operations)
    let first = course.strikes.last?.operation ?? 0
    var counts: [String: Int] = [:]
    var points: [Point] = []
    var looks: [Point] = []
    for run in operations {
      counts[run.text, default: 0] += 1
      guard run.number > first, !course.lost.contains(run.number) else { continue }
      let isChange = run.operation.effect == .change
      let faults = (isChange ? RehearsedFault.ofChanges : RehearsedFault.ofReads).filter {
        $0.applies(to: run.operation) && !($0 == .pretends && run.operation.isWrite)
      }
      let point = Point(operation: run.text, number: counts[run.text] ?? 1, faults: faults)
      if isChange {
        points += looks.ends + [point]
        looks = []
      } else {
        looks.append(point)
      }
    }
    return points + looks.ends
  }

  // MARK: Counterexamples

  /// One counterexample for each contract that is broken, as short as possible.
  private func shortest() async -> [Counterexample] {
    var seen: Set<Violation.Contract> = []
    let sorted = found.sorted { one, other in
      let lengths = (one.scenario.incidents.count, other.scenario.incidents.count)
      return lengths.0 == lengths.1
        ? one.scenario.description < other.scenario.description : lengths.0 < lengths.1
    }
    var shortest: [Counterexample] = []
    for (scenario, violation) in sorted where seen.insert(violation.contract).inserted {
      shortest.append(await shrink(scenario, violation))
    }
    return shortest
  }

  /// Leaves out faults as long as the same contract stays broken.
  private func shrink(_ scenario: Scenario, _ violation: Violation) async -> Counterexample {
    var (best, broken) = (scenario, violation)
    var rehearsal = await Self.play(best, graph, makeHost())
    var candidates = Self.simpler(best)
    while let next = candidates.popLast() {
      let played = await Self.play(next, graph, makeHost())
      guard let same = played.violations.first(where: { $0.contract == violation.contract })
      else { continue }
      (best, broken, rehearsal) = (next, same, played)
      candidates = Self.simpler(best)
    }
    return Counterexample(scenario: best, violation: broken, timeLine: rehearsal.timeLine)
  }

  private static func simpler(_ scenario: Scenario) -> [Scenario] {
    var simpler: [Scenario] = []
    if scenario.hasDeath, scenario.following != .resume {
      simpler.append(Scenario(scenario.incidents, .resume))
    }
    for index in scenario.incidents.indices {
      var shorter = scenario
      shorter.incidents.remove(at: index)
      if !shorter.hasDeath { shorter.following = .resume }
      simpler.append(shorter)
    }
    return simpler
  }
}

extension [ProofSearch.Point] {
  /// The first and the last one.
  fileprivate var ends: [ProofSearch.Point] { [first, count > 1 ? last : nil].compactMap(\.self) }
}

extension HostOperation {
  /// Whether it writes a file: what the kernel reports about that is so.
  fileprivate var isWrite: Bool { if case .writeFile = request { true } else { false } }
}

/// How long to search: until the time is over, or whoever watches wants no more.
final class SearchSpan {
  private let deadline: ContinuousClock.Instant?
  private let onProgress: (Proof.Level) -> Bool
  private var isEnded = false

  init(_ limits: Proof.Limits) {
    deadline = limits.time.map { .now + $0 }
    onProgress = limits.onProgress
  }

  var isOpen: Bool { !isEnded && deadline.map { .now < $0 } ?? true }

  func note(_ level: Proof.Level) { if !onProgress(level) { isEnded = true } }
}

/// SplitMix64: the same numbers for the same seed.
struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
