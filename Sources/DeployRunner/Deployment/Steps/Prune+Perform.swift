import DeployDSL

extension Prune: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    var done: [String] = []
    if images {
      // Images of existing containers, running or stopped, are never dangling.
      let call = context.docker.pruneImages()
      let reply = try await context.change(.call(call))
      let result = reply.printed ?? CommandResult(status: 0)
      // The engine allows one prune at a time, whichever deploy starts it.
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

  /// The networks that no container is attached to, not even a stopped one (unlike the engine's
  /// `network prune`); the application's own are always kept.
  private func unusedNetworks(in context: ActionContext) async throws -> [String] {
    let project = context.state.current.project
    let own = Set(project.map { [$0.name] + $0.others.keys } ?? [])
    let all = try await context.ask(context.docker.networks(), doing: "list the networks")
    let used = try await context.ask(
      context.docker.networksInUse(), doing: "list the networks in use")
    guard case .list(let networks) = all, case .names(let attached) = used else { return [] }
    return networks.filter { !attached.contains($0.name) && $0.project.map(own.contains) != true }
      .map(\.name)
  }
}
