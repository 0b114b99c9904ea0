/// Stops a role's service; its container, image and network stay, as the way back.
public struct Stop: ActionStep, Hashable {
  /// Which service.
  public var role: Role
  /// How long the container may take to end after SIGTERM, before it is killed; `nil` if that is
  /// Compose's to say.
  public var grace: Duration?

  /// Stops a role's service.
  ///
  /// - Parameters:
  ///   - role: which service.
  ///   - grace: how long it may take to end by itself; seconds if a number. Default: the service's
  ///     `stop_grace_period` in the Compose file, else 30 seconds.
  public init(_ role: Role, grace: (any TimeSpan)? = nil) {
    self.role = role
    self.grace = grace?.duration
  }

  /// The grace where neither the plan nor the Compose file says one.
  package static let usualGrace: Duration = .seconds(30)

  /// Explains that a role is needed.
  @available(*, unavailable, message: "say whose service: `Stop(.previous)`")
  public init() { self.init(.target) }

  /// `stop`.
  public var action: Action { .stop(self) }
}
