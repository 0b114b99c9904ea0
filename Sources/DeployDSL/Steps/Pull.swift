/// Pulls the image of a role's service.
public struct Pull: ActionStep, Hashable {
  /// Whose image.
  public var role: Role
  /// Environment for Compose interpolation.
  public var environment: [String: EnvironmentValue]

  /// Pulls the image of a role's service.
  ///
  /// - Parameters:
  ///   - role: whose image.
  ///   - environment: variables for Compose interpolation, for example an image's tag.
  public init(_ role: Role, environment: [String: any EnvironmentConvertible] = [:]) {
    self.role = role
    self.environment = environment.environmentValues
  }

  /// Explains that a role is needed.
  @available(*, unavailable, message: "say whose service: `Pull(.target)`")
  public init() { self.init(.target) }

  /// `pull`.
  public var action: Action { .pull(self) }
}
