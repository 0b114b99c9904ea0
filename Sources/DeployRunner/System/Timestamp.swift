import BgrunSystem
import CBgrun

/// A wall-clock time in whole seconds, for display and file names, never for deadlines.
package struct Timestamp: Hashable, Comparable, Sendable {
  /// Seconds since 1970 (UTC).
  package var seconds: Int

  package init(seconds: Int) { self.seconds = seconds }

  /// The current time.
  package static var now: Timestamp { Timestamp(seconds: time(nil)) }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

  private func parts(_ convert: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> Void) -> tm {
    var seconds = time_t(seconds)
    var parts = tm()
    convert(&seconds, &parts)
    return parts
  }

  private var utc: tm { parts { gmtime_r($0, $1) } }
  private var local: tm { parts { localtime_r($0, $1) } }

  private static func padded(_ number: Int32, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func date(_ parts: tm, _ separator: String) -> String {
    [padded(parts.tm_year + 1900, 4), padded(parts.tm_mon + 1), padded(parts.tm_mday)]
      .joined(separator: separator)
  }

  private static func clock(of parts: tm, _ separator: String) -> String {
    [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded($0) }.joined(separator: separator)
  }

  /// ISO 8601 in UTC: `2026-11-23T02:14:05Z`.
  package var iso: String { "\(Self.date(utc, "-"))T\(Self.clock(of: utc, ":"))Z" }

  /// The time in UTC for people: `2026-11-27 03:40:22 UTC`.
  package var utcText: String { "\(Self.date(utc, "-")) \(Self.clock(of: utc, ":")) UTC" }

  /// ISO 8601 in UTC, with milliseconds: `2026-11-23T02:14:05.123Z`.
  package static func iso(milliseconds: Int) -> String {
    let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    return "\(Timestamp(seconds: seconds).iso.dropLast()).\(padded(Int32(rest), 3))Z"
  }

  /// Parses what ``iso(milliseconds:)`` writes.
  package static func milliseconds(iso text: String) -> Int? {
    let parts = text.split(separator: ".")
    guard parts.count == 2, let time = Timestamp(iso: "\(parts[0])Z"), parts[1].utf8.count == 4,
      let rest = Int(parts[1].dropLast())
    else { return nil }
    return time.seconds * 1000 + rest
  }

  /// The current time, in milliseconds since 1970.
  package static var nowInMilliseconds: Int { Int(cbgrun_now() / 1_000_000) }

  /// In UTC, for names that sort chronologically: `20261123-021405`.
  package var compact: String { "\(Self.date(utc, ""))-\(Self.clock(of: utc, ""))" }

  /// In local time: `02:14:05`, with the date if it is another day.
  package func forPeople(now: Timestamp = .now) -> String {
    let day = Self.date(local, "-")
    let time = Self.clock(of: local, ":")
    return day == Self.date(now.local, "-") ? time : "\(day) \(time)"
  }

  /// In local time with its date and zone, and its age: `2026-11-23 02:14:05 CET, 2 h ago`.
  package func withAge(now: Timestamp = .now) -> String {
    let local = local
    let zone = local.tm_zone.map { " " + String(cString: $0) } ?? ""
    return "\(Self.date(local, "-")) \(Self.clock(of: local, ":"))\(zone), \(ago(now: now))"
  }

  /// Its age in the greatest fitting unit: `just now`, `5 min ago`, `2 h ago`, `3 d ago`.
  package func ago(now: Timestamp = .now) -> String {
    let age = now.seconds - seconds
    return switch age {
    case ..<60: "just now"
    case ..<3600: "\(age / 60) min ago"
    case ..<172_800: "\(age / 3600) h ago"
    default: "\(age / 86_400) d ago"
    }
  }

  /// Parses the engine's time, which has a fraction of the second: `2026-11-23T02:14:05.123456789Z`.
  package init?(engine text: String) {
    guard text.hasSuffix("Z") else { return nil }
    self.init(iso: text.prefix { $0 != "." && $0 != "Z" } + "Z")
  }

  /// How long ago the engine's time was, by this machine's clock.
  package static func age(engine text: String) -> Duration? {
    guard let begin = Timestamp(engine: text) else { return nil }
    let digits = text.drop { $0 != "." }.dropFirst().prefix(6)
    let fraction = Double("0.\(digits.isEmpty ? "0" : digits)") ?? 0
    return .nanoseconds(cbgrun_now()) - .seconds(begin.seconds) - .seconds(fraction)
  }

  /// Parses ISO 8601 in UTC, as written by ``iso``.
  package init?(iso: String) {
    let bytes = Array(iso.utf8)
    func number(_ range: Range<Int>) -> Int32? {
      let digits = bytes[range]
      guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
      return digits.reduce(0) { $0 * 10 + Int32($1 - 48) }
    }
    guard bytes.count == 20, let year = number(0..<4), let month = number(5..<7),
      let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16),
      let second = number(17..<19)
    else { return nil }
    var parts = tm()
    parts.tm_year = year - 1900
    parts.tm_mon = month - 1
    parts.tm_mday = day
    parts.tm_hour = hour
    parts.tm_min = minute
    parts.tm_sec = second
    seconds = timegm(&parts)
    // Also rejects 31 February and wrong separators.
    guard self.iso == iso else { return nil }
  }
}

extension Timestamp: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let time = Timestamp(iso: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(text) is not a time")
    }
    self = time
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(iso)
  }
}
