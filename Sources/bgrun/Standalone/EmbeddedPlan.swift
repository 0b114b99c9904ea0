import CBgrun
import DeployRunner

/// The plan that `bgrun build` has linked into this program. The program takes the place of the plan's
/// file: its project is looked for from the program's folder.
struct EmbeddedPlan: Sendable {
  /// The embedded plan; `nil` in bgrun itself.
  static let current: EmbeddedPlan? = cbgrun_embedded().map { EmbeddedPlan($0.pointee) }

  let file: PlanFile
  let code: CompiledPlan

  private init(_ plan: cbgrun_plan) {
    let folder = Paths.executable.flatMap(Paths.parent(of:)) ?? Paths.current
    file = PlanFile(
      embedded: String(cString: plan.name), in: folder == "/" ? "" : folder,
      bytes: Array(UnsafeBufferPointer(start: plan.source, count: plan.size)))
    code = CompiledPlan(entry: plan.run)
  }

  /// The applications that it deploys, as its source names them.
  var applications: [String] { SwiftSource(file.bytes).applications }

  /// The applications, for people.
  var applicationsText: String { SwiftSource(file.bytes).applicationsText }

  /// How this program was started: `bgrun`, or `./web` with an embedded plan.
  static var program: String {
    guard current != nil, let word = CommandLine.arguments.first else { return "bgrun" }
    return Command([word]).description.showable
  }
}
