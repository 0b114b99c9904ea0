import DeployDSL
import DeployRunner
import Synchronization

/// What a plan's top-level code declares: plans, parameters, and problems with their values.
struct Declarations: Sendable {
  private(set) var plans: [Deploy] = []
  private(set) var parameters: [PlanSession.Declaration] = []
  private(set) var problems: [PlanDiagnostic] = []

  /// Runs a plan's top-level code and collects what it declares.
  @MainActor
  static func collect(
    from library: UnsafeMutableRawPointer, of file: PlanFile, values: [String: String]
  ) throws(ToolError) -> Declarations {
    guard let symbol = Symbol.find(PlanCompiler.entry, in: library) else {
      throw ToolError("\(file.typed) holds no top-level code", fix: "write a Deploy(…) { … } in it")
    }
    typealias Entry =
      @convention(c) (
        Int32, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
      ) -> Int32
    let entry = unsafeBitCast(symbol, to: Entry.self)
    let collected = Mutex(Declarations())
    let session = PlanSession(
      values: values,
      onPlan: { plan in collected.withLock { $0.plans.append(plan) } },
      onParameter: { parameter in collected.withLock { $0.parameters.append(parameter) } },
      onProblem: { problem in collected.withLock { $0.problems.append(problem) } })
    LastWords.set(
      crash: "\(file.typed) crashed in its top-level code; nothing was done; "
        + "mend what the line above says",
      exit: "\(file.typed) ended the process before bgrun could run it: its top-level code awaits "
        + "something or calls exit(); nothing was done; move what awaits into a step",
      status: .usage)
    _ = PlanSession.$current.withValue(session) { entry(0, nil) }
    LastWords.clear()
    return collected.withLock { $0 }
  }

  /// The file's plan.
  ///
  /// - Throws: `PlanError` for wrong values, ``ToolError`` unless there is exactly one plan and all
  ///   that was set is declared.
  func onlyPlan(of file: PlanFile, settings: [Options.Setting]) throws -> Deploy {
    let known = parameters.map(\.name)
    for setting in settings where !known.contains(setting.name) {
      guard !known.isEmpty else {
        throw ToolError(
          "\(file.typed) declares no parameter \"\(setting.name)\", nor any other",
          fix: "declare it: let \(setting.name) = Parameter(\"\(setting.name)\", default: …)")
      }
      throw ToolError.unknown("parameter '\(setting.name)'", setting.name, among: known)
    }
    guard problems.isEmpty else { throw PlanError(problems) }
    guard let plan = plans.first else {
      throw ToolError("\(file.typed) declares no Deploy", fix: "write Deploy(\"NAME\") { … } in it")
    }
    guard plans.count == 1 else {
      let names = plans.map { "\"\($0.application.name)\" (line \($0.location.line))" }
      throw ToolError(
        "\(file.typed) declares \(plans.count) plans: \(names.joined(separator: ", "))",
        fix: "keep one plan in a file")
    }
    return plan
  }
}
