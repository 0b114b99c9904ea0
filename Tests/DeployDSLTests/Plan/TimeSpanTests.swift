import DeployDSL
import Testing

@Suite struct TimeSpanTests {
  static let seconds = 3
  static let pause: Duration = .milliseconds(250)

  @Test(arguments: [
    (Health(every: 2), Duration.seconds(2)),
    (Health(every: 0.5), .milliseconds(500)),
    (Health(every: .milliseconds(500)), .milliseconds(500)),
    (Health(every: .milliseconds(1500)), .milliseconds(1500)),
    (Health(every: .seconds(4)), .seconds(4)),
    (Health(every: .seconds(2.5)), .milliseconds(2500)),
    (Health(every: .minutes(1)), .seconds(60)),
    (Health(every: .hours(2)), .seconds(7200)),
    (Health(every: .seconds(seconds)), .seconds(3)),
    (Health(every: TimeSpan(pause)), .milliseconds(250)),
    (Health(every: .init(pause * 2)), .milliseconds(500)),
    (Health(every: .milliseconds(-1)), .zero - .milliseconds(1)),
  ])
  func `a time is written as number of seconds, unit or Duration`(step: Health, time: Duration) {
    #expect(step.every == time)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -0.5])
  func `a number that is no length of time is negative, so that validation refuses it`(_ it: Double)
  {
    #expect(TimeSpan.seconds(it).duration < .zero)
  }

  @Test func `a time too long to count becomes the longest`() {
    #expect(TimeSpan.hours(.max).duration == .seconds(Int.max))
    #expect(TimeSpan.minutes(.min).duration == .seconds(Int.min))
  }

  @Test(arguments: [
    (Duration.zero, "0 s"), (.milliseconds(120), "120 ms"), (.milliseconds(-5), "-5 ms"),
    (.microseconds(999_900), "1 s"), (.seconds(2), "2 s"), (.milliseconds(2500), "2.5 s"),
    (.seconds(60), "60 s"), (.seconds(120), "2 min"), (.seconds(150), "150 s"),
    (.seconds(-1), "-1 s"), (.seconds(Int.max), "9.223372036854776e+18 s"),
  ])
  func `a time is shown as people read it`(time: Duration, text: String) {
    #expect(time.forPeople == text)
  }

  @Test func `a time has a decimal number of seconds`() {
    #expect(Duration.milliseconds(2250).inSeconds == 2.25)
  }
}
