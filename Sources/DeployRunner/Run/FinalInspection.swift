import DeployDSL

/// Checks what is live when a run ends, however it ends: meanwhile containers may have exited, the
/// proxy may have been stopped, and users may have switched.
///
/// What cannot be observed changes nothing: an engine that does not answer has stopped nothing.
struct FinalInspection {
  /// How long to retry after a bad answer through the proxy: one failed request is not an outage.
  private static let patience: Duration = .seconds(3)
  private static let pause: Duration = .milliseconds(250)

  let context: ActionContext

  private var application: Application { context.application }
  private var inspector: ComposeInspector { ComposeInspector(context: context) }
  private var facts: DeploymentState.Facts { context.state.current }

  /// Inspects the host, and records whether the result of the run still holds.
  ///
  /// - Returns: What has changed since.
  func take() async -> DeployError? {
    let phase = facts.phase
    guard let active = facts.active, facts.proxy != nil, phase != .reloading else { return nil }
    let wasDown = facts.doubt == .proxyDown
    context.state.update { if $0.doubt != .engineAway { $0.doubt = nil } }
    let down = await seen { try await proxyFails(ifUnseen: wasDown) }
    if let down {
      context.state.update { $0.add(.proxyDown) }
      return down
    }
    let serving = facts.serving ?? active
    var moved = await seen { try await siteFails(for: serving) }
    if moved != nil {
      // An editor may be in the middle of writing it.
      try? await context.sleep(Self.pause)
      moved = await seen { try await siteFails(for: serving) }
    }
    let dead = await seen { try await containerFails(of: serving) }
    let isAsked = phase == .proved || phase == .restored
    let silent = isAsked ? await answerFails(for: serving) : nil
    var isLost = false
    if dead != nil { isLost = (try? await runs(serving)) == false }
    if moved != nil || silent != nil || isLost { context.state.update { $0.add(.disturbed) } }
    // A container that was down when the run started is not reported again.
    let isNews = isAsked || facts.containers[application.serviceID(active)].main?.isRunning == true
    return moved ?? (isNews ? dead : nil) ?? silent
  }

  /// The finding of an inspection; `nil` if the host cannot be inspected.
  private func seen(_ look: () async throws -> DeployError?) async -> DeployError? {
    try? await look()
  }

  /// - Parameter wasDown: whether the run has seen that the proxy is down, which holds until it can
  ///   be seen again.
  private func proxyFails(ifUnseen wasDown: Bool) async throws -> DeployError? {
    guard let proxy = facts.proxy?.running else { return nil }
    do throws(DeployError) {
      let isSame = try await ProxyFinder(context: context).isSame(proxy)
      if isSame == nil, wasDown { context.state.update { $0.add(.proxyDown) } }
      return nil
    } catch {
      return error
    }
  }

  /// The command that makes nginx load its files.
  private var reload: String {
    facts.proxy.map { context.docker.reload($0.running.nginx).command.description } ?? ""
  }

  private func siteFails(for serving: Color) async throws -> DeployError? {
    let site = ProxySwitch(context: context)
    switch facts.phase {
    // The run wrote that itself and was told to leave it.
    case .written: return nil
    case .proved:
      if try await site.siteColor(ifChanged: false) == serving { return nil }
    default:
      // The user may have overruled the file.
      if try await site.siteColor(ifChanged: true) != serving.other { return nil }
    }
    return DeployError(
      .interference,
      "\(application.site.file) is no longer for \(serving): it was changed during this run",
      fix: "check the state (`bgrun status PLAN`); to serve \(serving): "
        + "\(site.remedy(for: serving)), then `\(reload)`")
  }

  private func containerFails(of serving: Color) async throws -> DeployError? {
    if facts.phase == .proved, !facts.gated.isEmpty {
      do {
        try await ProxySwitch(context: context).gatedTargetLives()
        return nil
      } catch let failure as DeployError where failure.code == .unhealthy {
        return failure
      }
    }
    let service = application.serviceID(serving)
    let found = try await inspector.container(of: service)
    if found?.isRunning == true { return nil }
    return DeployError(
      .unhealthy, "\(service) is no longer running: it \(found?.fate ?? "was removed")",
      fix: found.map { "see its log: `\(application.logLine(of: $0.name))`" })
  }

  private func runs(_ color: Color) async throws -> Bool {
    try await inspector.container(of: application.serviceID(color))?.isRunning == true
  }

  /// Checks that nginx has the proved configuration and gives good answers with it.
  private func answerFails(for serving: Color) async -> DeployError? {
    let site = ProxySwitch(context: context)
    let end = context.clock.now() + Self.patience
    var asked = 0
    while true {
      if let failure = await seen({ try await workersFail() }) { return failure }
      guard let endpoint = facts.proxy?.endpoint else { return nil }
      let answer = await site.throughProxy(.observe)
      if facts.isAnswered(answer) { return nil }
      asked += 1
      // Without a request there is no bad answer.
      if let deadline = context.deadline, context.clock.now() >= deadline { return nil }
      guard asked < 3 || context.clock.now() < end else {
        let gated = facts.gated[application.serviceID(serving)].main
        var log: [String] = []
        if let gated { log = await HealthGate.log(of: gated, in: context) }
        let logs = [gated.map { application.logLine(of: $0.name) }, site.logLine]
        return DeployError(
          .unhealthy, "\(endpoint) \(answer.verdict) at the end of the run",
          fix: "see the logs: "
            + logs.compactMap(\.self).map { "`\($0)`" }.joined(separator: ", then "),
          details: context.excerpt(of: answer.http) + log
        )
      }
      do { try await context.sleep(Self.pause) } catch { return nil }
    }
  }

  /// Workers that started after the run's own reload have read the site file again: the active
  /// colour is known only if the file has not been changed since.
  private func workersFail() async throws -> DeployError? {
    let known = facts.cutover.proof?.workers ?? []
    let now = try await ProxySwitch(context: context).workers(.observe).accepting
    guard !known.isEmpty, let oldest = now.map(\.age).max(),
      known.isDisjoint(with: now.map(\.pid)),
      // Both ages are in whole seconds or finer: only a clear difference counts.
      oldest > (try await context.read(application.site.file).age)
    else { return nil }
    return DeployError(
      .interference,
      "nginx was reloaded during this run, and \(application.site.file) was changed after that: "
        + "the active colour is unknown",
      fix: "make nginx load the file: "
        + "`\(reload)`, then `bgrun status PLAN`")
  }
}

extension DeploymentState.Facts {
  /// Whether an answer through the proxy is as good as the one that proved the last reload.
  fileprivate func isAnswered(_ answer: ProxySwitch.ProxyAnswer) -> Bool {
    guard let status = answer.status else {
      // A server that closes the connection (`return 444`) is available all the same.
      return answer.text == proxy?.silence || answer.isClosed
    }
    return ProxySwitch.Before(workers: [], status: cutover.proof?.status).isAnswered(by: status)
  }
}
