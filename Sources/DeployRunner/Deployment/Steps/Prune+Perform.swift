import DeployDSL

extension Prune: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    var done: [String] = []
    if images {
      // Images that a container uses, running or stopped, are never dangling in this sense.
      let call = context.docker.pruneImages()
      let reply = try await context.change(.call(call))
      let result = reply.printed ?? CommandResult(status: 0)
      // The engine refuses a second one at the same time; another deploy's does as well.
      let isRunning = DockerErrorClassifier.isPruneRunning(result)
      guard result.succeeded || isRunning else {
        throw DockerErrorClassifier.failure(call, result, doing: "remove dangling images")
      }
      if isRunning {
        done.append("dangling images: another prune is running")
      } else if case .freed(let space?) = reply.value {
        done.append("dangling images: \(space) freed")
      } else {
        done.append("dangling images removed")
      }
    }
    if networks {
      let unused = try await unusedNetworks(in: context)
      if !unused.isEmpty {
        try await context.change(
          context.docker.removeNetworks(unused), doing: "remove unused networks")
      }
      done.append(unused.isEmpty ? "no unused networks" : "networks removed: \(unused.count)")
    }
    return .done(done.joined(separator: ", "))
  }

  /// The networks that no container is attached to, not even a stopped one, as the engine's own
  /// `network prune` would have it; the application's own are kept whatever they are attached to.
  private func unusedNetworks(in context: ActionContext) async throws -> [String] {
    let own = context.state.current.project?.name
    let all = try await context.ask(context.docker.networks(), doing: "list the networks")
    let used = try await context.ask(
      context.docker.networksInUse(), doing: "list the networks in use")
    guard case .list(let networks) = all, case .names(let attached) = used else { return [] }
    return networks.filter { !attached.contains($0.name) && $0.project != own }.map(\.name)
  }
}
