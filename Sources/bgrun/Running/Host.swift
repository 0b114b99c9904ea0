import DeployDSL
import DeployRunner
import DeploySimulator

/// The host that a plan is deployed to.
struct Host {
  let executor: any Executor
  /// Its description in the output; `nil` for Docker.
  let description: String?
  /// Whether it is simulated, with a simulated clock.
  let isSimulated: Bool
  /// What to say about it before a run; `nil` for nothing.
  let note: String?

  init(options: Options, plan: LoadedPlan) async throws(ToolError) {
    switch options.executor {
    case .docker:
      let machine = try Self.docker(options, plan)
      let application = plan.graph.application
      guard let swarm = application.swarm else {
        self.init(executor: machine, isSimulated: false)
        return
      }
      self.init(
        executor: SwarmExecutor(
          of: application, on: swarm, from: machine,
          proxies: try Self.proxies(of: swarm, machine, plan)),
        isSimulated: false)
    case .mock: self.init(await HostCopy(of: plan, options))
    }
  }

  private init(_ copy: HostCopy) {
    self.init(
      executor: .mock(copy.host()), isSimulated: true, description: copy.description,
      note: copy.note)
  }

  private init(
    executor: any Executor, isSimulated: Bool, description: String? = nil, note: String? = nil
  ) {
    (self.executor, self.isSimulated) = (executor, isSimulated)
    (self.description, self.note) = (description, note)
  }

  /// Equal hosts of a plan; only simulated ones can be several.
  static func several(
    _ count: Int, _ options: Options, _ plan: LoadedPlan
  ) async throws(ToolError) -> [Host] {
    guard options.executor == .mock else { return [try await Host(options: options, plan: plan)] }
    let copy = await HostCopy(of: plan, options)
    return (0..<count).map { _ in Host(copy) }
  }

  /// The nodes of a Swarm that nginx runs on.
  private static func proxies(
    of swarm: Swarm, _ machine: DockerExecutor, _ plan: LoadedPlan
  ) throws(ToolError) -> [(name: String, machine: DockerExecutor)] {
    var nodes: [(name: String, machine: DockerExecutor)] = []
    let folder = Paths.absolute(machine.project)
    for name in swarm.proxies {
      guard name != Swarm.here else {
        nodes.append((name, machine))
        continue
      }
      let client = try SSHClient(to: RemotePlace(name), hiding: plan.graph.secretVariables)
      nodes.append(
        (name, DockerExecutor(project: folder, host: SSHHost(client: client), stateFolder: nil)))
    }
    return nodes
  }

  /// Docker on this machine, for the plan's project.
  static func docker(_ options: Options, _ plan: LoadedPlan) throws(ToolError) -> DockerExecutor {
    .docker(
      project: try ProjectFolder.find(
        for: plan.file, composeFiles: plan.graph.application.allComposeFiles,
        named: options.project ?? plan.recorded?.project))
  }
}
