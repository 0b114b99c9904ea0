/// Replaces the proxy's site file by the target's source and tests the configuration.
///
/// Nothing is reloaded yet: that is ``Reload``. If the test fails the old bytes are put back.
public struct SwapNginx: ActionStep, Hashable {
  /// Makes the step.
  public init() {}

  /// `swap-nginx`.
  public var action: Action { .swapNginx(self) }
}
