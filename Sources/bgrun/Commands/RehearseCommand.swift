import DeployDSL
import DeployRunner
import DeploySimulator

/// `bgrun rehearse PLAN`: runs the plan on a simulated host, injecting one fault at a time; exits
/// with 0 if there was no downtime and no run needed manual recovery.
struct RehearseCommand: ToolCommand {
  let name = "rehearse"
  let summary = "run the plan on a simulated host, injecting one fault at a time"
  let options = [.project, .invented] + CommandOption.plan + [.format, .verbose]
  let formats: [Options.Format] = [.human, .json]
  var examples: [String] {
    ["bgrun rehearse", "bgrun rehearse Plans/grafana.swift --verbose"]
  }

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    var isSafe = true
    for plan in try PlanLoader(options: options, output: output).loadAll().plans {
      let copy = await HostCopy(of: plan, options)
      if let note = copy.note { output.complain(note) }
      let rehearsed = await RehearsedPlan(plan.graph, on: copy)
      if options.format == .json {
        for row in rehearsed.all { try output.write(json: row) }
      } else {
        output.write(rehearsed.text(isVerbose: options.isVerbose))
      }
      isSafe = isSafe && rehearsed.isSafe
    }
    return isSafe ? ExitCode.done.rawValue : ExitCode.failed.rawValue
  }
}

extension SimulatedState {
  /// The colour that serves before the run.
  fileprivate var active: Color { serving ?? .blue }

  /// Changes something of each of the target's services.
  fileprivate mutating func target(_ change: (inout SimulatedState, String) -> Void) {
    for service in application.serviceIDs(active.other) { change(&self, "\(service)") }
  }
}

/// The results of a plan's rehearsals.
private struct RehearsedPlan {
  /// One of them.
  struct Row: Encodable {
    var application: String
    var fault: String
    var outcome: RunReport.Outcome
    var exitCode: Int32
    var serving: Color?
    /// What is wrong.
    var problems: [String]

    /// - Parameter isAccident: whether the fault is one that no plan can prevent, so that manual
    ///   recovery is acceptable.
    init(_ rehearsal: Rehearsal, _ fault: String, isAccident: Bool = false) {
      let report = rehearsal.report
      self.fault = fault
      application = report.application.name
      outcome = report.outcome
      exitCode = report.exitCode
      serving = rehearsal.host.serving
      let isDeath = fault.hasSuffix(RehearsedFault.targetDies.rawValue)
      let violations = rehearsal.host.violations.filter { outage in
        // nginx does not notice that a port leads to nothing: the proof does, and is rolled back.
        !(isDeath && report.outcome == .rolledBack && outage.ended != nil
          && outage.cause?.contains(" reload") == true)
      }
      problems = violations.map(\.description)
      if let said = report.serving, said != serving {
        problems.append(
          "the run reports \(said) as active, but \(serving?.rawValue ?? "no colour") serves")
      }
      if report.outcome == .rollbackFailed, !isAccident {
        problems += report.undone.compactMap { undo in
          undo.failure.map { "manual intervention required: could not \(undo.what): \($0)" }
        }
      }
    }

    /// How it ended, in a line.
    var ending: String {
      "exit code \(exitCode): \(outcome.text), \(serving?.rawValue ?? "no colour") serves"
    }
  }

  /// The host, for people.
  var place: String
  /// The colour that is active before each run.
  var active: Color
  /// Without a fault.
  var good: Row
  /// With one fault each.
  var faulty: [Row] = []
  /// With a fault that no plan can prevent.
  var accidents: [Row] = []

  init(_ graph: StepGraph, on copy: HostCopy) async {
    // A simulated run needs no approval and no real secrets.
    var options = RunOptions(approval: .always)
    options.usesPlaceholderSecrets = true
    let host = copy.host
    (place, active) = (copy.description, host().serving ?? .blue)
    let first = await graph.rehearse(on: host(), options)
    good = Row(first, "without a fault")
    if good.exitCode != 0, let failure = first.report.failure {
      good.problems.append("\(failure)")
    }
    var rows: [Row] = []
    for (fault, change) in Self.circumstances {
      let host = host()
      host.change { change(&$0) }
      rows.append(Row(await graph.rehearse(on: host, options), fault))
    }
    _ = await graph.rehearseEveryFault(in: first, options, on: host) { rehearsal in
      rows.append(Row(rehearsal, Rehearsal.circumstances ?? ""))
    }
    var accidents: [Row] = []
    _ = await graph.rehearseEveryFault(of: RehearsedFault.accidents, in: first, options, on: host) {
      accidents.append(Row($0, Rehearsal.circumstances ?? "", isAccident: true))
    }
    self.accidents = accidents
    faulty = rows
  }

  private static let circumstances: [(String, @Sendable (inout SimulatedState) -> Void)] = [
    (
      "when the new version never becomes healthy",
      { $0.target { $0.behavior(of: $1, .unhealthy) } }
    ),
    (
      "when the new version crashes at boot",
      { $0.target { $0.behavior(of: $1, .crashingAtBoot()) } }
    ),
    ("when the new version is not on the proxy's network", { $0.target { $0.separate($1) } }),
    (
      "when the new version's container is still being stopped",
      {
        $0.target {
          $0.stopTime(of: $1, .seconds(8))
          $0.run($1)
          $0.askToStop($1, grace: .seconds(10))
        }
      }
    ),
    ("when another site answers by default", { $0.addDefaultSite() }),
    (
      "when the site file names a service that the plan does not",
      { $0.addService(toSite: "extra") }
    ),
    (
      "when the previous version was manually scaled to 2 containers",
      { $0.scale($0.application.service($0.active), to: 2) }
    ),
  ]

  var all: [Row] { [good] + faulty + accidents }

  var isSafe: Bool { all.allSatisfy(\.problems.isEmpty) }

  /// How many ended in which way, and what is wrong.
  func text(isVerbose: Bool) -> String {
    var lines = [
      "\(good.application) on a \(place) with \(active.rawValue) active",
      "  no fault  \(good.ending)",
      "  \(faulty.count) faults, one at a time",
    ]
    lines += endings(of: faulty, isVerbose)
    lines += problems
    if isSafe {
      lines.append("  no downtime; no manual recovery needed")
    }
    lines.append("  \(accidents.count) accidents, which no plan can prevent")
    lines += endings(of: accidents, isVerbose)
    if accidents.allSatisfy(\.problems.isEmpty) { lines.append("  every run reported its outage") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func endings(of rows: [Row], _ isVerbose: Bool) -> [String] {
    if isVerbose { return rows.map { "    \($0.ending): \($0.fault)" } }
    return Dictionary(grouping: rows, by: \.ending).values
      .sorted { ($0[0].exitCode, $0[0].ending) < ($1[0].exitCode, $1[0].ending) }
      .map { "    \("\($0.count) ×".padded(toWidth: 6)) \($0[0].ending)" }
  }

  /// Each problem once, with the first fault that caused it.
  private var problems: [String] {
    var found: [(problem: String, rows: [Row])] = []
    for row in all {
      for problem in row.problems {
        if let index = found.firstIndex(where: { $0.problem == problem }) {
          found[index].rows.append(row)
        } else {
          found.append((problem, [row]))
        }
      }
    }
    return found.map { problem, rows in
      let more = rows.count == 1 ? "" : ", and \(rows.count - 1) more"
      return "  problem: \(problem)\n           \(rows[0].fault)\(more)"
    }
  }
}
