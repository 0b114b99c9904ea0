import DeployDSL
import DeployRunner

/// `bgrun doctor [PLAN]`: the host that a plan is deployed to.
struct DoctorCommand: ToolCommand {
  let name = "doctor"
  let summary = "find out what is wrong on the host, and fix what is safe (--fix)"
  let options =
    [.executor] + CommandOption.application + [.fix, .approve, .strict, .format, .verbose]
  let formats: [Options.Format] = [.human, .json, .sarif]
  let examples = ["bgrun doctor", "bgrun doctor Plans/grafana.swift --fix"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let report = FindingReport(options: options, output: output)
    guard !options.words.isEmpty else {
      let deployer = Deployer(executor: .docker(), options: options.runOptions())
      return try report.write([.init(inspection: await deployer.inspectEngine())], of: nil)
    }
    guard let loaded = try report.load(orRecorded: true) else { return ExitCode.usage.rawValue }
    var items: [FindingReport.Item] = []
    for plan in loaded.plans {
      let host = try await Host(options: options, plan: plan)
      let deployer = Deployer(executor: host.executor, options: options.runOptions())
      var inspection = await deployer.inspectHost(of: plan.graph)
      if options.repairs {
        inspection = try await repaired(inspection, by: deployer, plan, report)
      }
      items.append(
        .init(
          plan: plan, project: CheckCommand.projectFolder(of: plan, options),
          inspection: inspection))
    }
    return try report.write(items, of: loaded.file)
  }

  /// Repairs what is safe, after showing it and asking; looks again if something was done.
  @MainActor
  private func repaired(
    _ inspection: Inspection, by deployer: Deployer, _ plan: LoadedPlan, _ report: FindingReport
  ) async throws -> Inspection {
    var hasChanged = false
    for finding in inspection.findings {
      guard let repair = finding.repair else { continue }
      report.output.complain(
        "\(finding.what)\n" + repair.preview.map { "  \($0)\n" }.joined())
      guard try await approves(report.options) else {
        report.output.complain("  not done: approve it with --yes, or run it yourself\n")
        continue
      }
      do {
        try await deployer.perform(repair, for: plan.graph)
        report.output.complain("  done\n")
        hasChanged = true
      } catch {
        report.output.complain("  failed: \(error)\n")
      }
    }
    return hasChanged ? await deployer.inspectHost(of: plan.graph) : inspection
  }

  private func approves(_ options: Options) async throws -> Bool {
    if options.approves { return true }
    guard let terminal = Terminal(isSeen: false) else { return false }
    return try await terminal.ask("do it?")
  }
}
