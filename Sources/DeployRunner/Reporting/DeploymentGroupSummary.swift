import BgrunSystem
import DeployDSL

/// Summarises the outcome of each application of a deployment group.
struct DeploymentGroupSummary {
  let report: DeploymentGroupReport
  let signal: Int32?

  // MARK: Text

  /// A heading with the count, then a line for each application.
  var messages: [Message] {
    let done = report.members.count { $0.fate == .done }
    let code = report.exitCode(afterSignal: signal)
    let status = code == 0 ? "" : ", exit code \(code)"
    let width = report.titles.map(\.width).max() ?? 0
    return [Message(.heading, "\(done) of \(report.members.count) done\(status)")]
      + zip(report.titles, report.members).map { title, member in
        let name = title.padded(toWidth: width)
        return Message(symbol(of: member), "\(name)  \(text(of: member))", indent: 2)
      } + (next.map { [Message(.none, "next: \($0)", indent: 2, to: .problems)] } ?? [])
  }

  /// How the hosts that were not reached are deployed.
  private var next: String? {
    let rest = report.members.filter { $0.fate == .notStarted }.compactMap(\.host)
    guard !rest.isEmpty, report.members.contains(where: { $0.fate == .done }) else { return nil }
    var hosts: [String] = []
    for host in rest where !hosts.contains(host) { hosts.append(host) }
    let words = hosts.flatMap { ["--only-host", $0] }
    return "deploy the others: `bgrun deploy PLAN \(Command(words).description)`"
  }

  private func symbol(of member: DeploymentGroupReport.Member) -> Message.Symbol {
    switch member.fate {
    case .done: member.run?.outcome == .cleanupIncomplete ? .warning : .done
    case .failed, .rollbackFailed: .failed
    case .outOfSight: .warning
    case .notStarted: .skipped
    case .cancelled, .rolledBack: .undo
    }
  }

  private func text(of member: DeploymentGroupReport.Member) -> String {
    switch member.fate {
    case .done, .failed: ending(of: member)
    case .notStarted: "not started, \(reason)"
    case .outOfSight: "out of sight: \(member.outOfSight ?? "")"
    case .cancelled where member.run?.hasSwitched == true:
      "stopped, \(reason); \(serving(member, "serves now"))"
    case .cancelled: "stopped and rolled back, \(reason); \(serving(member, "still serves"))"
    case .rolledBack: "rolled back, \(reason); \(serving(member, "serves again"))"
    case .rollbackFailed: "deployed, could not be rolled back: \(failure(of: member))"
    }
  }

  private var reason: String {
    guard let cause = report.cause else { return "cancelled" }
    let member = report.titles.firstIndex(of: cause).map { report.members[$0] }
    return "because \(cause) \(member?.fate == .outOfSight ? "is out of sight" : "failed")"
  }

  private func ending(of member: DeploymentGroupReport.Member) -> String {
    guard let run = member.run else { return "" }
    let code = report.exitCode(of: member, afterSignal: signal) ?? 0
    return RunSummary(report: run, graph: nil, style: ReportStyle(), exitCode: code).summary
  }

  private func serving(_ member: DeploymentGroupReport.Member, _ verb: String) -> String {
    guard let color = member.serving else {
      return member.run?.serving == nil && member.rollback == nil
        ? "the proxy was not touched" : "active colour unknown"
    }
    return "\(member.application.serviceID(color)) \(verb)"
  }

  private func failure(of member: DeploymentGroupReport.Member) -> String {
    switch member.rollback {
    case .left(let reason): reason
    case .run(let run): run.failure.map { "\($0.message)" } ?? run.outcome.text
    case nil: ""
    }
  }

  // MARK: JSON

  /// The summary as one line of JSON.
  var json: String {
    let line = Line(
      exitCode: report.exitCode(afterSignal: signal), cause: report.cause,
      applications: report.members.map { member in
        Line.Application(
          application: member.application.name, host: member.host,
          fate: member.run?.isDryRun == true && member.fate == .done
            ? NodeReport.Status.wouldRun.rawValue : member.fate.rawValue,
          exitCode: report.exitCode(of: member, afterSignal: signal),
          serving: member.serving?.rawValue)
      })
    guard let bytes = try? line.jsonBytes() else { return "" }
    return String(decoding: bytes, as: UTF8.self).withSpelledControls + "\n"
  }

  private struct Line: Encodable {
    struct Application: Encodable {
      var application: String
      var host: String?
      var fate: String
      var exitCode: Int32?
      var serving: String?
    }

    var event = "finished"
    var date = Timestamp.iso(milliseconds: Timestamp.nowInMilliseconds)
    var exitCode: Int32
    var cause: String?
    var applications: [Application]
  }
}
