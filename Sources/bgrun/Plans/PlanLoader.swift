import DeployDSL

/// A plan that is ready to be run.
struct LoadedPlan {
  let file: PlanFile
  /// The steps; their places show the file as the user typed it.
  let graph: StepGraph

  /// The same plan with other steps.
  func with(_ graph: StepGraph) -> LoadedPlan { LoadedPlan(file: file, graph: graph) }
}

/// The plans of a file that the command line chooses, ready to be run.
struct LoadedFile {
  /// Plans that begin together.
  struct Stage {
    var group: DeployGroup?
    var plans: [LoadedPlan]
  }

  let file: PlanFile
  let stages: [Stage]

  /// All plans, in the file's order.
  var plans: [LoadedPlan] { stages.flatMap(\.plans) }
}

/// Turns a plan's file into a step graph: compiled or taken from the cache, loaded, run, checked.
struct PlanLoader {
  let options: Options
  let output: Output

  /// Loads the one plan that the command line names.
  ///
  /// - Throws: ``ToolError``, or `PlanError` with every problem of the plan.
  @MainActor
  func load() throws -> LoadedPlan {
    let plans = try loadAll().plans
    guard let plan = plans.first, plans.count == 1 else { throw ToolError.several(plans, options) }
    return plan
  }

  /// Loads all plans that the command line names.
  ///
  /// - Throws: ``ToolError``, or `PlanError` with every problem of the plans.
  @MainActor
  func loadAll() throws -> LoadedFile {
    let file = try PlanFile(words: options.words, command: options.command)
    let compiler = PlanCompiler(
      toolchain: try Toolchain.find(), installation: try Installation.find())
    let library = PlanLibrary(file: file, compiler: compiler, output: output, options: options)
    let compiled = try library.open()
    defer { LastWords.clear() }
    let collected = run(compiled, of: file)
    try checkSettings(collected, file)
    return try PlanSelection(file: file, collected: collected, names: options.only).load()
  }

  // MARK: Running the plan's top-level code

  /// Bodies of composite steps run later, while the graph is made: the last words hold until then.
  @MainActor
  private func run(_ plan: CompiledPlan, of file: PlanFile) -> PlanCollector.Collected {
    LastWords.prepare()
    LastWords.set(
      crash: "\(file.typed) crashed while it was read (see above); nothing was run",
      exit:
        "\(file.typed) ended bgrun while it was read, so nothing was run: its top-level code "
        + "calls exit(), or something that does",
      status: .usage)
    let collector = PlanCollector()
    plan.run(named: file.typed, collecting: collector.session(values: options.values))
    return collector.collected
  }

  // MARK: Checking it

  private func checkSettings(
    _ collected: PlanCollector.Collected, _ file: PlanFile
  ) throws(ToolError) {
    let known = collected.parameters.map(\.name)
    for setting in options.settings where !known.contains(setting.name) {
      guard !known.isEmpty else {
        throw ToolError(
          "\(file.typed) has no parameter '\(setting.name)'",
          fix: "declare it: let \(setting.name) = Parameter(\"\(setting.name)\", default: …)")
      }
      throw ToolError.unknown(
        "parameter '\(setting.name)' of \(file.typed)", setting.name, among: known)
    }
  }
}
