import BgrunSystem
package import DeployDSL

/// The lock that lets only one manager of a Swarm at a time deploy an application: a config of the
/// Swarm, which only one of them can create.
///
/// It stays if its run dies. The same manager takes it over then, because its own lock tells that the
/// run has ended; on other managers a person decides, by `bgrun unlock`.
package struct SwarmLock: Sendable {
  private let application: Application
  private let executor: any Executor
  private let docker: DockerCLI

  /// - Returns: `nil` outside of a Swarm.
  package init?(of application: Application, by executor: any Executor) {
    guard application.swarm != nil else { return nil }
    (self.application, self.executor) = (application, executor)
    docker = DockerCLI(application: application)
  }

  /// Takes the lock; this machine's own lock must be held.
  ///
  /// - Returns: Whether it was left by an earlier run of this manager.
  /// - Throws: ``DeployError`` if another manager holds it, or the Swarm does not answer.
  func take(_ holder: LockHolder) async throws -> Bool {
    let text = try String(decoding: JSONEncoder().encode(holder), as: UTF8.self)
    let call = docker.claim(text)
    let result = try await perform(call)
    if result.succeeded { return false }
    guard result.errors.contains("AlreadyExists") || result.errors.contains("already exists") else {
      throw DockerErrorClassifier.failure(
        call, result, doing: "lock deploys of \(application.name) on the Swarm")
    }
    guard let other = try await self.holder() else { return try await take(holder) }
    guard other.host == holder.host else {
      throw DeployError(
        .locked, other.sentence(),
        fix: "wait until it has ended, then run the plan again; only if it cannot end any more, "
          + "because its manager is gone: `bgrun unlock PLAN`")
    }
    try await release()
    let again = try await perform(call)
    guard again.succeeded else {
      throw DeployError(
        .locked, "another manager of the Swarm deploys \(application.name)",
        fix: "wait until it has ended, then run the plan again; who it is: `bgrun status PLAN`")
    }
    return true
  }

  /// Who holds it; `nil` if it is free.
  package func holder() async throws -> LockHolder? {
    guard case .names(let texts)? = try await executor.reply(to: docker.claimant()).value,
      let text = texts.first
    else { return nil }
    return try? JSONDecoder().decode(LockHolder.self, from: Data(text.utf8))
  }

  /// Releases it.
  package func release() async throws { _ = try await perform(docker.release()) }

  private func perform(_ call: HostCall) async throws -> CommandResult {
    let operation = HostOperation(.call(call), effect: .change, timeout: .seconds(30))
    let reply = try await executor.perform(operation) { _ in }
    return reply.printed ?? CommandResult(status: 0)
  }
}
