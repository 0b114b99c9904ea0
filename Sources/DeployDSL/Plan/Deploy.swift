/// A plan: an application and the steps that deploy it.
///
/// ```swift
/// Deploy("grafana", port: 3000, health: "/api/health") {
///   DetectActive()
///   Up(.target)
///   Health(retries: 15, every: 2)
///   SwapNginx()
///   Reload()
///   Stop(.previous)
///   Prune()
/// }
/// ```
/// Describe the application's layout once, here; every argument but the name has a default. In a
/// plan file the bare expression is enough: `bgrun` finds it. Elsewhere a plan is a value, which a
/// `Deployer` runs.
public struct Deploy: Sendable {
  /// The deployed application.
  public let application: Application
  /// The steps as they were written.
  package let steps: Steps
  /// The steps to run at the end of a failed run.
  package let onFailure: Steps
  /// The timeout of the whole run, excluding its rollback.
  package let timeout: Duration
  /// How its runs measure what users see.
  package let receipt: Receipt
  /// The hosts, and in which order they are reached: not part of what is done on each of them.
  package let rollout: Rollout
  /// Where the plan was written.
  package let location: SourceLocation
  /// Issues that were found when the plan was declared.
  private var misuse: PlanDiagnostic?

  /// Declares a plan.
  ///
  /// - Parameters:
  ///   - name: the application's name.
  ///   - blue: the blue colour's service: a service of the Compose project, or
  ///     ``ServiceReference/project(_:service:compose:environment:)``. Default: `NAME-blue`.
  ///   - green: the green colour's service, likewise. Default: `NAME-green`.
  ///   - workers: further services of the colours, which are started, checked and stopped with
  ///     them. Default: none.
  ///   - compose: the Compose file, or a list of several in Compose's order, relative to the project
  ///     folder. Default: Compose's own choice.
  ///   - project: the Compose project's name. Default: Compose's own choice.
  ///   - swarm: the Docker Swarm on which the project is a stack; its name is the project's, too.
  ///     Default: none, the project runs on one machine.
  ///   - proxy: the nginx proxy: a service of the Compose project by its name, `.container("edge")`
  ///     for any other container, or `.host` for nginx on the machine itself. Default:
  ///     `nginx-proxy`.
  ///   - site: the site file and its sources. Default: `nginx/service.conf` with
  ///     `nginx/service_blue.conf` and `nginx/service_green.conf`.
  ///   - port: the port inside the container. Default: the first one in the Compose file.
  ///   - health: the HTTP path of the health check. Default: `/`.
  ///   - environment: variables for Compose interpolation in every command that runs on this
  ///     machine: those of bgrun's own steps, `Job`, `Run`, hooks, undo, `onFailure`, `Notify` and
  ///     steps with code. If `compose` and `project` are set, the plan's own commands also get
  ///     `COMPOSE_FILE` and `COMPOSE_PROJECT_NAME`. Variables of a step override these.
  ///   - timeout: the timeout of the whole run; a number is in seconds. Default: 30 minutes.
  ///   - receipt: the requests by which a run measures what users see; `.off` for none. Default: 20
  ///     a second for the health path.
  ///   - hosts: the hosts to deploy to over SSH, each as `[USER@]HOST[:/PROJECT]`; `--on` and
  ///     `--project` replace them. A `Deployer` ignores them. Default: none, which means the machine
  ///     that bgrun runs on.
  ///   - waves: how many hosts are deployed at a time; a wave starts when the one before has
  ///     succeeded. Default: one host, then all others.
  ///   - pause: the time between two waves; a number is in seconds. Default: none.
  ///   - file: the file to report issues in. Default: the plan's.
  ///   - line: the line to report issues of the plan as a whole at. Default: the plan's.
  ///   - column: the column to report them at. Default: the plan's.
  ///   - steps: the steps, in order.
  ///   - onFailure: the steps at the end of a failed run, after its rollback, for notifications:
  ///     `Notify`, `Request`, `Run`, `Exec`, `Print`, `Wait` and steps with your own code. `Run`
  ///     gets `BGRUN_APPLICATION`, `BGRUN_OUTCOME`, `BGRUN_FAILURE`, `BGRUN_SERVING`,
  ///     `BGRUN_VERSION` and `BGRUN_PREVIOUS_VERSION` in its environment. A failure in it is only a warning. Default: nothing.
  /// - Throws: what `steps` throws.
  @discardableResult
  public init(
    _ name: String,
    blue: (any ServiceReference)? = nil,
    green: (any ServiceReference)? = nil,
    workers: [Worker] = [],
    compose: (any ComposeFiles)? = nil,
    project: String? = nil,
    swarm: Swarm? = nil,
    proxy: some ProxyConvertible = "nginx-proxy",
    site: Site = Site(),
    port: Int? = nil,
    health: String = "/",
    environment: [String: any EnvironmentConvertible] = [:],
    timeout: TimeSpan = .minutes(30),
    receipt: Receipt = Receipt(),
    hosts: [String] = [],
    waves: [Wave] = [1, .all],
    pause: TimeSpan = 0,
    file: String = #filePath, line: Int = #line, column: Int = #column,
    @PlanBuilder steps: () throws -> Steps,
    @PlanBuilder onFailure: () -> Steps = { Steps() }
  ) rethrows {
    let (blue, green) = (blue ?? "\(name)-blue", green ?? "\(name)-green")
    let ids = (blue: ServiceID(of: blue), green: ServiceID(of: green))
    let workers = workers.map { $0.inProjects(blue: ids.blue.project, green: ids.green.project) }
    let projects = workers.reduce(into: ComposeSource.all(of: [blue, green])) {
      $0.merge($1.projects) { first, _ in first }
    }
    application = Application(
      name: name, blue: ids.blue, green: ids.green, workers: workers,
      composeFiles: compose?.paths, projects: projects,
      projectName: project ?? swarm?.stack, swarm: swarm, proxy: Proxy(proxy), site: site,
      port: port, health: health,
      environment: environment.environmentValues)
    self.steps = try steps()
    self.onFailure = onFailure()
    self.timeout = timeout.duration
    self.receipt = receipt
    rollout = Rollout(hosts: hosts, waves: waves, pause: pause.duration)
    location = SourceLocation(file: file, line: line, column: column)
    misuse = PlanSession.register(self)
  }

  /// Explains that a name is needed.
  @discardableResult
  @available(*, unavailable, message: "a plan needs a name: `Deploy(\"grafana\") { … }`")
  public init(@PlanBuilder steps: () throws -> Steps) rethrows {
    try self.init("", steps: steps)
  }

  /// Creates a plan from its parts, for programs that build plans from others; it is not registered
  /// in a plan file.
  package init(
    _ application: Application, timeout: Duration, receipt: Receipt = Receipt(), steps: Steps,
    file: String = #fileID, line: Int = #line
  ) {
    self.application = application
    self.timeout = timeout
    self.receipt = receipt
    self.steps = steps
    onFailure = Steps()
    rollout = Rollout()
    location = SourceLocation(file: file, line: line, column: 1)
  }

  /// Compiles the plan into a validated step graph.
  ///
  /// - Throws: ``PlanError`` with every issue of the plan, not only the first.
  public func graph() throws(PlanError) -> StepGraph {
    var compiler = GraphCompiler(application: application)
    let graph = compiler.compile(self)
    var validator = GraphValidator(graph: graph)
    let problems =
      [misuse].compactMap(\.self) + rollout.problems(at: location) + compiler.problems
      + validator.validate()
    guard problems.isEmpty else { throw PlanError(problems) }
    return graph
  }
}
