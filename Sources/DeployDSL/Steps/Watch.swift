/// Watches the new version through the proxy while the previous one still runs, and switches back
/// when it answers badly.
///
/// It belongs between `Reload()` and `Stop(.previous)`: going back is one reload then, nothing is
/// restarted. It fails as well as soon as the target's container has ended or was restarted.
public struct Watch: ActionStep, Hashable {
  /// How long it watches.
  public var time: Duration
  /// The time between two requests.
  public var every: Duration
  /// How many bad answers are too many.
  public var failures: Int
  /// Among how many of the latest answers.
  public var window: Int
  /// The path; `nil` is the plan's health path.
  public var path: String?
  /// The accepted status codes.
  public var status: ClosedRange<Int>
  /// A text that the body must contain.
  public var body: String?
  /// How long one request may take.
  public var probeTimeout: Duration

  /// Watches through the proxy.
  ///
  /// - Parameters:
  ///   - time: how long; seconds if a number.
  ///   - path: what is asked for. Default: the plan's health path.
  ///   - status: the accepted status codes. Default: any from 200 to 399.
  ///   - body: a text that the body must contain. Default: any.
  ///   - every: the time between two requests; seconds if a number. Default: 1 second.
  ///   - failures: how many bad answers switch back. Default: 3.
  ///   - window: among how many of the latest answers. Default: 10.
  ///   - probeTimeout: how long one request may take; seconds if a number. Default: 5 seconds.
  public init(
    for time: any TimeSpan, _ path: String? = nil, status: ClosedRange<Int> = 200...399,
    body: String? = nil, every: any TimeSpan = 1, failures: Int = 3, of window: Int = 10,
    probeTimeout: any TimeSpan = 5
  ) {
    self.time = time.duration
    self.path = path
    self.status = status
    self.body = body
    self.every = every.duration
    self.failures = failures
    self.window = window
    self.probeTimeout = probeTimeout.duration
  }

  /// Explains that a time is needed.
  @available(*, unavailable, message: "say how long: `Watch(for: 10)`")
  public init() { self.init(for: 10) }

  /// `watch`.
  public var action: Action { .watch(self) }
}
