package import DeployDSL

extension Deployer {
  /// Looks at the project of a plan, without its host; changes nothing.
  ///
  /// - Returns: What was looked at, and the findings.
  package func inspectProject(of graph: StepGraph) async -> Inspection {
    if let obstacle = await composeObstacle() {
      return Inspection(.init(.project, notBecause: obstacle))
    }
    let facts = await ProjectFacts(
      of: graph, by: executor, given: Set(options.secrets.keys))
    var inspection = await Inspection(
      of: .project, facts, by: ProjectFacts.rules, for: graph.application.name)
    inspection.look.files = facts.compose.paths
    return inspection
  }

  /// Why Compose cannot be asked: the docker CLI or its plugin is missing.
  private func composeObstacle() async -> String? {
    let call = DockerCLI.composeVersion
    do {
      guard let result = try await executor.reply(to: call).printed, !result.succeeded else {
        return nil
      }
      return DockerErrorClassifier.failure(call, result, doing: "read the Compose project").message
    } catch let failure as OperationError {
      return DockerErrorClassifier.failure(call.command, failure).message
    } catch {
      return "\(error)"
    }
  }
}

extension Deployer {
  /// Looks at the host of a plan; changes nothing.
  ///
  /// - Returns: What was looked at, and the findings.
  package func inspectHost(of graph: StepGraph) async -> Inspection {
    let folder = options.stateFolder ?? executor.stateFolder
    let facts = await HostFacts(of: graph, by: executor, stateFolder: folder)
    return await Inspection(of: .host, facts, by: HostFacts.rules, for: graph.application.name)
  }

  /// Looks at the engine and everything that it runs, without a plan; changes nothing.
  package func inspectEngine() async -> Inspection {
    await Inspection(
      of: .host, await EngineFacts(by: executor), by: EngineFacts.rules, for: nil)
  }
}

extension StepGraph {
  /// A read-only context for the plan, in which no secret is read: only the names of services,
  /// images and files matter.
  func looking(by executor: any Executor) -> ActionContext {
    var application = application
    application.environment = application.environment.mapValues(\.withoutSecrets)
    return .looking(
      at: application, by: executor, interpolation: interpolation.mapValues(\.withoutSecrets),
      jobs: jobs)
  }
}

extension EnvironmentValue {
  /// The value, or a placeholder.
  fileprivate var withoutSecrets: EnvironmentValue {
    secrets.isEmpty ? self : .text("not-read-by-bgrun-check")
  }
}
