/// Which member of a stage may start when: a group's decisions, without time and without tasks.
struct StageState: Sendable {
  private let count: Int
  private let limit: Int
  private let isAtomic: Bool
  private var next = 0
  private var running = 0
  /// The members whose new version is live, in the order in which they ended.
  private(set) var done: [Int] = []
  /// The first member that failed.
  private(set) var failed: Int?
  private var isInterrupted = false

  init(count: Int, limit: Int?, isAtomic: Bool) {
    self.count = count
    self.limit = max(1, limit ?? count)
    self.isAtomic = isAtomic
  }

  /// Whether to cancel the running members: one failed, and the stage is atomic.
  var mustCancel: Bool { isAtomic && failed != nil }

  /// The members to roll back once none is running: the last one that finished comes first.
  var toRollBack: [Int] { mustCancel || (isAtomic && isInterrupted) ? done.reversed() : [] }

  /// The members to start now; they count as running from here on.
  mutating func start() -> Range<Int> {
    guard !mustCancel, !isInterrupted else { return next..<next }
    let first = next
    next = min(count, next + limit - running)
    running += next - first
    return first..<next
  }

  /// A member has ended.
  ///
  /// - Parameters:
  ///   - hasSucceeded: Whether it succeeded completely.
  ///   - serves: Whether its new version is live, whatever else happened.
  mutating func ended(_ member: Int, hasSucceeded: Bool, serves: Bool) {
    running -= 1
    if serves { done.append(member) }
    if !hasSucceeded, failed == nil { failed = member }
  }

  /// Nothing new is started.
  mutating func interrupt() { isInterrupted = true }
}
