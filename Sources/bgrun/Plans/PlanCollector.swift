import DeployDSL
import Synchronization

/// Gathers what a plan's top-level code declares.
final class PlanCollector: Sendable {
  /// Plans that begin together: one, or those of a group.
  struct Stage {
    var group: DeployGroup?
    var plans: [Deploy] = []
  }

  struct Collected {
    var stages: [Stage] = []
    var parameters: [PlanSession.Declaration] = []
    var problems: [PlanDiagnostic] = []

    var plans: [Deploy] { stages.flatMap(\.plans) }

    /// Adds a plan to the group that is being declared, or by itself.
    mutating func add(_ plan: Deploy, to group: DeployGroup?) {
      if group != nil, !stages.isEmpty {
        stages[stages.count - 1].plans.append(plan)
      } else {
        stages.append(Stage(plans: [plan]))
      }
    }
  }

  private let state = Mutex(Collected())

  var collected: Collected { state.withLock { $0 } }

  /// The session that reports here.
  func session(values: [String: String], isForRun: Bool) -> PlanSession {
    PlanSession(
      values: values, isForRun: isForRun,
      onPlan: { plan in self.state.withLock { $0.add(plan, to: PlanSession.currentGroup) } },
      onGroup: { group in self.state.withLock { $0.stages.append(Stage(group: group)) } },
      onParameter: { parameter in self.state.withLock { $0.parameters.append(parameter) } },
      onProblem: { problem in self.state.withLock { $0.problems.append(problem) } })
  }
}
