import DeployDSL

extension SwapNginx: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let target = try context.state.color(.target)
    let application = context.application
    let source = context.source(target)
    let old = try await unchangedSite(in: context)
    let bytes = try await configuration(for: target, from: old, in: context)
    let site = ProxySwitch(context: context)
    // A file that is rewritten in place has been parsed already.
    if try !site.proxy().isRewritten { try site.means(target, bytes, from: source) }
    try await site.targetStillAnswers()
    try await site.gatedTargetLives()
    try site.targetIsInReach()
    try await site.targetListens(for: bytes, from: source)
    if context.resumeState != nil, old == bytes {
      // The run being resumed has written it, and declared the undo. If it had requested the
      // reload, the active colour is still unknown.
      context.state.update { if $0.phase == .untouched { $0.cutover = .written } }
      try await site.alone { try await test(bytes, from: source, site) }
      return .done("\(application.site.file) is for \(target), tested")
    }
    let back = try await siteOfPrevious(old, target.other, in: context)
    try await context.declare(
      .restoreSite(color: target.other, bytes: back, method: try site.proxy().method))
    let content = try describe(target, old, site) ?? source
    context.emit(.difference(FileDifference(of: application.site.file, from: old, to: bytes)))
    try await site.alone {
      try await write(bytes, content, from: source, over: old, site)
    }
    return .done("\(application.site.file) is for \(target), tested")
  }

  /// The new content of a site file that is rewritten in place; `nil` if it has sources.
  private func describe(
    _ target: Color, _ old: [UInt8], _ site: ProxySwitch
  ) throws -> String? {
    let (context, file) = (site.context, site.application.site.file)
    if try site.proxy().generated?[target] != nil { return "its generated text for \(target)" }
    guard try site.proxy().isRewritten else { return nil }
    let rewrite = try SiteRewrite(old, by: site.hosts, in: context)
    let lines = rewrite.difference(for: target)
    for line in rewrite.otherLines(by: site.hosts) {
      context.note(
        "\(file):\(line) names \(site.application.serviceID(target.other)) and stays as it is: it does "
          + "not decide where requests go")
    }
    let numbers = lines.map { "\($0.line)" }.joined(separator: ", ")
    return "its own text with \(site.application.serviceID(target)) in line \(numbers)"
  }

  /// Writes the target's configuration and tests it; if nginx rejects it, restores the old one.
  ///
  /// - Parameter content: A description of the new content.
  private func write(
    _ bytes: [UInt8], _ content: String, from source: String, over old: [UInt8], _ site: ProxySwitch
  ) async throws {
    let state = site.context.state
    if !site.context.isDryRun {
      // Another application's deploy may have reloaded the proxy since the run started.
      let workers = try await site.workers(.observe).pids
      state.update { $0.detected?.proxy.workers = workers }
    }
    do {
      state.update { $0.cutover = .written }
      try await site.write(bytes, from: content)
      try await test(bytes, from: source, site)
    } catch {
      // The file must never hold content that nginx rejects: any reload would fail. If restoring
      // fails too, or such a reload has happened, the undo handles it.
      try? await site.shielded { site in
        try await site.write(old, from: "its old content")
        let isLoaded = await site.mayHaveBeenLoaded()
        if !isLoaded { site.context.state.update { $0.cutover = .untouched } }
      }
      throw error
    }
  }

  /// Makes sure that nginx accepts the new content, and that the switch suits its other files.
  private func test(_ bytes: [UInt8], from source: String, _ site: ProxySwitch) async throws {
    guard let dump = try await site.test(bytes, from: source) else { return }
    try site.sourcesAreNotLoaded(dump, bytes)
    try site.othersFollow(dump, from: try site.context.state.color(.previous))
  }

  /// What to restore in the site file on a rollback: the old content, unless the user said that its
  /// colour is not the active one.
  private func siteOfPrevious(
    _ old: [UInt8], _ previous: Color, in context: ActionContext
  ) async throws -> [UInt8] {
    if ProxySwitch(context: context).color(of: old) == previous { return old }
    return try await configuration(for: previous, from: old, in: context)
  }

  /// The site file's content for a colour.
  private func configuration(
    for color: Color, from old: [UInt8], in context: ActionContext
  ) async throws -> [UInt8] {
    let site = ProxySwitch(context: context)
    if try site.proxy().isRewritten {
      return try SiteRewrite(old, by: site.hosts, in: context).content(for: color)
    }
    if let bytes = try site.proxy().generated?[color] { return bytes }
    let source = context.application.source(color)
    guard case .file(let bytes) = try await context.read(source).content else {
      throw DeployError(
        .environment, "the configuration for \(color), \(source), no longer exists",
        fix: "restore it; nothing was switched")
    }
    return bytes
  }

  /// The site file's bytes, if unchanged since the run started.
  private func unchangedSite(in context: ActionContext) async throws -> [UInt8] {
    let path = context.application.site.file
    guard let known = context.state.current.proxy?.siteBytes else {
      throw DeployError(
        .plan, "the proxy is not known yet", fix: "put DetectActive() before SwapNginx()")
    }
    let content = try await context.read(path).content
    // The first deploy of a generated site writes the file.
    if content == .missing, known.isEmpty { return [] }
    guard case .file(let bytes) = content, bytes == known else {
      throw DeployError(
        .interference, "\(path) was changed by another process during this run",
        fix: "find the other deploy, then run the plan again")
    }
    return bytes
  }
}
