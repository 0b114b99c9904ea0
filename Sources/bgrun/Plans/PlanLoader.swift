import DeployDSL

/// A plan that is ready to be run.
struct LoadedPlan {
  let file: PlanFile
  /// The steps; their places show the file as the user typed it.
  let graph: StepGraph
}

/// Turns a plan's file into a step graph: compiled or taken from the cache, loaded, run, checked.
struct PlanLoader {
  let options: Options
  let output: Output

  /// Loads the plan that the command line names.
  ///
  /// - Throws: ``ToolError``, or `PlanError` with every problem of the plan.
  @MainActor
  func load() throws -> LoadedPlan {
    let file = try PlanFile(words: options.words, command: options.command)
    let compiler = PlanCompiler(
      toolchain: try Toolchain.find(), installation: try Installation.find())
    let library = PlanLibrary(file: file, compiler: compiler, output: output, options: options)
    let compiled = try library.open()
    defer { LastWords.clear() }
    return LoadedPlan(file: file, graph: try graph(of: run(compiled, of: file), file))
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

  private func graph(of collected: PlanCollector.Collected, _ file: PlanFile) throws -> StepGraph {
    try checkSettings(collected, file)
    let plan = try single(collected, file)
    var problems = collected.problems
    do {
      let graph = try plan.graph()
      if problems.isEmpty { return graph.naming(file) }
    } catch {
      problems += error.diagnostics
    }
    throw PlanError(problems.map { $0.naming(file) })
  }

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

  private func single(
    _ collected: PlanCollector.Collected, _ file: PlanFile
  ) throws(ToolError) -> Deploy {
    guard let plan = collected.plans.first else {
      throw ToolError(
        "\(file.typed) declares no Deploy", fix: "write Deploy(\"NAME\") { … } at its top level")
    }
    guard collected.plans.count == 1 else {
      let names = collected.plans.map { "\"\($0.application.name)\" (line \($0.location.line))" }
      throw ToolError(
        "\(file.typed) declares \(names.count) plans: \(names.joined(separator: ", "))",
        fix: "keep one in a file")
    }
    return plan
  }
}

extension StepGraph {
  fileprivate func naming(_ file: PlanFile) -> StepGraph {
    var copy = self
    copy.location.file = file.naming(location.file)
    for index in copy.nodes.indices {
      copy.nodes[index].location.file = file.naming(nodes[index].location.file)
    }
    return copy
  }
}

extension PlanDiagnostic {
  fileprivate func naming(_ file: PlanFile) -> PlanDiagnostic {
    var copy = self
    copy.location.file = file.naming(location.file)
    return copy
  }
}
