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
/// Everything that the application's layout fixes has a default and is said once here. In a plan
/// file the bare expression is enough: `bgrun` finds it. Elsewhere a plan is a value, which a
/// `Deployer` runs.
public struct Deploy: Sendable {
  /// What is deployed.
  public let application: Application
  /// The steps as they were written.
  package let steps: Steps
  /// The steps to run in the end if the run has failed.
  package let onFailure: Steps
  /// How long the whole run may take, undo not counted.
  package let timeout: Duration
  /// Where the plan was written.
  package let location: SourceLocation
  /// What makes it wrong where it was written.
  private var misuse: PlanDiagnostic?

  /// Declares a plan.
  ///
  /// - Parameters:
  ///   - name: the application's name.
  ///   - blue: the blue colour's service. Default: `NAME-blue`.
  ///   - green: the green colour's service. Default: `NAME-green`.
  ///   - workers: other services of the colours, workers for example, which are started, gated
  ///     and stopped with them. Default: none.
  ///   - compose: the Compose file, relative to the project folder. Default: Compose's own choice.
  ///   - project: the Compose project's name. Default: Compose's own choice.
  ///   - proxy: the nginx proxy's service. Default: `nginx-proxy`.
  ///   - site: the site file and its sources. Default: `nginx/service.conf` with
  ///     `nginx/service_blue.conf` and `nginx/service_green.conf`.
  ///   - port: the port inside the container. Default: the first one that the Compose file says.
  ///   - health: the HTTP path that tells health. Default: `/`.
  ///   - environment: variables for Compose interpolation in every command of the run that is run
  ///     on this machine: those of bgrun's own steps, of `Job`, and of `Run`, hooks, undo,
  ///     `onFailure`, `Notify` and steps with code, which get `COMPOSE_FILE` and
  ///     `COMPOSE_PROJECT_NAME` too where `compose` and `project` are said. What a step says itself
  ///     counts more.
  ///   - timeout: the longest time for the whole run; seconds if a number. Default: 30 minutes.
  ///   - file: the file that problems are shown in. Default: the one that the plan stands in.
  ///   - line: the line that problems of the plan as a whole are shown at. Default: the plan's.
  ///   - column: the column that they are shown at. Default: the plan's.
  ///   - steps: what to do, in order.
  ///   - onFailure: what to do at the end of a failed run, after its rollback: for notifications.
  ///     `Notify`, `Request`, `Run`, `Exec`, `Print`, `Wait` and steps with
  ///     code of your own.
  ///     `Run` gets `BGRUN_APPLICATION`, `BGRUN_OUTCOME`, `BGRUN_FAILURE` and `BGRUN_SERVING` in
  ///     its environment. A failure in it is only a warning. Default: nothing.
  /// - Throws: what `steps` throws.
  @discardableResult
  public init(
    _ name: String,
    blue: String? = nil,
    green: String? = nil,
    workers: [Worker] = [],
    compose: String? = nil,
    project: String? = nil,
    proxy: String = "nginx-proxy",
    site: Site = Site(),
    port: Int? = nil,
    health: String = "/",
    environment: [String: any EnvironmentConvertible] = [:],
    timeout: TimeSpan = .minutes(30),
    file: String = #filePath, line: Int = #line, column: Int = #column,
    @PlanBuilder steps: () throws -> Steps,
    @PlanBuilder onFailure: () -> Steps = { Steps() }
  ) rethrows {
    application = Application(
      name: name, blue: blue ?? "\(name)-blue", green: green ?? "\(name)-green",
      workers: workers, composeFile: compose, projectName: project, proxy: proxy, site: site,
      port: port,
      health: health, environment: environment.environmentValues)
    self.steps = try steps()
    self.onFailure = onFailure()
    self.timeout = timeout.duration
    location = SourceLocation(file: file, line: line, column: column)
    misuse = PlanSession.register(self)
  }

  /// Explains that a name is needed.
  @discardableResult
  @available(*, unavailable, message: "a plan needs a name: `Deploy(\"grafana\") { … }`")
  public init(@PlanBuilder steps: () throws -> Steps) rethrows {
    try self.init("", steps: steps)
  }

  /// A plan made of parts, for programs that build plans from others; no plan file registers it.
  package init(
    _ application: Application, timeout: Duration, steps: Steps, file: String = #fileID,
    line: Int = #line
  ) {
    self.application = application
    self.timeout = timeout
    self.steps = steps
    onFailure = Steps()
    location = SourceLocation(file: file, line: line, column: 1)
  }

  /// Compiles the plan into a validated step graph.
  ///
  /// - Throws: ``PlanError`` with every problem of the plan, not the first only.
  public func graph() throws(PlanError) -> StepGraph {
    var compiler = GraphCompiler(application: application)
    let graph = compiler.compile(self)
    var validator = GraphValidator(graph: graph)
    let problems = [misuse].compactMap(\.self) + compiler.problems + validator.validate()
    guard problems.isEmpty else { throw PlanError(problems) }
    return graph
  }
}
