/// Starts the container that a role's service has, as it is: neither image nor settings are looked
/// at anew. This is the way back to the previous version; to deploy, use ``Up``.
///
/// Undone by stopping it, if this run started it.
public struct Start: ActionStep, Hashable {
  /// Which service.
  public var role: Role

  /// Starts a role's container.
  public init(_ role: Role) { self.role = role }

  /// `start`.
  public var action: Action { .start(self) }
}
