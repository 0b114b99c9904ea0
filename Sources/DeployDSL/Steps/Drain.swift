/// Waits until the proxy's old workers have finished the requests that they had begun.
///
/// Old workers keep sending their requests to the previous colour. A plan without this step drains
/// all the same, with its defaults, before `Stop(.previous)`.
public struct Drain: ActionStep, Hashable {
  /// What to do with the previous colour when old workers still serve at the deadline.
  public enum DeadlinePolicy: String, Hashable, Sendable, Encodable {
    /// Keep it running: nobody is cut, and the run ends as "cleanup incomplete".
    case keep
    /// Go on: `Stop` cuts what is left, and the record says how many workers that were.
    case cut
  }

  /// How long old workers may take to finish their requests.
  public var upTo: Duration
  /// What happens at the deadline.
  public var atDeadline: DeadlinePolicy

  /// Waits for the old workers.
  ///
  /// - Parameters:
  ///   - upTo: how long they may take; seconds if a number. Default: 30 seconds.
  ///   - atDeadline: whether what is left is kept or cut then. Default: kept. Applications whose
  ///     clients hold WebSockets open want `.cut`.
  public init(upTo: any TimeSpan = 30, atDeadline: DeadlinePolicy = .keep) {
    self.upTo = upTo.duration
    self.atDeadline = atDeadline
  }

  /// `drain`.
  public var action: Action { .drain(self) }
}
