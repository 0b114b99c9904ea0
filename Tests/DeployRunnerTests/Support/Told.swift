import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

extension RunReport {
  /// All that a person is told about the end of a run, and how it left the host.
  ///
  /// What differs from run to run is left out.
  func told(on host: SimulatedHost) -> String {
    let interrupted = isInterrupted ? ", interrupted" : ""
    let color = { (color: Color?) in color?.rawValue ?? "none" }
    var lines = ["\(outcome.rawValue) (\(exitCode))\(interrupted): \(color(serving)) serves"]
    lines += failure.map { ["failure: \($0)"] + $0.details.map { "| \($0)" } } ?? []
    lines += warnings.map { "warning: \($0)" }
    lines += undone.map { "undone: \($0.what)" + ($0.failure.map { ": failed: \($0)" } ?? "") }
    lines += left.isEmpty ? [] : ["left: \(left.joined(separator: ", "))"]
    lines += host.violations.map { "VIOLATION: \($0)" }
    let running = host.world.containers.filter { host.isRunning($0.service.name) }
    lines.append(
      "host: \(color(host.serving)) serves, \(color(host.loadedColor)) loaded, "
        + "\(color(host.fileColor)) in the site file; running: "
        + running.map(\.service.name).sorted().joined(separator: ", "))
    return lines.joined(separator: "\n").withoutNames
  }
}

extension String {
  /// The text without temporary paths, run IDs, process IDs and times.
  fileprivate var withoutNames: String {
    replacing(#/[^ `"]*bgrun-tests-[0-9A-F-]+/#, with: "FOLDER")
      .replacing(#/\d{8}-\d{6}-[0-9a-f]{4}/#, with: "RUN")
      .replacing(#/process \d+/#, with: "process N").replacing(#/[0-9a-f]{64}/#, with: "ID")
  }
}

/// Runs a plan and holds how it ends against the golden file of an area, under the test's name.
@discardableResult
func expectEnd(
  _ area: String, of plan: Deploy, on host: SimulatedHost? = nil,
  _ options: RunOptions = RunOptions(), _ arguments: String = "",
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) async throws -> Rehearsal {
  let rehearsal = try await plan.rehearse(on: host, options: options)
  try expectGolden(
    "\(area).txt", rehearsal.report.told(on: rehearsal.host), arguments,
    sourceLocation: sourceLocation)
  return rehearsal
}

extension Deploy {
  /// The usual plan, with further steps before the switch, between its halves, and after it.
  static func standard(
    _ name: String = "app", workers: [Worker] = [], proxy: Proxy = "nginx-proxy",
    site: Site = Site(), port: Int? = nil,
    health: String = "/", environment: [String: any EnvironmentConvertible] = [:],
    gate: Health = Health(), stops: Bool = true,
    @PlanBuilder before: () -> Steps = { Steps() },
    @PlanBuilder written: () -> Steps = { Steps() },
    @PlanBuilder after: () -> Steps = { Steps() }
  ) -> Deploy {
    Deploy(name, workers: workers, proxy: proxy, site: site, port: port, health: health) {
      DetectActive()
      Up(.target, environment: environment)
      gate
      before()
      SwapNginx()
      written()
      Reload()
      after()
      if stops { Stop(.previous) }
    }
  }
}
