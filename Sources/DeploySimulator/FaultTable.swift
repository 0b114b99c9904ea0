package import DeployDSL
package import DeployRunner

/// How a plan ends if something goes wrong at one of its steps: a run with each fault at each step.
package struct FaultTable: Sendable {
  /// A kind of fault.
  package enum Column: String, CaseIterable, Sendable {
    case fails, lies, hangs
    case interrupted = "^C"
    case killed = "kill -9"
    case secondRun = "2nd run"
    case reboot
    case diskFull = "disk full"
    /// What no plan can prevent; of which only the report must be right.
    case accident

    /// Its name above a table's column, which must leave room for the others.
    package var heading: String {
      switch self {
      case .killed: "kill"
      case .secondRun: "2nd"
      case .diskFull: "disk"
      default: rawValue
      }
    }

    /// The faults of this kind.
    package var faults: [RehearsedFault] {
      switch self {
      case .fails: [.fails]
      case .lies: [.reportsFailure]
      case .hangs: [.hangs, .hangsWhenDone]
      case .interrupted: [.isInterrupted, .isInterruptedWhenDone, .isInterruptedAfterwards]
      case .killed: [.isKilled, .isKilledWhenDone]
      case .secondRun: [.meetsAnotherRun]
      case .reboot: [.machineReboots]
      case .diskFull: [.findsDiskFull]
      case .accident: RehearsedFault.accidents
      }
    }
  }

  /// One run with a fault in one operation of a step.
  package struct Cell: Sendable {
    /// The step's node.
    package var node: Int
    package var column: Column
    package var fault: RehearsedFault
    /// The operation, as text.
    package var operation: String
    package var rehearsal: Rehearsal
    /// The colour that serves in the end.
    package var serving: Color?
    /// How the command that ended it ended: after a death, `bgrun resume`; of two runs, the second.
    package var outcome: RunReport.Outcome
    package var exitCode: Int32

    init(
      _ point: FaultPoint, _ column: Column, _ fault: RehearsedFault, _ rehearsal: Rehearsal
    ) {
      (node, self.column, self.fault, self.rehearsal) = (point.node, column, fault, rehearsal)
      operation = point.run.text
      serving = rehearsal.host.serving
      let last = rehearsal.others.last ?? rehearsal.report
      (outcome, exitCode) = (last.outcome, last.exitCode)
    }

    /// How bad its end is: the higher, the worse.
    package var severity: Int {
      let order: [Int32] = [0, 5, 130, 2, 6, 1, 7, 3, 4]
      return (rehearsal.violations.isEmpty ? 0 : 100) + (serving == nil ? 50 : 0)
        + (order.firstIndex(of: exitCode) ?? 9)
    }
  }

  /// A step and a kind of fault.
  package struct Place: Hashable, Sendable {
    /// The step's node.
    package var node: Int
    package var column: Column

    package init(node: Int, _ column: Column) { (self.node, self.column) = (node, column) }
  }

  package var cells: [Cell] = []

  /// The run with the worst end of a step with one kind of fault; `nil` if there is none.
  package func worst(at place: Place) -> Cell? {
    cells(at: place).max { $0.severity < $1.severity }
  }

  /// The runs of a step with one kind of fault.
  package func cells(at place: Place) -> [Cell] {
    cells.filter { $0.node == place.node && $0.column == place.column }
  }
}

/// An operation of a run at which faults are tried, and the step that it belongs to.
struct FaultPoint: Sendable {
  var node: Int
  var run: OperationRun
}

extension FaultTable.Cell {
  /// See ``Rehearsal/outage``.
  package var outage: Duration { rehearsal.outage }

  /// How long it took from the fault's discovery until everything was undone; `nil` if nothing was.
  package var wayBack: Duration? {
    let events = rehearsal.events
    guard !rehearsal.report.undone.isEmpty,
      let found = events.firstIndex(where: \.isFailure),
      let last = events.last(where: { if case .undoFinished = $0.kind { true } else { false } })
    else { return nil }
    return last.at - events[found].at
  }
}

extension Event {
  /// Whether a step has failed, or was cancelled.
  fileprivate var isFailure: Bool {
    guard case .nodeFinished(let report) = kind else { return false }
    return report.status == .failed || report.status == .cancelled
  }
}

extension StepGraph {
  /// Rehearses the graph with every kind of fault at each of its steps.
  ///
  /// A step's fault hits the operations that change the host; of a step without changes, its first
  /// operation.
  ///
  /// - Parameters:
  ///   - good: a run without faults.
  ///   - makeHost: creates a new, identical host for each run.
  package func faultTable(
    after good: Rehearsal, _ options: RunOptions = RunOptions(),
    on makeHost: @escaping @Sendable () -> SimulatedHost
  ) async -> FaultTable {
    let points = faultPoints(in: good)
    let runs = points.flatMap { point in
      FaultTable.Column.allCases.flatMap { column in
        column.faults.filter { fault in
          let isChange = point.run.operation.effect == .change
          return fault.applies(to: point.run.operation)
            && (isChange || column != .accident && column != .lies)
        }.map { (point, column, $0) }
      }
    }
    var cells: [(number: Int, cell: FaultTable.Cell)] = []
    await workOn(runs.enumerated(), atOnce: 8) { number, run in
      let (point, column, fault) = run
      let rehearsal = await rehearse(fault, of: point.run, in: good, options, on: makeHost())
      return (number, FaultTable.Cell(point, column, fault, rehearsal))
    } take: {
      cells.append($0)
    }
    return FaultTable(cells: cells.sorted { $0.number < $1.number }.map(\.cell))
  }

  /// The operations of each step at which a fault is tried.
  func faultPoints(in good: Rehearsal) -> [FaultPoint] {
    let all = points(in: good)
    let changing = Set(all.filter { $0.run.operation.effect == .change }.map(\.node))
    var seen: Set<Int> = []
    return all.filter { point in
      changing.contains(point.node)
        ? point.run.operation.effect == .change : seen.insert(point.node).inserted
    }
  }

  /// The changes that each step makes.
  func changes(in good: Rehearsal) -> [FaultPoint] {
    points(in: good).filter { $0.run.operation.effect == .change }
  }

  private func points(in good: Rehearsal) -> [FaultPoint] {
    var nodes: [String: [Int?]] = [:]
    for event in good.events {
      guard case .operation(let operation) = event.kind else { continue }
      nodes[operation.text, default: []].append(event.node)
    }
    return good.host.operations.compactMap { run in
      let text = run.text
      guard nodes[text]?.isEmpty == false, let node = nodes[text]?.removeFirst() else { return nil }
      return FaultPoint(node: node, run: run)
    }
  }
}
