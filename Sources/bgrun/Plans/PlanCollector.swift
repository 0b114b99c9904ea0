import DeployDSL
import Synchronization

/// Gathers what a plan's top-level code declares.
final class PlanCollector: Sendable {
  struct Collected {
    var plans: [Deploy] = []
    var parameters: [PlanSession.Declaration] = []
    var problems: [PlanDiagnostic] = []
  }

  private let state = Mutex(Collected())

  var collected: Collected { state.withLock { $0 } }

  /// The session that reports here.
  func session(values: [String: String]) -> PlanSession {
    PlanSession(
      values: values,
      onPlan: { plan in self.state.withLock { $0.plans.append(plan) } },
      onParameter: { parameter in self.state.withLock { $0.parameters.append(parameter) } },
      onProblem: { problem in self.state.withLock { $0.problems.append(problem) } })
  }
}
