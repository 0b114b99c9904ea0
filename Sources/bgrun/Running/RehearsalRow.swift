import DeployDSL
import DeployRunner
import DeploySimulator

/// One rehearsal, as a row of the JSON.
struct RehearsalRow: Encodable {
  var application: String
  /// The number of the step that the fault hits, from 1; none if it hits no single one.
  var step: Int?
  var stepName: String?
  /// The kind of fault, as the table's columns are named.
  var fault: String
  /// What exactly happens to the operation: `is done but hangs`.
  var detail: String?
  var operation: String?
  /// Of the command that ended it: after a death of `bgrun resume`, of two runs of the second one.
  var outcome: RunReport.Outcome
  var exitCode: Int32
  var serving: Color?
  var undone: [String]
  /// From the discovery of the fault until all was undone.
  var wayBackMilliseconds: Int?
  /// The longest time without a good answer through the proxy.
  var outageMilliseconds: Int
  /// What is wrong.
  var problems: [String]

  /// A run with a fault, or without one.
  init(_ rehearsal: Rehearsal, _ fault: String) {
    let report = rehearsal.report
    self.fault = fault
    application = report.application.name
    outcome = report.outcome
    exitCode = report.exitCode
    serving = rehearsal.host.serving
    undone = report.undone.map(\.what)
    outageMilliseconds = rehearsal.outage.milliseconds
    problems = rehearsal.violations.map(\.text)
  }

  init(_ cell: FaultTable.Cell, in graph: StepGraph) {
    self.init(cell.rehearsal, cell.column.rawValue)
    (step, stepName) = (cell.node + 1, graph.nodes[cell.node].name)
    (detail, operation) = (cell.fault.rawValue, cell.operation)
    (outcome, exitCode, serving) = (cell.outcome, cell.exitCode, cell.serving)
    wayBackMilliseconds = cell.wayBack?.milliseconds
  }

  /// How it ended, in a line.
  var ending: String {
    let whose = fault == FaultTable.Column.secondRun.rawValue ? "the second run's " : ""
    return
      "\(whose)exit code \(exitCode): \(outcome.text), \(serving?.rawValue ?? "no colour") serves"
  }

  /// What went wrong where.
  var circumstances: String {
    guard let step, let stepName, let operation, let detail else {
      return fault == "none" ? "without a fault" : "when: \(fault)"
    }
    return "step \(step) \(stepName), when \(operation) \(detail)"
  }
}

extension Duration {
  fileprivate var milliseconds: Int { Int((self / .milliseconds(1)).rounded()) }
}
