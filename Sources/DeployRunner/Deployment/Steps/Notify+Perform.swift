import DeployDSL

extension Notify: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let text = text ?? context.standing
    switch channel.kind {
    case .webhook(let url, let field, let headers):
      var headers: [String: any EnvironmentConvertible] = headers
      if !headers.keys.contains(where: { $0.lowercased() == "content-type" }) {
        headers["Content-Type"] = "application/json"
      }
      let body = "{\(field.inJSON): \(text.inJSON)}"
      let request = Request(.post, url, headers: headers, body: body, within: 10)
      _ = try await request.send(in: context, isNews: true)
    case .command(let argv):
      let command = context.command(
        argv,
        environment: context.versions.environment.merging(["BGRUN_MESSAGE": .text(text)]) { $1 },
        input: .text(text + "\n"))
      let reply = try await context.perform(.command(command), .change)
      if case .command(let result) = reply, !result.succeeded {
        throw CommandErrorClassifier.failure(command, result, doing: "run \(argv.first ?? "")")
      }
    }
    return .done("")
  }
}

extension ActionContext {
  /// The status of the deploy, as a sentence.
  fileprivate var standing: String {
    let name = application.name
    if let ending {
      let serving = ending.serving.map { "\($0) serves" } ?? "active colour unknown"
      return "\(name): \(ending.outcome.sentence): \(ending.failure); \(serving)"
    }
    let facts = state.current
    guard let active = facts.active else { return "\(name) is being deployed" }
    if let live = facts.serving, live != active {
      return "\(name): \(application.serviceID(live)) serves now\(versions.remark)"
    }
    let target = application.serviceID(active.other)
    return "\(name): \(target) is being deployed, \(application.serviceID(active)) serves"
  }
}
