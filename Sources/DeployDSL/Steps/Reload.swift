/// Reloads the proxy and proves it: new workers answer, and the old ones have finished.
///
/// `nginx -s reload` returns before anything has happened and with 0 even when the master keeps
/// the old configuration, so neither is taken as an answer.
public struct Reload: ActionStep, Hashable {
  /// What to do with the previous colour when old workers still serve at the drain's deadline.
  public enum DrainPolicy: String, Hashable, Sendable {
    /// Keep it running: nobody is cut, and the run ends as "clean-up unfinished".
    case keep
    /// Go on: `Stop` cuts what is left, and the record says how many workers that were.
    case cut
  }

  /// How long the new configuration may take to answer.
  public var within: Duration
  /// How long old workers may take to finish their requests.
  public var drain: Duration
  /// What happens at the drain's deadline.
  public var atDeadline: DrainPolicy

  /// Reloads the proxy.
  ///
  /// - Parameters:
  ///   - within: how long the new configuration may take to answer; seconds if a number.
  ///     Default: 10 seconds.
  ///   - drain: how long old workers may take to finish; seconds if a number. Default: 30 seconds.
  ///   - atDeadline: whether what is left is kept or cut then. Default: kept. Applications whose
  ///     clients hold WebSockets open want `.cut`.
  public init(
    within: any TimeSpan = 10, drain: any TimeSpan = 30, atDeadline: DrainPolicy = .keep
  ) {
    self.within = within.duration
    self.drain = drain.duration
    self.atDeadline = atDeadline
  }

  /// `reload`.
  public var action: Action { .reload(self) }
}
