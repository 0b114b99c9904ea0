import DeployDSL

extension Request: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    guard let answer = try await send(in: context) else { return .done("") }
    return .done("answered \(answer.status)")
  }

  /// Sends the request and checks the answer; `nil` if it was skipped.
  ///
  /// - Parameter isNews: Whether it is only a notification, which changes nothing on the host.
  func send(in context: ActionContext, isNews: Bool = false) async throws -> HTTPAnswer? {
    let looks = method == .get || method == .head
    if !looks, !isNews, !context.isDryRun { context.state.update { $0.hasChanged = true } }
    let reply = try await context.perform(
      .call(CurlCommand.send(self)), looks ? .verify : .change,
      timeout: within + .seconds(5))
    guard let result = reply.printed else { return nil }
    guard case .http(let answer) = reply.value else {
      let said = result.errors.split(whereSeparator: \.isNewline).last.map(String.init)
      let reason = said ?? "curl failed with exit code \(result.status)"
      throw DeployError(
        .request, "\(title) got no response: \(reason)",
        fix: "check the address, and that this machine reaches it")
    }
    let lines = answer.body.split(whereSeparator: \.isNewline).prefix(20).map(String.init)
    guard status.contains(answer.status) else {
      let wanted =
        status.count == 1 ? "\(status.lowerBound)" : "\(status.lowerBound) to \(status.upperBound)"
      throw DeployError(
        .request, "\(title) answered \(answer.status), not \(wanted)",
        fix: "check the response, or set the expected status", details: lines)
    }
    if let contains, !answer.body.contains(contains) {
      throw DeployError(
        .request, "\(title) answered \(answer.status) without \"\(contains)\" in the body",
        fix: "check the response, or set what it must contain", details: lines)
    }
    return answer
  }
}
