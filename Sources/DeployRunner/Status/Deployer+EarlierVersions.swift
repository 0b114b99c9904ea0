package import DeployDSL

/// A version that was live before, according to the journals.
package struct EarlierVersion: Sendable {
  /// How it can be rolled back to.
  package enum Way: Sendable {
    /// It is live now.
    case live
    /// Its container is kept: `bgrun rollback` starts it again, with its own settings.
    case container
    /// Its image is still there, for a new container with the settings of today's Compose file.
    case image(PinnedImage)
    /// It cannot, for this reason.
    case none(String)
  }

  /// The runs that made it live, newest first; none if it was live before bgrun's first run.
  package var runs: [RunID]
  /// The run that replaced it, if no run made it live.
  package var replacedBy: RunID?
  /// When the newest of them began.
  package var time: Timestamp?
  package var version: Version
  package var way: Way

  /// What `bgrun rollback --to` takes for it: its last run, else the start of its image's ID.
  package var key: String { runs.first?.text ?? version.shortID ?? version.name }

  /// The version, with the run that made it live: `12.4, the version of run 20261123-021405-7f3a`.
  package var title: String {
    version.text + (runs.first.map { ", the version of run \($0)," } ?? "")
  }

  /// Whether a word names it: a run's ID, its beginning or its last part, the version's name, or
  /// the beginning of its image's ID.
  package func isNamed(_ word: String) -> Bool {
    let id = version.id?.drop { $0 != ":" }.dropFirst() ?? ""
    return runs.contains { $0.isNamed(word) }
      || version.name == word || word.count >= 7 && id.hasPrefix(word)
  }
}

extension Deployer {
  /// The versions that were live, newest first, each with the last run that made it so; changes
  /// nothing.
  ///
  /// - Throws: ``/DeployDSL/DeployError`` if the host cannot be queried, or the journals cannot be
  ///   read.
  package func earlierVersions(of graph: StepGraph) async throws -> [EarlierVersion] {
    guard let (context, history) = try await lookBack(at: graph) else { return [] }
    let (facts, application) = (context.state.current, context.application)
    let active = try context.state.color(.previous)
    let now = facts.containers[application.serviceID(active)].main
    let other = facts.containers[application.serviceID(active.other)].main
    var found: [EarlierVersion] = []
    func add(_ version: Version?, by run: JournalSummary, isMadeLive: Bool) async {
      guard let version, let id = version.id else { return }
      if let known = found.firstIndex(where: { $0.version.id == id }) {
        guard isMadeLive else { return }
        if found[known].runs.isEmpty { found[known].time = run.header?.started }
        found[known].runs.append(run.run)
        return
      }
      let way: EarlierVersion.Way =
        if now?.imageID == id {
          .live
        } else if other?.imageID == id, await WayBack(context: context).isOpen(to: active.other) {
          .container
        } else {
          await self.way(to: version, id, like: now ?? other, in: context)
        }
      found.append(
        EarlierVersion(
          runs: isMadeLive ? [run.run] : [], replacedBy: run.run,
          time: isMadeLive ? run.header?.started : nil, version: version, way: way))
    }
    for run in history {
      await add(run.madeLive, by: run, isMadeLive: true)
      // It may have been live before the first run.
      await add(run.versions?.from, by: run, isMadeLive: false)
    }
    return found
  }

  /// The image of an earlier version, with the values of the Compose file's variables that belong
  /// to it, as far as they are known.
  package func pinned(
    _ image: PinnedImage, of version: EarlierVersion, in graph: StepGraph
  ) async throws -> PinnedImage {
    guard let records = RollbackPlan(of: graph).records, !records.isEmpty,
      let (context, _) = try await lookBack(at: graph)
    else { return image }
    let service = context.application.serviceID(try context.state.color(.target))
    var image = image
    for record in records {
      guard let (path, bytes) = try? await record.place(in: context) else { continue }
      let found = await EarlierValues(context: context, names: record.names, file: path)
        .find(of: version.version, after: version.runs, in: service, EnvironmentFile(bytes: bytes))
      image.values.merge(found ?? [:]) { $1 }
    }
    return image
  }

  /// The host as it is, and the runs, newest first; `nil` if nothing was recorded.
  private func lookBack(
    at graph: StepGraph
  ) async throws -> (ActionContext, [JournalSummary])? {
    let application = graph.applicationAlone
    guard let folder = options.stateFolder ?? executor.stateFolder,
      let state = try StateFolder.existing(at: folder, application: application.name)
    else { return nil }
    if let refusal = await EnginePlace.refusal(by: executor) { throw refusal }
    let context = ActionContext.looking(at: application, by: executor, knowing: options.secrets)
    context.runStore.remember(state.journal)
    if let active = options.active {
      throw DeployError(
        .plan, "the versions are listed for the colour that is found active",
        fix: "leave out --active \(active)")
    }
    try await DetectActive().detect(in: context)
    return (context, try state.history())
  }

  private func way(
    to version: Version, _ id: String, like container: Container?, in context: ActionContext
  ) async -> EarlierVersion.Way {
    if let worker = Self.workerWithOwnImage(in: context) {
      return .none("the image of its worker \(worker) is not recorded")
    }
    guard await context.imageID(of: id) != nil else { return .none("its image was removed") }
    let files = container?.composeFiles ?? []
    guard context.application.composeFiles != nil || !files.isEmpty else {
      return .none("the project's Compose files are not known: name them with Deploy(…, compose:)")
    }
    return .image(PinnedImage(id: id, name: version.image, composeFiles: files))
  }

  /// A worker whose image is not the application's, so that a version does not tell it.
  private static func workerWithOwnImage(in context: ActionContext) -> ServiceID? {
    let facts = context.state.current
    guard let active = facts.active, let project = facts.project else { return nil }
    let services = context.application.serviceIDs(active.other)
    let image = project[services[0]]?.image
    return services.dropFirst().first { image == nil || project[$0]?.image != image }
  }
}

extension JournalSummary {
  /// The version that the run made live and left so; `nil` if it did not, or its image is unknown.
  fileprivate var madeLive: Version? {
    guard case .ended(let end) = fate, [.succeeded, .cleanupIncomplete].contains(end.outcome) else {
      return nil
    }
    return end.versions?.to
  }
}
