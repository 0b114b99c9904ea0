import Testing

@testable import DeployRunner

@Suite struct RunIDTests {
  @Test func `sorts by time, and can be read`() throws {
    let early = RunID(at: Timestamp(seconds: 1_795_400_045))
    let late = RunID(at: Timestamp(seconds: 1_795_400_046))
    #expect(early < late)
    #expect(early.text.hasPrefix("20261123-021405-"))
    #expect(RunID(early.text) == early)
  }

  @Test func `those of one second sort by time, too`() {
    let second = Timestamp(seconds: 1_795_400_045)
    let ids = [0, 9, 10, 0x7f3a, 0xffff].map { RunID(at: second, part: $0) }
    #expect(ids == ids.sorted() && Set(ids).count == 5)
    #expect(ids[3].text == "20261123-021405-7f3a")
    let now = (0..<100).map { _ in RunID() }
    #expect(now == now.sorted())
  }

  @Test(arguments: [
    "", "20261123-021405", "20261123-021405-7F3A", "20261123-021405-7f3a-", "../../etc/passwd-1",
    "2026112x-021405-7f3a", "20261123-021405-7f3a\n",
  ])
  func `nothing else is a run's name`(text: String) { #expect(RunID(text) == nil) }
}
