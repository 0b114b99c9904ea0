import DeployDSL
import DeployRunner
import DeploySimulator

/// The plans of a file as they are deployed together: several hosts, or the applications of
/// `inParallel` and `atomically`, each on a simulated host of its own.
struct SimulatedGroup: Sendable {
  let group: DeploymentGroup
  /// By the applications' names.
  private var copies: [String: HostCopy] = [:]

  /// - Returns: `nil` if nothing is deployed together.
  init?(_ file: LoadedFile, _ options: Options) async {
    let plans = file.plans
    guard
      plans.contains(where: { $0.rollout.hosts.count > 1 })
        || plans.count > 1 && plans.contains(where: { $0.group != nil })
    else { return nil }
    var members: [[DeploymentGroup.Member]] = []
    for plan in plans {
      let hosts = plan.rollout.hosts
      var options = options
      // This machine is none of them.
      if !hosts.isEmpty { options.invents = true }
      let copy = await HostCopy(of: plan, options)
      copies[plan.graph.application.name] = copy
      let runner = Deployer(executor: .mock(copy.host()))
      let names = hosts.isEmpty ? [nil] : hosts.map(Optional.some)
      members.append(names.map { DeploymentGroup.Member(plan.graph, on: runner, host: $0) })
    }
    group = file.group(of: members)
  }

  /// A new host for a member.
  func host(_ member: Int) -> SimulatedHost {
    let graph = group.members[member].graph
    return copies[graph.application.name]?.host() ?? SimulatedHost(for: graph.application)
  }

  /// `shop on 4 hosts in 3 waves`, `api and web together`.
  var title: String {
    let names = group.members.map(\.graph.application.name).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    let hosts = Set(group.members.compactMap(\.host)).count
    let waves = group.stages.compactMap(\.waves?.count).reduce(0, +)
    let all = names.joined(separator: ", ")
    guard hosts > 0 else { return "\(all) together" }
    return "\(all) on \(hosts == 1 ? "one host" : "\(hosts) hosts") in \(waves) waves"
  }
}

extension LoadedFile {
  /// The group in which the plans are deployed.
  ///
  /// - Parameter members: the members of each plan: one, or one for each of its hosts.
  func group(of members: [[DeploymentGroup.Member]]) -> DeploymentGroup {
    var together: [(group: Int?, plans: [(rollout: Rollout, members: [DeploymentGroup.Member])])] =
      []
    for (plan, its) in zip(plans, members) {
      if plan.group == nil || together.last?.group != plan.group {
        together.append((plan.group, []))
      }
      together[together.count - 1].plans.append((plan.rollout, its))
    }
    return DeploymentGroup(together.map { stage(of: $0.plans, in: $0.group.map { groups[$0] }) })
  }

  private func stage(
    of plans: [(rollout: Rollout, members: [DeploymentGroup.Member])], in group: DeployGroup?
  ) -> DeploymentGroup.Stage {
    let isAtomic = group?.kind == .atomically
    guard plans.allSatisfy(\.rollout.hosts.isEmpty) else {
      return .inWaves(plans, limit: group?.limit, isAtomic: isAtomic)
    }
    let members = plans.flatMap(\.members)
    guard let group else { return .inParallel(members, limit: 1) }
    return isAtomic
      ? .atomically(members, limit: group.limit) : .inParallel(members, limit: group.limit)
  }
}
