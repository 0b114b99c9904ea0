/// Watches the new version through the proxy while the previous one still runs, and rolls back if
/// it answers badly.
///
/// It belongs between `Reload()` and `Stop(.previous)`: there a rollback needs one reload and no
/// restart. It also fails as soon as the target's container exits or restarts.
public struct Watch: BuiltInStep {
  /// How long it watches.
  package var time: Duration
  /// The time between two requests.
  package var every: Duration
  /// The number of bad answers that cause a rollback.
  package var failures: Int
  /// The number of latest answers that count.
  package var window: Int
  /// The path; `nil` is the plan's health path.
  package var path: String?
  /// The accepted status codes.
  package var status: ClosedRange<Int>
  /// A text that the body must contain.
  package var body: String?
  /// How long one request may take.
  package var probeTimeout: Duration

  /// Watches through the proxy.
  ///
  /// - Parameters:
  ///   - time: how long; a number is in seconds.
  ///   - path: the path of the requests. Default: the plan's health path.
  ///   - status: the accepted status codes. Default: any from 200 to 399.
  ///   - body: a text that the body must contain. Default: any.
  ///   - every: the time between two requests; seconds if a number. Default: 1 second.
  ///   - failures: the number of bad answers that cause a rollback. Default: 3.
  ///   - window: the number of latest answers that count. Default: 10.
  ///   - probeTimeout: how long one request may take; seconds if a number. Default: 5 seconds.
  public init(
    for time: TimeSpan, _ path: String? = nil, status: ClosedRange<Int> = 200...399,
    body: String? = nil, every: TimeSpan = 1, failures: Int = 3, of window: Int = 10,
    probeTimeout: TimeSpan = 5
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
  @available(*, unavailable, message: "give a duration: `Watch(for: 10)`")
  public init() { self.init(for: 10) }
}

extension Watch {
  package var kind: String { "watch" }
  package var title: String { "Watch \(time.forPeople)" }
  package var particulars: [String: String] {
    [
      "for": time.forPeople, "every": every.forPeople, "failures": "\(failures) of \(window)",
      "check": check.summary, "probeTimeout": probeTimeout.forPeople,
    ]
  }
  package func highlights(in application: Application) -> [String] {
    [
      "\(check.text(in: application)) every \(every.forPeople)",
      "\(failures) bad of \(window): rollback",
    ]
  }
  package var neededRole: Role? { .target }
  package var traits: StepTraits { [.inOrder, .once, .reliedOn] }
  package var ownTime: (text: String, time: Duration)? { ("it watches for", time) }

  /// The equivalent health check.
  package var check: Health.Check { .http(path, status: status, body: body) }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    let bounds = ValidationIssue(
      "Watch cannot fail after \(failures) of \(window) bad answers",
      fix: "give failures: 1 or more, and no more than of:")
    return [
      ValidationIssue.unlessPositive(time, "Watch's time"),
      ValidationIssue.unlessPositive(every, "Watch's every"),
      ValidationIssue.unlessPositive(probeTimeout, "Watch's probeTimeout"),
      failures < 1 || failures > window ? bounds : nil,
    ] + ValidationIssue.ofHTTP(path, status)
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkAfterSwitch(node, facts)
  }
}
