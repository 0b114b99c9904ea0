import DeployDSL

/// A look at what serves when a run has failed: containers end, and people switch, while it goes on.
///
/// What cannot be seen changes nothing: an engine that does not answer has stopped nobody.
struct LastLook {
  let context: ActionContext

  func take() async {
    let facts = context.ledger.current
    guard let active = facts.active, let proxy = facts.proxy, !facts.isProxyDown else { return }
    let serving: Color
    switch facts.phase {
    case .proved: serving = active.other
    case .reloading: return
    case .untouched, .written, .refused, .restored: serving = active
    }
    // What the run has written itself and was told to leave is no surprise.
    let isMeantForOther = facts.phase == .written ? false : await isMeant(for: serving.other)
    let isRunning = await runs(serving)
    if isMeantForOther || !isRunning { context.ledger.update { $0.isDisturbed = true } }
    guard let found = try? await ComposeSurvey(context: context).inspect([proxy.container.id])
    else { return }
    if found.first?.isRunning != true { context.ledger.update { $0.isProxyDown = true } }
  }

  /// Whether somebody else has made the site file be for a colour.
  private func isMeant(for color: Color) async -> Bool {
    let isProved = context.ledger.current.phase == .proved
    return (try? await Switch(context: context).siteColor(ifChanged: !isProved)) == color
  }

  private func runs(_ color: Color) async -> Bool {
    do {
      let service = context.application.service(color)
      return try await ComposeSurvey(context: context).container(of: service)?.isRunning == true
    } catch {
      return true
    }
  }
}
