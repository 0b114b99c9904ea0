/// Reloads the proxy and proves it: new workers answer, and the old ones take no more connections.
///
/// `nginx -s reload` returns before anything has happened and with 0 even when the master keeps
/// the old configuration, so neither is taken as an answer. Old workers finish what they have begun
/// to answer; ``Drain`` waits for them.
public struct Reload: ActionStep, Hashable {
  /// How long the new configuration may take to answer.
  public var within: Duration

  /// Reloads the proxy.
  ///
  /// - Parameter within: how long the new configuration may take to answer; seconds if a number.
  ///   Default: 10 seconds.
  public init(within: any TimeSpan = 10) { self.within = within.duration }

  /// `reload`.
  public var action: Action { .reload(self) }
}
