import DeployDSL

/// A line about a run that is shown elsewhere: what its session would have shown here.
package enum RunRecord: Codable, Sendable {
  /// The session began; always the first record.
  case began(Beginning)
  /// A run's event.
  case event(EventRecord)
  /// A command is to be run by one of those who follow.
  case wanted(ControllerCommand)
  /// Who runs the command of a line.
  case granted(line: Int, to: String)
  /// The command of a line is no longer wanted.
  case withdrawn(line: Int)
  /// A signal interrupted the run.
  case interrupted(signal: Int32)
  /// The session ended; always the last record.
  case ended(exitCode: Int32, Ending?)

  /// What a reporter needs to know beforehand.
  package struct Beginning: Codable, Sendable {
    /// The process of the session.
    package var process: ProcessIdentity
    /// The members' applications.
    package var applications: [String]
    /// Whether members run at the same time.
    package var isSideBySide: Bool
    /// The purpose of the runs.
    package var purpose: RunPurpose

    /// Describes a session of this process.
    package init(_ group: DeploymentGroup, _ purpose: RunPurpose) {
      process = .current
      applications = group.members.map(\.graph.application.name)
      isSideBySide = group.isSideBySide
      self.purpose = purpose
    }
  }

  /// What events do not tell about the end of a group.
  package struct Ending: Codable, Sendable {
    fileprivate var applications: [Application]
    fileprivate var cause: String?
    fileprivate var isInterrupted: Bool
    /// Why members were not rolled back, by their numbers.
    fileprivate var left: [Int: String]

    /// Takes it from a report.
    package init(_ report: DeploymentGroupReport) {
      applications = report.members.map(\.application)
      (cause, isInterrupted) = (report.cause, report.isInterrupted)
      left = [:]
      for (number, member) in report.members.enumerated() {
        if case .left(let reason) = member.rollback { left[number] = reason }
      }
    }
  }
}

/// A command of the plan that one of those who follow is to run. It does not travel: they know it
/// from the plan.
package struct ControllerCommand: Codable, Hashable, Sendable {
  private static let prefix = "BGRUN_"

  /// Identifies the command among those of a plan.
  package var identity: String
  /// The variables that tell it about the run.
  package var facts: [String: String]

  /// Refers to a command.
  package init(_ command: Command) {
    var (hash, facts): (SHA256, [String: String]) = (SHA256(), [:])
    func add(_ value: EnvironmentValue?) {
      guard let value else { return hash.update(field: "") }
      if case .text(let text) = value {
        hash.update(field: text)
      } else {
        hash.update(field: Secret.dots)
      }
    }
    for word in command.argv { hash.update(field: word) }
    for (name, value) in command.environment.sorted(by: { $0.key < $1.key }) {
      if name.hasPrefix(Self.prefix), case .text(let text) = value {
        facts[name] = text
      } else {
        hash.update(field: name)
        add(value)
      }
    }
    add(command.input)
    (identity, self.facts) = (hash.hex(), facts)
  }

  /// The command that it refers to, with the variables that tell it about the run.
  package func found(among commands: [Command]) -> Command? {
    guard var command = commands.first(where: { ControllerCommand($0).identity == identity }) else {
      return nil
    }
    for (name, text) in facts where name.hasPrefix(Self.prefix) {
      command.environment[name] = .text(text)
    }
    return command
  }
}

extension DeploymentGroupReport {
  /// The report of a group elsewhere, from how it ended and the reports in its events.
  package init(_ ending: RunRecord.Ending, runs: [DeploymentGroup.MemberEvent]) {
    self.init(
      members: ending.applications.map { Member($0) }, cause: ending.cause,
      isInterrupted: ending.isInterrupted)
    for (number, reason) in ending.left where members.indices.contains(number) {
      members[number].rollback = .left(reason)
    }
    for run in runs where members.indices.contains(run.member) {
      guard case .runFinished(let report) = run.event.kind else { continue }
      if run.isRollback {
        members[run.member].rollback = .run(report)
      } else {
        members[run.member].run = report
      }
    }
  }
}
