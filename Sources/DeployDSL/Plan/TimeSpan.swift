/// A duration in a plan: `2`, `0.5`, `.milliseconds(500)`, `.minutes(15)`.
///
/// Number literals are seconds. For a variable use a unit, `.seconds(count)`, and for a `Duration`
/// ``init(_:)``.
public struct TimeSpan: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  package let duration: Duration

  /// The time as a standard `Duration`.
  public init(_ duration: Duration) { self.duration = duration }

  /// This many seconds.
  public init(integerLiteral seconds: Int) { self = .seconds(seconds) }

  /// This many seconds.
  public init(floatLiteral seconds: Double) { self = .seconds(seconds) }

  /// A number of milliseconds.
  public static func milliseconds(_ count: Int) -> TimeSpan {
    TimeSpan(
      Duration(
        secondsComponent: Int64(count / 1000),
        attosecondsComponent: Int64(count % 1000) * 1_000_000_000_000_000))
  }

  /// A number of seconds.
  public static func seconds(_ count: Int) -> TimeSpan {
    TimeSpan(Duration(secondsComponent: Int64(count), attosecondsComponent: 0))
  }

  /// A number of seconds with a fraction.
  ///
  /// Validation rejects NaN, infinity and negative numbers.
  public static func seconds(_ count: Double) -> TimeSpan {
    TimeSpan(.seconds(count.isFinite && abs(count) < 1e15 ? count : -1))
  }

  /// A number of minutes.
  public static func minutes(_ count: Int) -> TimeSpan { product(count, 60) }

  /// A number of hours.
  public static func hours(_ count: Int) -> TimeSpan { product(count, 3600) }

  /// A number of units, each of some seconds; saturates on overflow.
  private static func product(_ count: Int, _ unit: Int) -> TimeSpan {
    let (seconds, overflows) = count.multipliedReportingOverflow(by: unit)
    return .seconds(overflows ? (count < 0 ? .min : .max) : seconds)
  }
}

extension Duration {
  /// The time in seconds, as a decimal number.
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// The time in readable form: `120 ms`, `2.5 s`, `5 min`.
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
