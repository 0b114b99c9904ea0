import DeployRunner
import DeploySimulator

/// The rehearsals of a group, for people and programs: each fault at each of its places.
struct RehearsedGroup {
  /// One of them, for programs.
  struct Row: Encodable {
    /// The applications and hosts.
    var group: [String]
    /// `wave 2 of 3`, or the application; none for the run without a fault.
    var place: String?
    var fault: String
    /// `nil` if the machine that bgrun runs on is lost.
    var exitCode: Int32?
    /// How many have the new version in the end.
    var switched: Int
    var problems: [String]
  }

  /// A kind of fault, as a line of the table.
  private enum Kind: String, CaseIterable {
    case fails = "its deploy fails"
    case locked = "another deploy holds its lock"
    case interrupted = "Ctrl-C"
    case connection = "its connection is lost"
    case controller = "this machine is lost"
    case noWayBack = "it cannot be rolled back"

    init?(_ scenario: GroupScenario) {
      switch scenario.incidents.first?.fault {
      case .versionIsSick: self = .fails
      case .isLocked: self = .locked
      case .isInterrupted: self = .interrupted
      case .connectionIsLost: self = .connection
      case .controllerIsLost: self = .controller
      case .cannotGoBack: self = .noWayBack
      case .operation, nil: return nil
      }
    }
  }

  private let group: SimulatedGroup
  private let places: [DeploymentGroup.Place]
  private let good: GroupRehearsal
  private var cells: [Kind: [DeploymentGroup.Place: GroupRehearsal]] = [:]

  init(_ group: SimulatedGroup) async {
    self.group = group
    places = group.group.places
    good = await group.group.rehearse { group.host($0) }
    // Faults in a run that fails without one would show nothing.
    guard good.switched == good.hosts.count, good.violations.isEmpty else { return }
    for place in places {
      for scenario in group.group.scenarios(at: place.member) {
        guard let kind = Kind(scenario) else { continue }
        cells[kind, default: [:]][place] = await group.group.rehearse(scenario) { group.host($0) }
      }
    }
  }

  var isSafe: Bool {
    !cells.isEmpty
      && cells.values.allSatisfy { $0.values.allSatisfy(\.violations.isEmpty) }
  }

  // MARK: JSON

  var rows: [Row] {
    let titles = group.group.titles
    func row(_ rehearsal: GroupRehearsal, _ place: String?) -> Row {
      Row(
        group: titles, place: place, fault: rehearsal.scenario.text(titles),
        exitCode: rehearsal.report?.exitCode, switched: rehearsal.switched,
        problems: rehearsal.violations.map(\.text))
    }
    return [row(good, nil)]
      + Kind.allCases.flatMap { kind in
        places.compactMap { place in cells[kind]?[place].map { row($0, place.title) } }
      }
  }

  // MARK: Text

  var text: String {
    let body = Kind.allCases.filter { cells[$0] != nil }.map { kind in
      [kind.rawValue] + places.map { place in cells[kind]?[place].map(shown) ?? "·" }
    }
    let table = Table(["fault on one host of"] + places.map(\.title), body).text
    var lines = ["\(group.title), simulated", "  no fault: \(shown(good))"]
    if !body.isEmpty { lines += table.split(separator: "\n").map { "  \($0)" } }
    lines.append("  how many have the new version · exit code; –: there is none")
    lines += problems
    if isSafe { lines.append("  after each of them, the deploy of what is left succeeds") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func shown(_ rehearsal: GroupRehearsal) -> String {
    let mark = rehearsal.violations.isEmpty ? "" : "!"
    let code = rehearsal.report.map { "\($0.exitCode)" } ?? "–"
    return "\(rehearsal.switched) of \(rehearsal.hosts.count) · \(code)\(mark)"
  }

  private var problems: [String] {
    let titles = group.group.titles
    let all = [good] + Kind.allCases.flatMap { kind in places.compactMap { cells[kind]?[$0] } }
    return RehearsedPlan.problems(
      all.flatMap { rehearsal in
        rehearsal.violations.map { ($0.text, "when: \(rehearsal.scenario.text(titles))") }
      })
  }
}
