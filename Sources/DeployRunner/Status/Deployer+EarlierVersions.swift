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

  /// The runs that made it live, newest first; there is at least one.
  package var runs: [RunID]
  /// When the newest of them began.
  package var time: Timestamp?
  package var version: Version
  package var way: Way
}

extension Deployer {
  /// The versions that runs have made live, newest first, each with its last run; changes nothing.
  ///
  /// - Throws: ``/DeployDSL/DeployError`` if the host cannot be queried, or the journals cannot be
  ///   read.
  package func earlierVersions(of graph: StepGraph) async throws -> [EarlierVersion] {
    let application = graph.applicationAlone
    guard let folder = options.stateFolder ?? executor.stateFolder,
      let state = try StateFolder.existing(at: folder, application: application.name)
    else { return [] }
    if let refusal = await EnginePlace.refusal(by: executor) { throw refusal }
    let context = ActionContext.looking(at: application, by: executor)
    context.runStore.remember(state.journal)
    if let active = options.active {
      throw DeployError(
        .plan, "the versions are listed for the colour that is found active",
        fix: "leave out --active \(active)")
    }
    try await DetectActive().detect(in: context)
    let active = try context.state.color(.previous)
    let facts = context.state.current
    let now = facts.containers[application.serviceID(active)].main
    let other = facts.containers[application.serviceID(active.other)].main
    var found: [EarlierVersion] = []
    for run in try state.history() {
      guard let version = run.madeLive, let id = version.id else { continue }
      if let known = found.firstIndex(where: { $0.version.id == id }) {
        found[known].runs.append(run.run)
        continue
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
        EarlierVersion(runs: [run.run], time: run.header?.started, version: version, way: way))
    }
    return found
  }

  private func way(
    to version: Version, _ id: String, like container: Container?, in context: ActionContext
  ) async -> EarlierVersion.Way {
    guard context.application.workers.isEmpty else {
      return .none("the images of its workers are not recorded")
    }
    let answer = try? await context.ask(context.docker.image(id), .observe, doing: "")
    guard answer == .flag(true) else { return .none("its image was removed") }
    let files = container?.composeFiles ?? []
    guard context.application.composeFiles != nil || !files.isEmpty else {
      return .none("the project's Compose files are not known: name them with Deploy(…, compose:)")
    }
    return .image(PinnedImage(id: id, name: version.image, composeFiles: files))
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
