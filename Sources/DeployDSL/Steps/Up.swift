/// Creates and starts a role's service, without touching the services it depends on.
///
/// Undone by stopping it, if this run started it.
public struct Up: ActionStep, Hashable {
  /// Which service.
  public var role: Role
  /// Environment for Compose interpolation.
  public var environment: [String: EnvironmentValue]
  /// Whether the image is built first.
  public var build: Bool

  /// Starts a role's service.
  ///
  /// - Parameters:
  ///   - role: which service.
  ///   - environment: variables for Compose interpolation, and with `build` for build arguments.
  ///     Variables that the Dockerfile declares as `ARG` reach it too.
  ///   - build: whether the image is built first. Default: no.
  public init(
    _ role: Role, environment: [String: any EnvironmentConvertible] = [:], build: Bool = false
  ) {
    self.role = role
    self.environment = environment.environmentValues
    self.build = build
  }

  /// Explains that a role is needed.
  @available(*, unavailable, message: "say whose service: `Up(.target)`")
  public init() { self.init(.target) }

  /// `up`.
  public var action: Action { .up(self) }
}
