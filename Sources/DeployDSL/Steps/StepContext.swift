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

  /// Adds a line to the run's record.
  public func log(_ message: String) { host.log(message) }

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
      argv, environment: environment.mapValues(\.environmentValue),
      input: input?.environmentValue)
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

  /// Waits.
  ///
  /// - Throws: `CancellationError` when the run is cancelled or the step's time is up.
  public func sleep(_ time: any TimeSpan) async throws { try await host.sleep(time.duration) }
}

/// What a command printed.
public struct CommandOutput: Hashable, Sendable {
  /// Standard output as text.
  public var output: String
  /// Standard error as text.
  public var errors: String

  /// Makes an output.
  public init(output: String, errors: String) {
    self.output = output
    self.errors = errors
  }
}

/// An HTTP server's answer.
public struct HTTPAnswer: Hashable, Sendable {
  /// The status code, for example 200.
  public var status: Int
  /// The body as text, at most 64 KiB of it.
  public var body: String

  /// Makes an answer.
  public init(status: Int, body: String) {
    self.status = status
    self.body = body
  }
}

/// What the runner puts behind a ``StepContext``.
package protocol StepHost: Sendable {
  var application: Application { get }
  var isDryRun: Bool { get }
  var failure: String? { get }
  func color(_ role: Role) throws -> Color
  func log(_ message: String)
  func run(
    _ argv: [String], environment: [String: EnvironmentValue], input: EnvironmentValue?
  ) async throws -> CommandOutput
  func exec(_ service: String, _ argv: [String]) async throws -> CommandOutput
  func get(_ url: String) async throws -> HTTPAnswer
  func sleep(_ duration: Duration) async throws
}
