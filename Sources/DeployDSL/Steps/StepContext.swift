/// The environment of a primitive step: the application, the roles, and the host through the
/// executor.
public struct StepContext: Sendable {
  private let host: any StepHost

  package init(host: any StepHost) { self.host = host }

  /// The application that is being deployed.
  public var application: Application { host.application }

  /// Whether this is a dry run, which prints commands and probes instead of performing them, and
  /// reports success without output.
  public var isDryRun: Bool { host.isDryRun }

  /// Whether the host is simulated: nothing real is changed.
  public var isRehearsal: Bool { host.isRehearsal }

  /// Why the run failed, for a step of a plan's `onFailure`; `nil` elsewhere.
  public var failure: String? { host.failure }

  /// The colour that a role is bound to.
  ///
  /// - Throws: an error if no `DetectActive` has run before.
  public func color(_ role: Role) throws -> Color { try host.color(role) }

  /// The service that a role is bound to, for example `grafana-green`.
  ///
  /// - Throws: an error if no `DetectActive` has run before.
  public func service(_ role: Role) throws -> String {
    application.service(try host.color(role))
  }

  /// The value that an earlier step set.
  ///
  /// In a dry run without the value, the step ends here with a note and without a failure.
  ///
  /// - Parameter key: a key that the step's `reads` lists.
  /// - Throws: an error with key, step and fix if the key is not listed or was never set.
  public func value<Value>(of key: Key<Value>) throws -> Value {
    try host.value(of: Keys.ID(key), as: Value.self)
  }

  /// Sets a value for later steps; a second value replaces the first.
  ///
  /// - Parameters:
  ///   - key: a key that the step's `writes` lists.
  ///   - value: the value.
  /// - Throws: an error with key, step and fix if the key is not listed.
  public func set<Value>(_ key: Key<Value>, to value: Value) throws {
    try host.set(Keys.ID(key), to: value)
  }

  /// Adds a line to the run's log.
  public func log(_ message: String) { host.log(message) }

  /// Adds a warning to the run's log and to its summary, for the user to check.
  public func warn(_ message: String) { host.warn(message) }

  /// Runs a command on the machine where the plan runs, in the project folder.
  ///
  /// - Parameters:
  ///   - argv: the program and its arguments, without a shell.
  ///   - environment: variables added to the command's environment.
  ///   - input: the command's standard input. Default: none.
  /// - Returns: the command's output.
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

  /// Sends an HTTP request with `curl`, like the step ``Request``.
  ///
  /// - Parameter request: the request and the expected answer.
  /// - Returns: the answer; in a dry run the expected one.
  /// - Throws: if the answer is late or not as expected.
  @discardableResult
  public func send(_ request: Request) async throws -> HTTPAnswer {
    try await host.request(request)
  }

  /// Waits.
  ///
  /// - Throws: `CancellationError` when the run is cancelled or the step's timeout has passed.
  public func sleep(_ time: TimeSpan) async throws { try await host.sleep(time.duration) }
}

/// The runner's implementation of a ``StepContext``.
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
