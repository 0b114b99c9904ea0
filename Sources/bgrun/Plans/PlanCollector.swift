import DeployDSL
import Synchronization

/// Gathers what a plan's top-level code declares.
final class PlanCollector: Sendable {
  struct Collected {
    /// The plans, each with the number of its group.
    var plans: [(plan: Deploy, group: Int?)] = []
    var groups: [DeployGroup] = []
    var parameters: [PlanSession.Declaration] = []
    var problems: [PlanDiagnostic] = []

    mutating func add(_ plan: Deploy, isInGroup: Bool) {
      plans.append((plan, isInGroup ? groups.indices.last : nil))
    }
  }

  private let state = Mutex(Collected())

  var collected: Collected { state.withLock { $0 } }

  /// The session that reports here.
  func session(values: [String: String], isForRun: Bool) -> PlanSession {
    PlanSession(
      values: values, isForRun: isForRun,
      onPlan: { plan in
        self.state.withLock { $0.add(plan, isInGroup: PlanSession.currentGroup != nil) }
      },
      onGroup: { group in self.state.withLock { $0.groups.append(group) } },
      onParameter: { parameter in self.state.withLock { $0.parameters.append(parameter) } },
      onProblem: { problem in self.state.withLock { $0.problems.append(problem) } })
  }
}
