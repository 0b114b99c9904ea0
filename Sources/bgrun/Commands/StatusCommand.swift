import DeployDSL
import DeployRunner

/// `bgrun status PLAN`: exits with 0 if a colour is active, the proxy answers and a deploy could
/// start; with 1 if the application is not healthy, otherwise with the exit code that a deploy
/// would have.
struct StatusCommand: ToolCommand {
  let name = "status"
  let summary = "show the active colour, both services and any running deploy"
  let options = [.executor] + CommandOption.application + [.format, .watch]
  let examples = [
    "bgrun status", "bgrun status Plans/grafana.swift --watch", "bgrun status --format json",
  ]

  /// How often it is redrawn.
  static let pause: Duration = .seconds(2)

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plans = try PlanLoader(options: options, output: output).loadAllOrRecorded().plans
    guard options.watches else {
      let (text, code) = try await text(of: plans, options)
      if options.format == .json { output.write(text) } else { output.tell(text) }
      return code
    }
    try Self.checkCanWatch(options, output)
    while true {
      output.redraw(try await text(of: plans, options).text)
      try await Task.sleep(for: Self.pause)
    }
  }

  /// Makes sure that there is a terminal that can be redrawn.
  static func checkCanWatch(_ options: Options, _ output: Output) throws(ToolError) {
    guard !output.isLive || options.format == .json else { return }
    throw ToolError(
      "--watch redraws a terminal, and there is none",
      fix: "call `bgrun status PLAN --format json` again and again instead")
  }

  /// The status of each plan, and the exit code.
  @MainActor
  private func text(
    of plans: [LoadedPlan], _ options: Options
  ) async throws -> (text: String, code: Int32) {
    var codes: Set<Int32> = []
    var result = ""
    for plan in plans {
      let host = try await Host(options: options, plan: plan)
      let runner = Deployer(executor: host.executor, options: options.runOptions())
      let status = try await runner.status(of: plan.graph.applicationAlone)
      let name = Command(["PLAN", "--only", plan.graph.application.name]).description
      let words = plans.count > 1 ? name : "PLAN"
      result +=
        options.format == .json ? try Output.json(status) : text(status).naming(plan: words)
      codes.insert(
        status.isHealthy ? status.obstacle?.exitCode ?? 0 : ExitCode.failed.rawValue)
    }
    let failed = ExitCode.failed.rawValue
    return (result, codes.contains(failed) ? failed : codes.max() ?? 0)
  }

  private func text(_ status: ApplicationStatus) -> String {
    var lines = [headline(status)]
    if let problem = status.problem { lines.append("  problem   \(problem)") }
    for service in status.services {
      let parts = [
        service.replicas.map { "\($0.running) of \($0.wanted) running" } ?? service.state,
        service.restarts.map { "exits again and again (restarted \($0) times)" },
        Self.text(service), service.health.map { "health: \($0)" },
        service.state == "running" ? service.startedAt.map(Self.since) : nil,
        service.nodes.map(Self.text),
      ]
      lines.append(
        "  \(service.color.rawValue.padded(toWidth: 8))  \(service.title): "
          + parts.compactMap { $0 }.joined(separator: ", "))
    }
    for kept in status.kept {
      lines.append(
        "  kept      \(kept.service) still runs, since the switch at \(kept.since): "
          + (kept.oldWorkers == 0
            ? "its last connection has ended, `bgrun resume PLAN` stops it"
            : "\(ProxyWorkers.stillServing(kept.oldWorkers)) connections from before; "
              + "when they have ended, `bgrun resume PLAN` or the next deploy stops it"))
    }
    for change in status.nextUp {
      lines.append("  up -d     `docker compose up -d` would \(change)")
    }
    if let run = status.lastRun {
      let when = Timestamp(iso: run.started)?.withAge() ?? run.started
      let what = [run.purpose?.rawValue ?? "run", run.versions?.text, run.versions?.settingsText]
      lines.append(
        "  last run  \(run.run) by \(run.user), \(when): "
          + "\(what.compactMap(\.self).joined(separator: " ")): \(run.outcome.text)")
    }
    if let obstacle = status.obstacle {
      lines.append("  blocked   no deploy can start: \(obstacle.message)")
      if let fix = obstacle.fix { lines.append("            \(fix)") }
    }
    lines.append("  lock      \(status.lock ?? "none")")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The image with what identifies it: `grafana/grafana:12.4 (a1b2c3d, revision 9f8e7d6)`.
  private static func text(_ service: ApplicationStatus.Service) -> String? {
    guard let version = service.version else { return service.image }
    let parts = [
      version.shortID, version.label.map { "version \($0)" },
      version.revision.map { "revision \($0.prefix(7))" },
    ].compactMap(\.self)
    return parts.isEmpty ? version.image : "\(version.image) (\(parts.joined(separator: ", ")))"
  }

  /// `node1: 2, node2: 1 (1 not running)`.
  private static func text(_ nodes: [ApplicationStatus.Node]) -> String {
    let texts = nodes.map { node in
      "\(node.name): \(node.running)" + (node.others > 0 ? " (\(node.others) not running)" : "")
    }
    return "on " + texts.joined(separator: ", ")
  }

  private static func since(_ engineTime: String) -> String {
    Timestamp(engine: engineTime).map { "since \($0.withAge())" }
      ?? "since \(engineTime.prefix(19))Z"
  }

  private func headline(_ status: ApplicationStatus) -> String {
    guard let color = status.serving,
      let service = status.services.first(where: { $0.color == color })
    else { return "\(status.application): active colour unknown" }
    let answer = status.answer.map { ", the proxy answers \($0)" } ?? ""
    let what =
      service.state != "running"
      ? "should serve, but is \(service.state)"
      : service.restarts == nil ? "serves" : "serves, but exits again and again"
    let version = service.version.map { ", version \($0.text)" } ?? ""
    return "\(status.application): \(service.title) \(what) (\(color))\(version)\(answer)"
  }
}
