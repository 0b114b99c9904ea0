import DeployDSL
import DeployRunner

/// Selects plans of a file, turns them into step graphs and finds conflicts between them.
struct PlanSelection {
  let file: PlanFile
  let collected: PlanCollector.Collected
  /// The applications that the command line names; none means all.
  let names: [String]

  /// Loads the plans that are chosen.
  ///
  /// - Throws: ``ToolError``, or `PlanError` with every problem.
  func load() throws -> LoadedFile {
    guard !collected.plans.isEmpty || !collected.groups.isEmpty || !collected.problems.isEmpty
    else {
      throw ToolError(
        "\(file.typed) declares no Deploy", fix: "write Deploy(\"NAME\") { … } at its top level")
    }
    try checkNames()
    var problems = collected.problems + sameNames() + emptyGroups()
    var loaded = LoadedFile(file: file, plans: [], groups: collected.groups)
    for (plan, group) in collected.plans where isChosen(plan) {
      do {
        let graph = try plan.graph()
        if let group, collected.groups[group].kind == .atomically,
          let obstacle = DeploymentGroup.obstacle(toRollingBack: graph)
        {
          problems.append(obstacle)
        }
        loaded.plans.append(
          LoadedPlan(file: file, graph: graph.naming(file), group: group, rollout: plan.rollout))
      } catch {
        problems += error.diagnostics
      }
    }
    problems += sameSites(loaded.plans)
    guard problems.isEmpty else { throw PlanError(problems.map { $0.naming(file) }) }
    return loaded
  }

  private func isChosen(_ plan: Deploy) -> Bool {
    names.isEmpty || names.contains(plan.application.name)
  }

  private func checkNames() throws(ToolError) {
    let known = collected.plans.map(\.plan.application.name)
    for name in names where !known.contains(name) {
      throw ToolError.unknown("Deploy '\(name)' of \(file.typed)", name, among: known)
    }
  }

  // MARK: Conflicts

  private func sameNames() -> [PlanDiagnostic] {
    var first: [String: Deploy] = [:]
    return collected.plans.compactMap { plan, _ in
      let name = plan.application.name
      guard let earlier = first[name] else {
        first[name] = plan
        return nil
      }
      return PlanDiagnostic(
        "line \(earlier.location.line) already declares a Deploy \"\(name)\"",
        fix: "use another name", at: plan.location)
    }
  }

  /// Plans that would each undo the other's switch, or wait for each other: those that rewrite one
  /// file without sources take turns, but `atomically` switches at once.
  private func sameSites(_ plans: [LoadedPlan]) -> [PlanDiagnostic] {
    var switching: [LoadedPlan] = []
    return plans.compactMap { plan in
      let (its, place) = (plan.graph.application, plan.graph.location)
      guard plan.graph.nodes.contains(where: { $0.step is SwapNginx }) else { return nil }
      let earlier = switching.first { earlier in
        SiteInProject(earlier.graph.application) == SiteInProject(its)
          && !(earlier.graph.application.site.mayBeRewritten && its.site.mayBeRewritten
            && !areAtOnce(earlier, plan))
      }?.graph
      guard let earlier, earlier.application.name != its.name else {
        switching.append(plan)
        return nil
      }
      return PlanDiagnostic(
        "\(its.name) and \(earlier.application.name) (line \(earlier.location.line)) both switch "
          + "the site file \(its.site.file)",
        fix: "give each its own: site: Site(\"nginx/\(its.name).conf\")", at: place)
    }
  }

  private func areAtOnce(_ one: LoadedPlan, _ other: LoadedPlan) -> Bool {
    one.group.map { $0 == other.group && collected.groups[$0].kind == .atomically } ?? false
  }

  private func emptyGroups() -> [PlanDiagnostic] {
    collected.groups.enumerated().compactMap { number, group in
      guard !collected.plans.contains(where: { $0.group == number }) else { return nil }
      return PlanDiagnostic(
        "`\(group.kind)` contains no Deploy", fix: "write Deploy(\"NAME\") { … } in its block",
        at: group.location)
    }
  }
}

/// A site file, by the Compose project that it belongs to.
private struct SiteInProject: Equatable {
  let composeFiles: [String]?
  let projectName: String?
  let file: String

  init(_ application: Application) {
    composeFiles = application.composeFiles
    projectName = application.projectName
    file = application.site.file
  }
}

extension Site {
  fileprivate var mayBeRewritten: Bool { isOwnSource || hasUsualSources }
}

extension ToolError {
  /// The file declares several plans, but one is needed.
  ///
  /// - Parameter word: what needs one; `nil` is the command.
  static func several(
    _ plans: [LoadedPlan], _ options: Options, because word: String? = nil
  ) -> ToolError {
    let names = plans.map {
      "\"\($0.graph.application.name)\" (line \($0.graph.location.line))"
    }
    return ToolError(
      "\(plans.first?.file.typed ?? "the plan") declares \(names.count) Deploys: "
        + names.joined(separator: ", "),
      fix: "\(word ?? "`bgrun \(options.command.name)`") applies to one: select it with --only NAME"
    )
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
