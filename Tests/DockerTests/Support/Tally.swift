/// What the clients of a ``Load`` saw.
struct Tally: Sendable {
  /// Whole answers below 500 with a version in them.
  var answered = 0
  /// Everything that a person would call an outage: what happened, how often.
  var failures: [String: Int] = [:]
  /// Kept-alive connections that were closed while idle: repeated once on a new one.
  var closedWhileIdle = 0
  /// Whole answers by the version that gave them.
  var versions: [String: Int] = [:]
  /// When the first and the last answer of each version came.
  var seen: [String: ClosedRange<ContinuousClock.Instant>] = [:]

  /// How many requests failed.
  var failed: Int { failures.values.reduce(0, +) }

  mutating func count(version: String) {
    let now = ContinuousClock.now
    answered += 1
    versions[version, default: 0] += 1
    seen[version] = (seen[version]?.lowerBound ?? now)...now
  }

  mutating func count(failure: String) {
    failures[failure, default: 0] += 1
  }

  mutating func add(_ other: Tally) {
    answered += other.answered
    closedWhileIdle += other.closedWhileIdle
    failures.merge(other.failures, uniquingKeysWith: +)
    versions.merge(other.versions, uniquingKeysWith: +)
    seen.merge(other.seen) {
      min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
    }
  }
}

extension Tally: CustomStringConvertible {
  var description: String {
    let reasons = failures.sorted { $0.key < $1.key }.map { ", \($0.value) × \($0.key)" }.joined()
    return "\(answered) answered, \(failed) failed, \(closedWhileIdle) closed while idle"
      + reasons
  }
}
