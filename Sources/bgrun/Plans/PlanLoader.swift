import DeployDSL
import DeployRunner

/// A plan that is ready to be run.
struct LoadedPlan: Sendable {
  let file: PlanFile
  /// The steps; their locations name the file as the user typed it.
  let graph: StepGraph
  /// The number of the group that it is declared in.
  var group: Int?
  /// The hosts that it is deployed to, as far as the command line chooses them.
  var rollout = Rollout()
  /// The values that the plan's parameters have.
  var parameters: [String: String] = [:]
  /// What the last run recorded, if that replaces the plan: the graph is then its rollback.
  var recorded: RecordedPlan?

  /// The plan alone, with other steps, which all its hosts do at the same time.
  func with(_ graph: StepGraph) -> LoadedFile {
    LoadedFile(
      file: file,
      plans: [
        LoadedPlan(
          file: file, graph: graph, rollout: Rollout(hosts: rollout.hosts, waves: [.all]),
          parameters: parameters, recorded: recorded)
      ])
  }
}

/// The plans of a file that the command line chooses, ready to be run.
struct LoadedFile: Sendable {
  let file: PlanFile
  /// The plans, in the file's order.
  var plans: [LoadedPlan]
  /// The groups that the file declares.
  var groups: [DeployGroup] = []
  /// The parameters that the file declares.
  var parameters: [PlanSession.Declaration] = []
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
    try only(of: loadAll())
  }

  /// Loads all plans that the command line names.
  ///
  /// - Throws: ``ToolError``, or `PlanError` with every problem of the plans.
  @MainActor
  func loadAll() throws -> LoadedFile {
    if let loaded = options.loaded { return try loaded.get() }
    let compiled = try compiled()
    return try load(compiled.file, compiled.plan)
  }

  /// The plan that is linked into this program, or else compiled or taken from the cache.
  func compiled() throws -> (file: PlanFile, plan: CompiledPlan) {
    if let compiled = options.compiled { return try compiled.get() }
    if let embedded = EmbeddedPlan.current { return (embedded.file, embedded.code) }
    let file = try PlanFile(options)
    let runner = try ToolchainRunner(output: output, options: options)
    return (file, try PlanLibrary(file, runner).open())
  }

  @MainActor
  private func load(_ file: PlanFile, _ compiled: CompiledPlan) throws -> LoadedFile {
    let loaded = try load(compiled, file, options.values)
    let values = earlierValues(for: loaded).merging(options.values) { $1 }
    return values == options.values ? loaded : try load(compiled, file, values)
  }

  /// Loads the one plan that the command line names, or what the last run recorded of it.
  ///
  /// - Throws: as ``loadAllOrRecorded()``.
  @MainActor
  func loadOrRecorded() throws -> LoadedPlan {
    try only(of: loadAllOrRecorded())
  }

  private func only(of file: LoadedFile) throws -> LoadedPlan {
    guard let plan = file.plans.first, file.plans.count == 1 else {
      throw ToolError.several(file.plans, options)
    }
    return plan
  }

  /// Loads all plans that the command line names; if that fails, what the last run recorded of them.
  ///
  /// - Throws: ``ToolError``, or `PlanError` with every problem of the plans; nothing was recorded
  ///   then.
  @MainActor
  func loadAllOrRecorded() throws -> LoadedFile {
    let compiled: (file: PlanFile, plan: CompiledPlan)
    do {
      compiled = try self.compiled()
    } catch let error as ToolError where !error.code.isSignal {
      return try recorded(instead: error, because: error.message)
    } catch let error as PlanError {
      return try recorded(
        instead: error, because: "\(options.words.first ?? "the plan") is invalid")
    }
    do {
      return try options.loaded?.get() ?? load(compiled.file, compiled.plan)
    } catch let error as PlanError {
      return try recorded(instead: error, because: "\(compiled.file.typed) is invalid")
    }
  }

  private func recorded(
    instead error: any Error, because reason: String
  ) throws -> LoadedFile {
    guard let typed = options.words.first, options.words.count == 1, typed.hasSuffix(".swift")
    else { throw error }
    let found = RecordedPlans(options)
      .plans(of: EmbeddedPlan.current?.file.path ?? typed)
      .filter { options.only.isEmpty || options.only.contains($0.plan.application.name) }
    guard let newest = found.map(\.time).max(), let run = found.first(where: { $0.time == newest })
    else { throw error }
    let file = PlanFile(recorded: typed)
    let plans = try found.map { recorded in
      LoadedPlan(
        file: file, graph: try recorded.graph(of: typed), parameters: recorded.parameters ?? [:],
        recorded: recorded)
    }
    output.complain("bgrun: \(reason); using the plan of run \(run.run), \(newest.ago())\n")
    return LoadedFile(file: file, plans: plans)
  }

  @MainActor
  private func load(
    _ plan: CompiledPlan, _ file: PlanFile, _ values: [String: String]
  ) throws -> LoadedFile {
    let collector = PlanCollector()
    plan.run(
      named: file.typed,
      collecting: collector.session(values: values, isForRun: options.command.startsRun))
    let collected = collector.collected
    try checkSettings(collected, file)
    var loaded = try PlanSelection(file: file, collected: collected, names: options.only).load()
    loaded.parameters = collected.parameters
    try choose(hostsOf: &loaded)
    for parameter in collected.parameters {
      let value = values[parameter.name] ?? parameter.defaultText
      for index in loaded.plans.indices { loaded.plans[index].parameters[parameter.name] = value }
    }
    let projects = Set(loaded.plans.compactMap { CheckCommand.projectFolder(of: $0, options) })
    if let project = projects.first, projects.count == 1, options.hosts.isEmpty, !options.isOnHost {
      output.found(project: project)
    }
    return loaded
  }

  /// Applies `--on` and `--only-host`: a plan for other hosts only is not chosen.
  private func choose(hostsOf file: inout LoadedFile) throws(ToolError) {
    let all = file.hosts
    if options.hosts.isEmpty { _ = try options.kept(all) }
    file.plans = file.plans.compactMap { plan in
      var plan = plan
      plan.rollout = options.rollout(of: plan.rollout)
      let isElsewhere = plan.rollout.hosts.isEmpty && !all.isEmpty && !options.onlyHosts.isEmpty
      return isElsewhere ? nil : plan
    }
  }

  /// The parameters of an earlier run that the command line does not set, for commands that start
  /// no new run: all of them for a resume and for a replay, otherwise those without a default.
  private func earlierValues(for file: LoadedFile) -> [String: String] {
    guard !options.command.startsRun else { return [:] }
    let (isResume, isReplay) = (
      options.command is ResumeCommand, options.command is ReplayCommand
    )
    let names = file.parameters.filter { isResume || isReplay || $0.defaultText == nil }
      .map(\.name)
    guard !names.allSatisfy({ options.values[$0] != nil }) else { return [:] }
    let runs = file.plans.compactMap { plan -> JournalHeader? in
      // The command itself reports what is wrong with the folder.
      guard let state = try? StatePath.existing(options, plan) else { return nil }
      if isResume { return (try? state.journal.interrupted())?.header }
      if isReplay {
        guard let run = try? state.journal.run(named: options.run) else { return nil }
        return (try? state.journal.open(run))?.state.header
      }
      return (try? state.history())?.lazy.compactMap(\.header).first { $0.parameters != nil }
    }
    var values: [String: String] = [:]
    for header in runs {
      for (name, value) in header.parameters ?? [:] where names.contains(name) {
        values[name] = values[name] ?? value
      }
    }
    return values
  }

  /// The parameters that an embedded plan declares.
  @MainActor
  func parameters(of embedded: EmbeddedPlan) -> [PlanSession.Declaration] {
    let collector = PlanCollector()
    embedded.code.run(
      named: embedded.file.typed, collecting: collector.session(values: [:], isForRun: false))
    return collector.collected.parameters
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
}
