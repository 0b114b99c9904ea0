/// A length of time as plans write it: `2`, `0.5`, `.milliseconds(500)` or any `Duration`.
///
/// Plain numbers are seconds.
public protocol TimeSpan: Sendable {
  /// The same length as a standard `Duration`.
  var duration: Duration { get }
}

extension Duration: TimeSpan {
  /// The duration itself.
  public var duration: Duration { self }
}

extension Int: TimeSpan {
  /// This many seconds.
  public var duration: Duration { Duration(secondsComponent: Int64(self), attosecondsComponent: 0) }
}

extension Double: TimeSpan {
  /// This many seconds; a number that is no length of time (NaN, infinite) is negative,
  /// so that the plan's validation refuses it.
  public var duration: Duration { isFinite && abs(self) < 1e15 ? .seconds(self) : .seconds(-1) }
}

extension TimeSpan where Self == Duration {
  /// A number of milliseconds.
  public static func milliseconds(_ count: Int) -> Duration {
    Duration(
      secondsComponent: Int64(count / 1000),
      attosecondsComponent: Int64(count % 1000) * 1_000_000_000_000_000)
  }

  /// A number of seconds.
  public static func seconds(_ count: Int) -> Duration { count.duration }

  /// A number of seconds with a fraction.
  public static func seconds(_ count: Double) -> Duration { count.duration }

  /// A number of minutes.
  public static func minutes(_ count: Int) -> Duration { count.duration(of: 60) }

  /// A number of hours.
  public static func hours(_ count: Int) -> Duration { count.duration(of: 3600) }
}

extension Int {
  /// This many units of some seconds; too many to count become the most that can be counted.
  fileprivate func duration(of unit: Int) -> Duration {
    let (seconds, isTooMuch) = multipliedReportingOverflow(by: unit)
    return (isTooMuch ? (self < 0 ? Int.min : Int.max) : seconds).duration
  }
}

extension Duration {
  /// The length in seconds, as a decimal number.
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// The length as people read it: `120 ms`, `2.5 s`, `5 min`.
  package var forPeople: String {
    let seconds = inSeconds
    func plain(_ value: Double) -> String {
      let tenths = (value * 10).rounded() / 10
      return tenths == tenths.rounded() && abs(tenths) < 1e15 ? "\(Int(tenths))" : "\(tenths)"
    }
    if seconds < 1, seconds > -1, seconds != 0 {
      let milliseconds = Int((seconds * 1000).rounded())
      if abs(milliseconds) < 1000 { return "\(milliseconds) ms" }
    }
    if seconds >= 120, seconds < 1e15, seconds.truncatingRemainder(dividingBy: 60) == 0 {
      return "\(Int(seconds / 60)) min"
    }
    return plain(seconds) + " s"
  }
}
