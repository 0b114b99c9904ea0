import DeployDSL

extension DetectActive: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let proxy = try await detect(in: context)
    let active = try context.state.color(.previous)
    context.emit(.versions(context.versions))
    try watchIsPossible(in: context)
    try SiteCoverage(context: context).check()
    try composeReadsTheSame(in: context)
    if context.resumeState == nil {
      let target = context.application.serviceID(active.other)
      for gate in context.gates {
        try HealthProbe.portIsKnown(for: gate, of: target, in: context)
      }
    }
    if context.resumeState == nil { WayBack(context: context).noteIfSame() }
    // A resumed run detects nothing: its journal tells.
    if context.resumeState?.phase == .proved {
      return .done("\(active) was active when the run began, \(active.other) since the switch")
    }
    let service = context.application.serviceID(active)
    let running = context.state.current.containers[service]?.running ?? []
    guard !running.isEmpty else {
      return .done("\(active) is down, deploying \(active.other)")
    }
    // If the file is for the other colour, a reload would switch.
    if proxy.fileColor == active {
      try await UpstreamRefresh(context: context).ensure(of: running, for: proxy.workers)
    }
    return .done("\(active) serves, \(active.other) is next")
  }

  /// Makes sure that Compose will read what it read when the active version was created: with other
  /// options the new one would lack its variables, or mount other folders.
  private func composeReadsTheSame(in context: ActionContext) throws {
    let service = context.application.serviceID(try context.state.color(.previous))
    guard !context.startsExisting, context.resumeState == nil, service.project == nil,
      let container = context.state.current.containers[service].main
    else { return }
    let variable = "COMPOSE_ENV_FILES"
    if !container.environmentFiles.isEmpty, context.docker.value(of: variable) == nil,
      Paths.variable(variable) == nil
    {
      let files = container.environmentFiles.joined(separator: ",")
      throw DeployError(
        .environment,
        "\(service) was created with `docker compose --env-file`, and without that file the new "
          + "version would lack its variables",
        fix: "name it in the environment, where Compose and bgrun find it: "
          + "`export \(Command([variable + "=" + files]))`")
    }
    // The default is the folder of the first Compose file.
    if let folder = container.projectFolder, let file = container.composeFiles.first,
      file.hasPrefix("/"), let usual = Paths.parent(of: file), usual != folder
    {
      throw DeployError(
        .environment,
        "\(service) was created with `docker compose --project-directory \(folder)`: bgrun uses the "
          + "folder of \(file), in which the new version's relative paths would be others",
        fix: "move the Compose file to \(folder), or create the containers without that option")
    }
  }

  /// Makes sure, before anything is started, that the application answers what `Watch` requests:
  /// otherwise another site's answers would roll back a sound version.
  private func watchIsPossible(in context: ActionContext) throws {
    guard !context.watched.isEmpty, let proxy = context.state.current.proxy else { return }
    guard let endpoint = proxy.endpoint else { throw Watch.unpublished(context.application) }
    for path in context.watched where !endpoint.isAnswered(for: path) {
      throw DeployError(
        .plan,
        "Watch() cannot observe the new version: "
          + endpoint.unknown(for: path, in: context.application),
        fix: endpoint.isKnown
          ? "name a path that it answers: Watch(for: 60, \"/…\")" : endpoint.cure(for: path))
    }
  }

  /// Makes sure that a resumed run made the active colour active itself: otherwise it would act on
  /// a colour that another process has made active since.
  private func wasOurs(
    _ serving: Color, _ resumeState: ResumeState, in context: ActionContext
  ) throws {
    guard [.untouched, .restored].contains(resumeState.phase) else { return }
    let application = context.application
    throw DeployError(
      .interference,
      "\(application.serviceID(serving.other)) was active when that run began, and it had not switched, "
        + "but now \(application.site.file) is for \(serving): another process has switched",
      fix: "check the state (`bgrun status PLAN`); if it is correct, mark the run as resolved "
        + "(`bgrun resolve PLAN`) and run the plan again")
  }

  /// Makes sure that the stated colour can be the active one: while the proxy answers, a colour that
  /// does not run is not, and the deploy would begin by replacing the other one.
  private func contradictsNothing(
    _ active: Color, _ running: Set<Color>, _ proxy: ProxyInspector.Findings,
    in context: ActionContext
  ) async throws {
    guard running == [active.other], let endpoint = proxy.facts.endpoint,
      let path = proxy.facts.provingPath,
      let answer = try? await endpoint.get(path, .observe, timeout: .seconds(5), in: context),
      answer.status < 500
    else { return }
    let application = context.application
    throw DeployError(
      .disagreement,
      "\(application.serviceID(active)) is not running, and the proxy answers (HTTP "
        + "\(answer.status)): so \(active.other) is active, not \(active)",
      fix: "run it again: `bgrun deploy PLAN --active \(active.other)`")
  }

  /// Inspects the host without changing anything.
  @discardableResult
  func detect(in context: ActionContext) async throws -> ProxyInspector.Findings {
    let (project, containers) = try await ComposeInspector(context: context).projectAndContainers()
    let application = context.application
    let proxy = try await ProxyInspector(context: context).find(
      in: project, among: containers)
    let byService = Dictionary(grouping: containers, by: context.serviceID)
      .mapValues { $0.sorted { $0.number < $1.number } }
    let witnesses = ActiveColorResolver(
      application: application, fileColor: proxy.fileColor, isStale: proxy.isStale,
      running: Set(
        Color.allCases.filter { byService[application.serviceID($0)].main?.isRunning == true }))
    let verdict = witnesses.verdict
    let active = try context.saidActive ?? verdict.get()
    if context.saidActive != nil, context.resumeState == nil {
      try await contradictsNothing(active, witnesses.running, proxy, in: context)
    }
    let isOverruled = verdict == .success(active.other)
    if isOverruled, let resumeState = context.resumeState {
      try wasOurs(active.other, resumeState, in: context)
    } else if isOverruled {
      context.warn("using --active \(active), although \(active.other) is active")
    }
    let isResumedAfterSwitch = context.resumeState?.state.phase == .proved
    let target = application.serviceID(active.other)
    var planned =
      context.pinned.map { Version(image: $0.name, id: $0.id) }
      ?? (context.startsExisting
        ? byService[target].main.map(Version.init)
        : project[target]?.image.flatMap {
          PlanSession.hasPlaceholder($0) ? nil : Version(image: $0)
        })
    if context.asksForImage, planned?.id == nil, let image = planned?.image {
      planned?.id = await context.imageID(of: image)
    }
    context.state.update { [planned] facts in
      facts.project = project
      var detected = DeploymentState.Detected(
        active: active, containers: byService, proxy: proxy.facts, gated: facts.gated,
        planned: planned)
      // The run being resumed passed the health check.
      if isResumedAfterSwitch {
        for service in application.serviceIDs(active.other) {
          detected.gated[service] = byService[service]?.running
        }
      }
      facts.detected = detected
    }
    let serves = byService[application.serviceID(active)].main?.isRunning == true
    if !serves, !isOverruled, !isResumedAfterSwitch {
      context.warn(
        "\(application.serviceID(active)) is active but not running: this is an outage until "
          + "\(application.serviceID(active.other)) is deployed")
    }
    return proxy
  }
}
