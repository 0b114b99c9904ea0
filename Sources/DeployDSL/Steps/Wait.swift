/// Waits.
public struct Wait: ActionStep, Hashable {
  /// How long.
  public var time: Duration

  /// Waits for a time; seconds if a number.
  public init(_ time: any TimeSpan) { self.time = time.duration }

  /// `wait`.
  public var action: Action { .wait(self) }
}
