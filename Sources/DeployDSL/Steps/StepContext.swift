/// What a primitive step works with: the application, the roles, and the host by way of the
/// executor.
public struct StepContext: Sendable {
  private let host: any StepHost

  package init(host: any StepHost) { self.host = host }

  /// The application that is being deployed.
  public var application: Application { host.application }

  /// Whether this is a dry run: commands and probes are then printed instead of performed, and
  /// answer with success and no output.
  public var isDryRun: Bool { host.isDryRun }

  /// Whether the host is a simulated one: nothing outside is really done.
  public var isRehearsal: Bool { host.isRehearsal }

  /// Why the run failed, for a step of a plan's `onFailure`; `nil` elsewhere.
  public var failure: String? { host.failure }

  /// The colour that a role is bound to.
  ///
  /// - Throws: an error that says so, if no `DetectActive` has run before.
  public func color(_ role: Role) throws -> Color { try host.color(role) }

  /// The service that a role is bound to, for example `grafana-green`.
  ///
  /// - Throws: an error that says so, if no `DetectActive` has run before.
  public func service(_ role: Role) throws -> String {
    application.service(try host.color(role))
  }

  /// The value that an earlier step set.
  ///
  /// In a dry run, where no step computed one, the step ends here without a failure, with a note.
  ///
  /// - Parameter key: a key that the step's `reads` lists.
  /// - Throws: an error that names key, step and fix, if the key is not listed or was never set.
  public func value<Value>(of key: Key<Value>) throws -> Value {
    try host.value(of: Keys.ID(key), as: Value.self)
  }

  /// Sets a value for later steps; a second one takes the place of the first.
  ///
  /// - Parameters:
  ///   - key: a key that the step's `writes` lists.
  ///   - value: what later steps get.
  /// - Throws: an error that names key, step and fix, if the key is not listed.
  public func set<Value>(_ key: Key<Value>, to value: Value) throws {
    try host.set(Keys.ID(key), to: value)
  }

  /// Adds a line to the run's record.
  public func log(_ message: String) { host.log(message) }

  /// Adds a warning to the run's record and to its end: something that a person should look at.
  public func warn(_ message: String) { host.warn(message) }

  /// Runs a command on the machine where the plan runs, in the project folder.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments, passed as they are: there is no shell.
  ///   - environment: variables added to the command's environment.
  ///   - input: what the command reads from standard input. Default: nothing.
  /// - Returns: what the command printed.
  /// - Throws: if it cannot be started, ends with a status other than 0, or takes too long.
  @discardableResult
  public func run(
    _ argv: String..., environment: [String: any EnvironmentConvertible] = [:],
    input: (any EnvironmentConvertible)? = nil
  ) async throws -> CommandOutput {
    try await host.run(
      argv, environment: environment.environmentValues,
      input: input.map { EnvironmentValue($0) })
  }

  /// Runs a command inside the container of a role's service.
  ///
  /// - Throws: if the container does not run, or as ``run(_:environment:input:)`` does.
  @discardableResult
  public func exec(_ role: Role, _ argv: String...) async throws -> CommandOutput {
    try await host.exec(try service(role), argv)
  }

  /// Runs a command inside the container of any service of the project.
  ///
  /// - Throws: if the container does not run, or as ``run(_:environment:input:)`` does.
  @discardableResult
  public func exec(service: String, _ argv: String...) async throws -> CommandOutput {
    try await host.exec(service, argv)
  }

  /// Sends one HTTP GET request.
  ///
  /// - Parameter url: an `http://` address.
  /// - Throws: if there is no answer within 5 seconds.
  public func get(_ url: String) async throws -> HTTPAnswer { try await host.get(url) }

  /// Sends an HTTP request by way of `curl`, as the step ``Request`` does.
  ///
  /// - Parameter request: what is sent, and which answer is expected.
  /// - Returns: the answer; in a dry run one that is as expected.
  /// - Throws: if there is no answer in time, or not the expected one.
  @discardableResult
  public func send(_ request: Request) async throws -> HTTPAnswer {
    try await host.request(request)
  }

  /// Waits.
  ///
  /// - Throws: `CancellationError` when the run is cancelled or the step's time is up.
  public func sleep(_ time: TimeSpan) async throws { try await host.sleep(time.duration) }
}

/// What the runner puts behind a ``StepContext``.
package protocol StepHost: Sendable {
  var application: Application { get }
  var isDryRun: Bool { get }
  var isRehearsal: Bool { get }
  var failure: String? { get }
  func color(_ role: Role) throws -> Color
  func value<Value: Sendable>(of key: Keys.ID, as type: Value.Type) throws -> Value
  func set(_ key: Keys.ID, to value: any Sendable) throws
  func log(_ message: String)
  func warn(_ message: String)
  func run(
    _ argv: [String], environment: [String: EnvironmentValue], input: EnvironmentValue?
  ) async throws -> CommandOutput
  func exec(_ service: String, _ argv: [String]) async throws -> CommandOutput
  func get(_ url: String) async throws -> HTTPAnswer
  func request(_ request: Request) async throws -> HTTPAnswer
  func sleep(_ duration: Duration) async throws
}
