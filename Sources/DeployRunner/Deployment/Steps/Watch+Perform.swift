import DeployDSL

extension Watch: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let site = ProxySwitch(context: context)
    let service = try context.service(.target)
    guard let endpoint = try site.proxy().endpoint else {
      throw Self.unpublished(context.application)
    }
    let path = path ?? context.application.health
    guard endpoint.isAnswered(for: path) else {
      // Bad answers from another site are not a reason to roll back.
      context.warn(
        "not watched: \(endpoint.unknown(for: path, in: context.application)); "
          + endpoint.cure(for: path))
      return .skipped("not watched: \(endpoint) does not answer \(path) for this application")
    }
    guard !context.isDryRun else {
      _ = try await endpoint.get(path, .verify, timeout: probeTimeout, in: context)
      context.note(
        "probed every \(every.forPeople) for \(time.forPeople); \(failures) bad answers of \(window) "
          + "trigger a rollback")
      return .done("")
    }
    let question = HealthProbe(
      endpoint, path, HTTPExpectation(status: status, body: body), timeout: probeTimeout, context)
    let end = context.clock.now() + time
    context.emit(.deadline(end))
    let count = Int((time.inSeconds / every.inSeconds).rounded(.up))
    var asked = 0
    var latest: [Bool] = []
    while true {
      let answer = await question.ask(nil)
      asked += 1
      context.emit(
        .probe(
          attempt: min(asked, count), of: count, answer: answer.text, isGood: answer.isGood))
      try Task.checkCancellation()
      latest = (latest + [answer.isGood]).suffix(window)
      let bad = latest.count { !$0 }
      guard bad < failures else { throw await failure(service, bad, latest.count, answer, context) }
      try await targetServes(service, site)
      guard context.clock.now() + every < end else { break }
      try await context.sleep(every)
    }
    if context.clock.now() < end {
      try await context.sleep(end - context.clock.now())
      try await targetServes(service, site)
    }
    return .done("\(asked) answers through the proxy in \(time.forPeople)")
  }

  static func unpublished(_ application: Application) -> DeployError {
    DeployError(
      .plan,
      "\(application.proxy) publishes no port, so it cannot be watched from this machine",
      fix: "publish it in the Compose file, or leave out Watch()")
  }

  /// After a manual rollback the previous colour would give the answers.
  private func targetServes(_ service: ServiceID, _ site: ProxySwitch) async throws {
    try await site.gatedTargetLives()
    try await site.siteIsForTarget(else: "Watch no longer observes \(service)")
  }

  private func failure(
    _ service: ServiceID, _ bad: Int, _ asked: Int, _ answer: HealthProbe.Answer,
    _ context: ActionContext
  ) async -> DeployError {
    let gated = context.state.current.gated[service].main
    let failure = DeployError(
      .unhealthy,
      "\(service) passed its health check, but \(bad) of \(asked) answers through the proxy were "
        + "bad; the "
        + "last one was \(answer.text)",
      fix: "see its last log lines", details: context.excerpt(of: answer.rejected))
    guard let gated else { return failure }
    return await HealthGate.telling(gated, failure, in: context)
  }
}
