/// Builds the image of a role's service.
public struct Build: ActionStep, Hashable {
  /// Whose image.
  public var role: Role
  /// Environment for Compose interpolation, and with it for build arguments.
  public var environment: [String: EnvironmentValue]
  /// Build arguments: they reach `ARG` in the Dockerfile without the Compose file naming them.
  public var arguments: [String: EnvironmentValue]

  /// Builds the image of a role's service.
  ///
  /// - Parameters:
  ///   - role: whose image.
  ///   - environment: variables for Compose interpolation.
  ///   - arguments: build arguments for the Dockerfile's `ARG`. Their values are passed by
  ///     environment, never on the command line.
  public init(
    _ role: Role, environment: [String: any EnvironmentConvertible] = [:],
    arguments: [String: any EnvironmentConvertible] = [:]
  ) {
    self.role = role
    self.environment = environment.environmentValues
    self.arguments = arguments.environmentValues
  }

  /// Explains that a role is needed.
  @available(*, unavailable, message: "say whose service: `Build(.target)`")
  public init() { self.init(.target) }

  /// `build`.
  public var action: Action { .build(self) }
}
