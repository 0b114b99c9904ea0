import DeployDSL
import DeployRunner
import DeploySimulator

/// `bgrun rehearse PLAN`: runs the plan on a copy of its host with each fault at each step; exits with
/// 0 if there was no downtime and no run needed manual intervention.
struct RehearseCommand: ToolCommand {
  let name = "rehearse"
  let summary = "run the plan on a copy of its host, with each fault at each step"
  let options = [.invented, .show] + CommandOption.application + [.format, .verbose]
  let examples = ["bgrun rehearse", "bgrun rehearse Plans/grafana.swift --verbose"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    var isSafe = true
    let file = try PlanLoader(options: options, output: output).loadAll()
    for plan in file.plans {
      let copy = await HostCopy(of: plan, options)
      if let note = copy.note { output.complain(note) }
      let rehearsed = await RehearsedPlan(plan.graph, on: copy)
      if let cell = options.cell, options.format == .json {
        try output.write(json: rehearsed.row(of: cell))
      } else if let cell = options.cell {
        output.tell(try rehearsed.timeLine(of: cell))
      } else if options.format == .json {
        for row in rehearsed.rows { try output.write(json: row) }
      } else {
        output.tell(rehearsed.text(isVerbose: options.isVerbose))
        if copy.snapshot != nil, let refusal = try Self.refusal(of: plan, options) {
          output.tell(
            "  a deploy would not start now: \(refusal.message)"
              + (refusal.fix.map { "; \($0)" } ?? "") + "\n")
        }
      }
      isSafe = isSafe && rehearsed.isSafe
    }
    if options.cell == nil {
      let together = try await runTogether(file, options, output)
      isSafe = isSafe && together == ExitCode.done.rawValue
    }
    return isSafe ? ExitCode.done.rawValue : ExitCode.failed.rawValue
  }

  func runTogether(_ file: LoadedFile, _ options: Options, _ output: Output) async throws -> Int32 {
    guard let group = await SimulatedGroup(file, options) else { return ExitCode.done.rawValue }
    let rehearsed = await RehearsedGroup(group)
    if options.format == .json {
      for row in rehearsed.rows { try output.write(json: row) }
    } else {
      output.tell(rehearsed.text)
    }
    return rehearsed.isSafe ? ExitCode.done.rawValue : ExitCode.failed.rawValue
  }
}

extension RehearseCommand {
  /// Why a deploy would be refused now on the host that was copied: the copy knows neither locks nor
  /// interrupted runs. `nil` if it would start.
  private static func refusal(of plan: LoadedPlan, _ options: Options) throws -> DeployError? {
    guard let folder = try? StatePath.find(options, plan),
      let state = try StateFolder.existing(at: folder, application: plan.graph.application.name)
    else { return nil }
    if let freeze = try state.lock.freeze { return LockError.frozen(freeze).failure }
    return try state.journal.interrupted().map { LockError.interrupted($0).failure }
  }
}

/// A plan's rehearsals, for people and programs.
struct RehearsedPlan {
  private let graph: StepGraph
  private let copy: HostCopy
  /// The run without a fault.
  private let good: Rehearsal
  private let table: FaultTable
  /// How long `bgrun rollback` takes after the deploy; `nil` if it fails.
  private let rollback: Duration?
  /// The colour that is active before each run.
  private let active: Color
  private(set) var rows: [RehearsalRow]
  /// How many of the rows are about circumstances.
  private var circumstances = 0

  init(_ graph: StepGraph, on copy: HostCopy) async {
    (self.graph, self.copy) = (graph, copy)
    active = copy.host().serving ?? .blue
    good = await graph.rehearse(Scenario(), on: copy.host())
    rows = [RehearsalRow(good, "none")]
    if let failure = good.report.failure { rows[0].problems.append("\(failure)") }
    for circumstance in Circumstance.all {
      let (host, usual) = (copy.host(), copy.host())
      host.change { circumstance.change(&$0) }
      // A site may have no place for it.
      guard !host.world.isLike(usual.world) else { continue }
      circumstances += 1
      rows.append(RehearsalRow(await graph.rehearse(Scenario(), on: host), circumstance.text))
    }
    table = await graph.faultTable(after: good, .rehearsed) { copy.host() }
    rows += table.cells.map { RehearsalRow($0, in: graph) }
    rollback = await Self.rollback(of: graph, after: good)
  }

  private static func rollback(
    of graph: StepGraph, after good: Rehearsal
  ) async -> Duration? {
    guard good.report.exitCode == 0, let plan = try? Deployer.rollback(of: graph) else {
      return nil
    }
    let report = await plan.rehearse(on: good.host, .rehearsed).report
    return report.outcome == .succeeded ? report.duration : nil
  }

  var isSafe: Bool { rows.allSatisfy(\.problems.isEmpty) && manual == 0 }

  /// How many runs with a fault that a plan can keep from doing harm need manual intervention.
  private var manual: Int {
    table.cells.count { $0.column != .accident && $0.exitCode == 4 }
  }

  // MARK: Text

  func text(isVerbose: Bool) -> String {
    let version = good.report.versions?.text.map { ", \($0)" } ?? ""
    var lines = ["\(graph.application.name) on a \(copy.description)\(version), \(active) active"]
    lines.append("  no fault  \(rows[0].ending)")
    lines.append(tableText)
    lines += legend
    lines += rows[1...circumstances].map { "  \($0.fault): \($0.ending)" }
    lines += summary + problems
    if isVerbose {
      lines += table.cells.map { cell in
        let row = RehearsalRow(cell, in: graph)
        return "  \(cell.number) \(cell.operation) \(cell.fault.rawValue): \(row.ending)"
      }
    }
    if let omissions = copy.omissions { lines.append(omissions) }
    let cell = Command(["--show", longest?.place ?? "1:fails"])
    let invented = copy.isInvented ? " --invented" : ""
    lines.append("  the time line of a cell: `bgrun rehearse PLAN\(invented) \(cell)`")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The width of the steps' names that leaves 80 columns for the table.
  private static let nameWidth = 13

  private var tableText: String {
    let nodes = graph.nodes.indices.filter { node in table.cells.contains { $0.node == node } }
    let columns = FaultTable.Column.allCases.filter { $0 != .accident }
    let body = nodes.flatMap { node in
      let name = graph.nodes[node].name.wrapped(first: Self.nameWidth, toWidth: Self.nameWidth)
      let cells = columns.map { column in shown(node, column) } + [wayBack(of: node)]
      return [["\(node + 1)", name.first ?? ""] + cells]
        + name.dropFirst().map { ["", $0] + cells.map { _ in "" } }
    }
    return Table(["", "step"] + columns.map(\.heading) + ["way back"], body).text.split(
      separator: "\n"
    ).map { "  " + $0 }.joined(separator: "\n")
  }

  /// How the worst run of a cell ended: who serves, and the exit code.
  private func shown(_ node: Int, _ column: FaultTable.Column) -> String {
    table.worst(at: .init(node: node, column)).map { cell in
      letter(cell.serving) + "\(cell.exitCode)"
        + (RehearsalRow(cell, in: graph).problems.isEmpty ? "" : "!")
    } ?? "·"
  }

  private func letter(_ color: Color?) -> String { color.map { $0 == .blue ? "B" : "G" } ?? "–" }

  /// How long it takes at most to undo everything after a fault of a step.
  private func wayBack(of node: Int) -> String {
    let times = table.cells.filter { $0.node == node && $0.column != .accident }
      .compactMap(\.wayBack)
    return times.max()?.forPeople ?? "–"
  }

  private var legend: [String] {
    [
      "  B, G, –: blue, green or no colour serves · number: exit code",
      "  lies: done, but reported as failed · kill: kill -9, then `bgrun resume`; reboot, too",
      "  2nd: a second run, which must be locked out · disk: the disk is full",
      "  way back: from noticing the failure to the end of the rollback, at most",
    ]
  }

  /// The cell with the longest way back.
  private var longest: (place: String, time: Duration)? {
    let cells = table.cells.filter { $0.column != .accident && $0.wayBack != nil }
    return cells.max { ($0.wayBack ?? .zero) < ($1.wayBack ?? .zero) }.map {
      ("\($0.number):\($0.column.rawValue)", $0.wayBack ?? .zero)
    }
  }

  private var summary: [String] {
    let cells = table.cells.filter { $0.column != .accident }
    let inPlan = cells.filter { $0.column != .reboot }
    let accidents = table.cells.filter { $0.column == .accident }
    let outage = inPlan.map(\.outage).max() ?? .zero
    var lines = [
      "  \(cells.count) runs: longest time without a good answer \(outage.forPeople), "
        + "\(manual) need manual intervention"
        + (longest.map { ", longest way back \($0.time.forPeople) (\($0.place))" } ?? "")
    ]
    if let reboot = cells.filter({ $0.column == .reboot }).map(\.outage).max() {
      lines.append("  a reboot: no answer for up to \(reboot.forPeople), as the machine is down")
    }
    if let rollback {
      lines.append("  afterwards: `bgrun rollback PLAN` takes \(rollback.forPeople)")
    }
    let honest = accidents.allSatisfy { RehearsalRow($0, in: graph).problems.isEmpty }
    lines.append(
      "  \(accidents.count) accidents, which no plan can prevent"
        + (honest ? ": every run reported its outage" : ""))
    if isSafe { lines.append("  no downtime; no manual intervention needed") }
    return lines
  }

  /// The worst of the runs with a fault that a plan can keep from doing harm.
  var worst: PlannedRun.Worst {
    let cells = table.cells.filter { $0.column != .accident }
    let up = cells.filter { $0.column != .reboot }
    return PlannedRun.Worst(
      runs: cells.count, outage: (up.map(\.outage).max() ?? .zero).inSeconds,
      wayBack: longest?.time.inSeconds, manual: manual)
  }

  /// Each problem once, with the first fault that caused it.
  private var problems: [String] {
    Self.problems(rows.flatMap { row in row.problems.map { ($0, row.circumstances) } })
  }

  static func problems(_ all: [(problem: String, circumstances: String)]) -> [String] {
    var found: [(problem: String, circumstances: [String])] = []
    for (problem, circumstances) in all {
      if let index = found.firstIndex(where: { $0.problem == problem }) {
        found[index].circumstances.append(circumstances)
      } else {
        found.append((problem, [circumstances]))
      }
    }
    return found.map { problem, circumstances in
      let more = circumstances.count == 1 ? "" : ", and \(circumstances.count - 1) more"
      return "  problem: \(problem)\n           \(circumstances[0])\(more)"
    }
  }

  // MARK: One cell

  /// What happened in the worst run of a cell, `5:hangs`.
  func timeLine(of text: String) throws(ToolError) -> String {
    try cell(text).text(in: graph)
  }

  /// The worst run of a cell, for programs.
  func row(of text: String) throws(ToolError) -> RehearsalRow {
    RehearsalRow(try cell(text), in: graph)
  }

  private func cell(_ text: String) throws(ToolError) -> FaultTable.Cell {
    let place = try FaultTable.Place(text, of: "--show", in: graph)
    guard let cell = table.worst(at: place) else {
      throw ToolError(
        "step \(place.node + 1) has no run with the fault \(place.column.rawValue)",
        fix: "see the table: `bgrun rehearse PLAN`")
    }
    return cell
  }
}

extension FaultTable.Cell {
  /// What happened in it, a line each.
  func text(in graph: StepGraph) -> String {
    let row = RehearsalRow(self, in: graph)
    let lines = ["\(row.circumstances): \(row.ending)"] + rehearsal.timeLine
    return lines.joined(separator: "\n") + "\n"
  }
}

extension FaultTable.Place {
  /// Parses a step and a kind of fault: `5:hangs`, `reload hangs`.
  ///
  /// - Parameter option: the option that takes it, for messages.
  init(_ text: String, of option: String, in graph: StepGraph) throws(ToolError) {
    let columns = FaultTable.Column.allCases.filter { $0 != .accident }
    let isSeparator = { (character: Character) in character == ":" || character.isWhitespace }
    let names = columns.flatMap { column in
      [column.rawValue, column.heading].map { (column, name: $0) }
    }
    let end = names.first { text.lowercased().hasSuffix($0.name.lowercased()) }
    guard let (column, name) = end, let last = text.dropLast(name.count).last, isSeparator(last)
    else {
      if let place = text.firstIndex(where: isSeparator) {
        let word = String(text[text.index(after: place)...])
        throw .unknown("fault '\(word)'", word, among: columns.map(\.rawValue))
      }
      throw ToolError(
        "\(option) \(text) names no step and fault",
        fix: "write STEP:FAULT, for example \(option) 5:hangs")
    }
    let step = text.dropLast(name.count + 1).split(separator: " ").joined(separator: " ")
    self.init(node: try Self.node(step, in: graph), column)
  }

  private static func node(_ step: String, in graph: StepGraph) throws(ToolError) -> Int {
    if let number = Int(step) {
      if graph.nodes.indices.contains(number - 1) { return number - 1 }
      throw ToolError(
        "there is no step \(number)",
        fix: "the plan has \(graph.nodes.count) steps: "
          + graph.nodes.enumerated().map { "\($0 + 1) \($1.name)" }.joined(separator: ", "))
    }
    let word = step.lowercased()
    let found = graph.nodes.indices.filter { node in
      graph.nodes[node].kind == word || graph.nodes[node].name.lowercased() == word
    }
    if found.count == 1 { return found[0] }
    guard found.isEmpty else {
      throw ToolError(
        "\(found.count) steps are '\(step)'",
        fix: "name its number: \(found.map { "\($0 + 1)" }.joined(separator: ", "))")
    }
    throw .unknown("step '\(step)'", step, among: graph.nodes.map(\.name))
  }
}

/// Something other than an operation that goes wrong.
private struct Circumstance: Sendable {
  let text: String
  let change: @Sendable (inout SimulatedState) -> Void

  static let all = [
    Circumstance(text: "new version never healthy") {
      $0.target { $0.behavior(of: $1, .unhealthy) }
    },
    Circumstance(text: "new version crashes at boot") {
      $0.target { $0.behavior(of: $1, .crashingAtBoot()) }
    },
    Circumstance(text: "new version not on the proxy's network") {
      $0.target { $0.separate($1) }
    },
    Circumstance(text: "new version's container still being stopped") {
      $0.target {
        $0.stopTime(of: $1, .seconds(8))
        $0.run($1)
        $0.askToStop($1, grace: .seconds(10))
      }
    },
    Circumstance(text: "another site answers by default") { $0.addDefaultSite() },
    Circumstance(text: "the site file names a service that the plan does not name") {
      $0.addService(toSite: "extra")
    },
    Circumstance(text: "previous version manually scaled to 2 containers") {
      // By a port of the machine, nginx reaches only one container.
      if !$0.isProxyInHostNetwork { $0.scale($0.application.service($0.active), to: 2) }
    },
  ]
}

extension SimulatedState {
  /// The colour that serves before the run.
  fileprivate var active: Color { serving ?? .blue }

  /// Whether services, containers and nginx's files are the same.
  fileprivate func isLike(_ other: SimulatedState) -> Bool {
    services == other.services && containers == other.containers
      && file(application.site.file) == other.file(application.site.file)
      && mainText == other.mainText
  }

  /// Changes something of each of the target's services.
  fileprivate mutating func target(_ change: (inout SimulatedState, String) -> Void) {
    for service in application.serviceIDs(active.other) { change(&self, "\(service)") }
  }
}

extension FaultTable.Cell {
  /// The step's number, as in the graph.
  fileprivate var number: Int { node + 1 }
}
