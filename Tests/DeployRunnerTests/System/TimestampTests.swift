import Foundation
import Testing

@testable import DeployRunner

@Suite struct TimestampTests {
  let time = Timestamp(seconds: 1_795_400_045)

  @Test func `is written as ISO 8601, and read back`() {
    #expect(time.iso == "2026-11-23T02:14:05Z")
    #expect(time.compact == "20261123-021405")
    #expect(Timestamp(iso: "2026-11-23T02:14:05Z") == time)
  }

  @Test(arguments: [
    "", "2026-11-23T02:14:05", "2026-02-31T02:14:05Z", "2026-11-23 02:14:05Z",
    "2026-11-23T02:14:0xZ", "2026-13-01T00:00:00Z", "٢٠٢٦-11-23T0",
  ])
  func `anything else is not read`(text: String) { #expect(Timestamp(iso: text) == nil) }

  @Test func `people see the date only on another day`() {
    let today = time.forPeople(now: time)
    #expect(today.count == "02:14:05".count)
    #expect(time.forPeople(now: Timestamp(seconds: time.seconds + 200_000)).hasSuffix(" " + today))
  }
}
