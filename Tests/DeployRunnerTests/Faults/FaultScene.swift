import DeployDSL
import DeployRunner
import DeploySimulator

/// A situation that a fault matrix goes through: the live colour and how the proxy sees its site
/// file.
struct FaultScene: Sendable, CustomStringConvertible {
  let live: Color
  let mount: SimulatedState.SiteMount
  /// Where nginx runs.
  var proxy: Proxy = "nginx-proxy"
  /// Whether the site file is made from sources, else it is rewritten.
  var hasSources = true
  /// How many containers each colour has.
  var replicas = 1
  /// Whether each colour is a Compose project of its own.
  var hasProjects = false

  /// Both kinds of mounts, and both directions.
  static let all = [
    FaultScene(live: .blue, mount: .file), FaultScene(live: .green, mount: .folder),
  ]
  /// A site file without sources.
  static let rewritten = FaultScene(live: .blue, mount: .file, hasSources: false)
  /// Other kinds of Compose projects.
  static let composed = [
    FaultScene(live: .blue, mount: .file, replicas: 2),
    FaultScene(live: .green, mount: .folder, hasProjects: true),
  ]

  /// nginx on the machine itself, which reaches the colours by their published ports.
  static let onHost = FaultScene(live: .blue, mount: .folder, proxy: .host)

  /// How many cells a matrix may lack: a file without sources is read by fewer operations, and so
  /// are two projects.
  var fewerCells: Int { hasSources ? hasProjects ? 2 : 0 : 20 }

  static let plan = OwnSteps(.none).plan
  static let application = plan.application

  var application: Application { adapt(OwnSteps(.none, proxy).plan.application) }

  var target: Color { live.other }
  var targetService: String { "\(application.serviceID(target))" }
  var description: String {
    "\(live) live, \(mount) mounted" + (hasSources ? "" : ", rewritten") + ", \(proxy)"
      + (replicas > 1 ? ", \(replicas) replicas" : "") + (hasProjects ? ", two projects" : "")
  }

  /// A plan's graph for this scene.
  func graph(of plan: Deploy) throws -> StepGraph {
    var graph = try plan.graph()
    graph.application = adapt(graph.application)
    return graph
  }

  private func adapt(_ application: Application) -> Application {
    var application = application
    guard hasProjects else { return application }
    application.blue = ServiceID("grafana", in: "grafana-blue")
    application.green = ServiceID("grafana", in: "grafana-green")
    application.projects = [
      "grafana-blue": ComposeSource(), "grafana-green": ComposeSource(files: ["green.yaml"]),
    ]
    return application
  }

  /// A host where a download is in flight when a clean run reloads the proxy, and for seconds after.
  func host() -> SimulatedHost {
    let host = SimulatedHost(
      for: application, live: live, bootTime: .milliseconds(150), mount: mount
    ) { world in
      world.addImage(nil)
      world.addNetwork("left-behind")
      if !hasSources { world.removeSiteSources() }
      if replicas > 1 { world.replicate(replicas) }
    }
    host.at(.milliseconds(700)) { $0.openRequest("a download", lasting: .milliseconds(600)) }
    return host
  }
}

/// The violations of a matrix, in one readable text.
struct Findings {
  private(set) var cells = 0
  private var lines: [String] = []

  mutating func cell(_ name: String, _ wrong: [String], _ report: RunReport) {
    cells += 1
    guard !wrong.isEmpty else { return }
    let end = "\(report.outcome) [\(report.failure?.message ?? "")]"
    lines.append("\(name) → \(end): \(wrong.joined(separator: "; "))")
  }

  var count: Int { lines.count }
  var text: String { "\(count) of \(cells) cells:\n" + lines.joined(separator: "\n") }
}
