/// What a stage does next: a group's decisions, without time and without tasks.
///
/// Its members come in waves. A wave starts when all members of the one before have succeeded; within
/// a wave they start together, as far as the limit allows.
struct StageState: Sendable {
  /// What to do now.
  enum Decision: Equatable, Sendable {
    /// Start these members; they count as running from here on.
    case start(Range<Int>)
    /// Call ``paused()`` after the pause before this wave.
    case pause(before: Int)
    /// Wait until a member ends.
    case wait
    /// Cancel the running members, and wait until one ends.
    case stop
    /// None is running: roll these members back, in this order, then the stage is over.
    case end(rollingBack: [Int])
  }

  /// How a member ended.
  enum Ending: Equatable, Sendable {
    /// It succeeded; whether that made a new version live.
    case succeeded(serves: Bool = true)
    /// It failed; whether its new version is live all the same.
    case failed(serves: Bool = false)
    /// It continues elsewhere, out of sight.
    case lost
  }

  /// The numbers of the first member of each wave, and of all members.
  private let bounds: [Int]
  private let limit: Int
  private let isAtomic: Bool
  private let stopsOnFailure: Bool
  private var wave = 0
  private var hasPaused = false
  private var next = 0
  private var running = 0
  /// The members whose new version is live, in the order in which they ended.
  private var done: [Int] = []
  /// The first member that failed.
  private(set) var failed: Int?
  private var hasLost = false
  private var isInterrupted = false

  /// - Parameters:
  ///   - waves: the sizes of the waves.
  ///   - limit: how many run at a time; `nil` means all.
  ///   - isAtomic: whether all succeed, or none.
  ///   - stopsOnFailure: whether a failure also keeps the rest of its wave from starting.
  init(waves: [Int], limit: Int?, isAtomic: Bool, stopsOnFailure: Bool) {
    bounds = waves.filter { $0 > 0 }.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    self.limit = max(1, limit ?? .max)
    self.isAtomic = isAtomic
    self.stopsOnFailure = stopsOnFailure
  }

  /// Decides.
  mutating func decide() -> Decision {
    if mayStart, wave < bounds.count - 1 {
      if next == bounds[wave + 1], running == 0, mayContinue {
        (wave, hasPaused) = (wave + 1, false)
      }
      if wave < bounds.count - 1, next < bounds[wave + 1], running < limit {
        guard wave == 0 || hasPaused else { return .pause(before: wave) }
        return start(upTo: bounds[wave + 1])
      }
    }
    if running > 0 { return mustStop ? .stop : .wait }
    let isUndone = isAtomic && (failed != nil || isInterrupted)
    return .end(rollingBack: isUndone ? done.reversed() : [])
  }

  private mutating func start(upTo end: Int) -> Decision {
    let first = next
    next += min(end - next, limit - running)
    running += next - first
    return .start(first..<next)
  }

  private var mustStop: Bool { isAtomic && failed != nil }

  /// Whether a member of this wave may start.
  private var mayStart: Bool {
    !isInterrupted && !mustStop && (!stopsOnFailure || mayContinue)
  }

  /// Whether there may be another wave.
  private var mayContinue: Bool { failed == nil && !hasLost }

  /// A member has ended.
  mutating func ended(_ member: Int, _ ending: Ending) {
    running -= 1
    switch ending {
    case .succeeded(let serves):
      if serves { done.append(member) }
    case .failed(let serves):
      if serves { done.append(member) }
      failed = failed ?? member
    case .lost: hasLost = true
    }
  }

  /// The pause is over.
  mutating func paused() { hasPaused = true }

  /// Nothing new is started.
  mutating func interrupt() { isInterrupted = true }

  /// Whether the stages after this one must not start.
  var hasFailed: Bool { failed != nil || hasLost || isInterrupted }
}
