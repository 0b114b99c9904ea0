import DeployDSL
import DeployRunner

/// A run that a person or a program follows.
struct RunSession {
  let options: Options
  let output: Output
  var purpose = ReportStyle.Purpose.deploy
  var resume: RunOptions.Resume?

  /// Runs what was loaded; the status to exit with.
  @MainActor
  func run(_ stages: [LoadedFile.Stage]) async throws -> Int32 {
    var host: Host?
    let isOne = stages.flatMap(\.plans).count == 1
    let terminal = options.format == .json ? nil : Terminal(isSeen: output.isTerminal)
    let fleet = DeploymentGroup(
      try stages.map { stage in
        let members = try stage.plans.map { plan in
          let its = try Host(options: options, plan: plan)
          host = its
          var options = options.runOptions(
            resume: resume,
            approval: approval(
              on: its, by: terminal, of: isOne ? nil : plan.graph.application.name))
          options.usesPlaceholderSecrets = its.isSimulated
          options.goesBack = purpose == .rollback
          options.parameters = plan.parameters
          return DeploymentGroup.Member(
            plan.graph, on: DeployRunner(executor: its.executor, options: options))
        }
        return DeploymentGroup.Stage(stage.group, members)
      })
    // Simulated time has passed before anybody could look at it.
    let isLive = output.isLive && options.format != .json && host?.isSimulated == false
    let reporter = DeploymentGroupReporter(
      fleet, to: output.sink, as: options.format == .json ? .json : .human,
      style: style(host: host?.description, isLive: isLive))
    let follower = RunFollower(
      reporter: reporter, watch: FleetWatch(fleet: fleet, isLive: reporter.isLive))
    return try await follower.run(fleet)
  }

  /// Nobody needs to approve what is not really done.
  private func approval(
    on host: Host, by terminal: Terminal?, of application: String?
  ) -> RunOptions.Approval {
    if options.approves || host.isSimulated { return .always }
    guard let terminal else { return .refuse }
    let prefix = application.map { "\($0): " } ?? ""
    return .ask { question in try await terminal.ask(prefix + question) }
  }

  private func style(host: String?, isLive: Bool) -> ReportStyle {
    var style = ReportStyle(
      detail: options.detail, isColored: output.isColored, isLive: isLive,
      width: { output.width }, host: host)
    style.purpose = purpose
    return style
  }
}

extension DeploymentGroup.Stage {
  /// The stage that a plan's file declares.
  fileprivate init(_ group: DeployGroup?, _ members: [DeploymentGroup.Member]) {
    switch group?.kind {
    case .atomically: self = .atomically(members, limit: group?.limit)
    case .inParallel: self = .inParallel(members, limit: group?.limit)
    case nil: self = .inParallel(members, limit: 1)
    }
  }
}
