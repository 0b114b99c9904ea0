import DeployDSL

extension Approve: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    guard !context.isDryRun else {
      context.note("asks: \(question)")
      return .done("")
    }
    switch context.approval {
    case .always: return .done("approved beforehand")
    case .refuse:
      throw DeployError(
        .approval, "\"\(question)\" needs approval, but no terminal can ask for it",
        fix: "run it on a terminal, or add --yes")
    case .ask(let ask):
      context.emit(.asked(question))
      let isApproved = try await CodeAction.bounded(by: context) { try await ask(question) }
      guard isApproved else {
        throw DeployError(
          .approval, "\"\(question)\" was not approved",
          fix: "run the plan again when it may proceed")
      }
      return .done("approved")
    }
  }
}
