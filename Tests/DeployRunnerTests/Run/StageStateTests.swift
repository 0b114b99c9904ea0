import Testing

@testable import DeployRunner

@Suite("A stage's decisions") struct StageStateTests {
  private static func together(
    _ count: Int, limit: Int? = nil, isAtomic: Bool = false
  ) -> StageState {
    StageState(waves: [count], limit: limit, isAtomic: isAtomic, stopsOnFailure: false)
  }

  @Test(arguments: 1...6)
  func `never more begin than the limit allows, and all begin in the end`(limit: Int) {
    for count in 0...7 {
      var state = Self.together(count, limit: limit)
      var (running, begun): ([Int], [Int]) = ([], [])
      while true {
        switch state.decide() {
        case .start(let members):
          begun += members
          running = members + running
          #expect(!members.isEmpty && running.count <= limit)
          continue
        case .wait: state.ended(running.removeLast(), .succeeded())
        case let other:
          #expect(other == .end(rollingBack: []))
          #expect(begun == Array(0..<count) && running.isEmpty)
        }
        if running.isEmpty, begun.count == count { break }
      }
      #expect(state.decide() == .end(rollingBack: []))
    }
  }

  @Test func `a limit below one is one, and none is all of them`() {
    var least = Self.together(3, limit: 0)
    #expect(least.decide() == .start(0..<1))
    var most = Self.together(3)
    #expect(most.decide() == .start(0..<3))
  }

  @Test func `what serves is rolled back, the last one first, and only where all are one`() {
    for isAtomic in [true, false] {
      var state = Self.together(4, isAtomic: isAtomic)
      #expect(state.decide() == .start(0..<4))
      state.ended(2, .succeeded())
      state.ended(0, .succeeded())
      #expect(state.decide() == .wait)
      state.ended(3, .failed())
      #expect(state.decide() == (isAtomic ? .stop : .wait))
      // Was ended too late: it had switched.
      state.ended(1, .failed(serves: true))
      #expect(state.failed == 3 && state.hasFailed)
      #expect(state.decide() == .end(rollingBack: isAtomic ? [1, 0, 2] : []))
    }
  }

  /// What happens to a stage, and what it decides after that.
  enum Act: Sendable {
    case ends(Int, StageState.Ending)
    case paused
    case interrupted
  }

  struct Story: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var waves = [1, 2, 3]
    var limit: Int?
    var isAtomic = false
    /// The first decision, then each act with the decisions that follow.
    var first: [StageState.Decision] = [.start(0..<1), .wait]
    var acts: [(Act, [StageState.Decision])]
  }

  private static let stories: [Story] = [
    Story(
      testDescription: "wave after wave",
      acts: [
        (.ends(0, .succeeded()), [.pause(before: 1)]), (.paused, [.start(1..<3), .wait]),
        (.ends(2, .succeeded()), [.wait]), (.ends(1, .succeeded()), [.pause(before: 2)]),
        (.paused, [.start(3..<6), .wait]), (.ends(3, .succeeded()), [.wait]),
        (.ends(4, .succeeded()), [.wait]), (.ends(5, .succeeded()), [.end(rollingBack: [])]),
      ]),
    Story(
      testDescription: "the canary fails: the others are not touched",
      acts: [(.ends(0, .failed()), [.end(rollingBack: [])])]),
    Story(
      testDescription: "a failure in a wave: the rest of the wave ends, no other wave starts",
      acts: [
        (.ends(0, .succeeded()), [.pause(before: 1)]), (.paused, [.start(1..<3), .wait]),
        (.ends(1, .failed()), [.wait]), (.ends(2, .succeeded()), [.end(rollingBack: [])]),
      ]),
    Story(
      testDescription: "a failure under a limit: the rest of its wave does not start",
      waves: [4], limit: 2, first: [.start(0..<2), .wait],
      acts: [(.ends(0, .failed()), [.wait]), (.ends(1, .succeeded()), [.end(rollingBack: [])])]),
    Story(
      testDescription: "atomic: a failure stops the wave and rolls the earlier ones back",
      isAtomic: true,
      acts: [
        (.ends(0, .succeeded()), [.pause(before: 1)]), (.paused, [.start(1..<3), .wait]),
        (.ends(1, .failed()), [.stop]),
        (.ends(2, .failed(serves: true)), [.end(rollingBack: [2, 0])]),
      ]),
    Story(
      testDescription: "an interruption in a pause", isAtomic: true,
      acts: [
        (.ends(0, .succeeded()), [.pause(before: 1)]), (.interrupted, [.end(rollingBack: [0])]),
      ]),
    Story(
      testDescription: "an interruption in a wave",
      acts: [
        (.ends(0, .succeeded()), [.pause(before: 1)]), (.paused, [.start(1..<3), .wait]),
        (.interrupted, [.wait]), (.ends(1, .failed()), [.wait]),
        (.ends(2, .failed()), [.end(rollingBack: [])]),
      ]),
    Story(
      testDescription:
        "a host is out of sight: its wave ends, no other starts, nothing is rolled back",
      isAtomic: true,
      acts: [
        (.ends(0, .succeeded()), [.pause(before: 1)]), (.paused, [.start(1..<3), .wait]),
        (.ends(1, .lost), [.wait]), (.ends(2, .succeeded()), [.end(rollingBack: [])]),
      ]),
    Story(
      testDescription: "waves without members are none", waves: [0, 1, 0, 1],
      acts: [
        (.ends(0, .succeeded()), [.pause(before: 1)]), (.paused, [.start(1..<2), .wait]),
        (.ends(1, .succeeded(serves: false)), [.end(rollingBack: [])]),
      ]),
  ]

  @Test(arguments: stories)
  func waves(story: Story) {
    var state = StageState(
      waves: story.waves, limit: story.limit, isAtomic: story.isAtomic, stopsOnFailure: true)
    for decision in story.first { #expect(state.decide() == decision) }
    for (act, decisions) in story.acts {
      switch act {
      case .ends(let member, let ending): state.ended(member, ending)
      case .paused: state.paused()
      case .interrupted: state.interrupt()
      }
      for decision in decisions { #expect(state.decide() == decision, "after \(act)") }
    }
    guard case .end = state.decide() else {
      Issue.record("it does not end")
      return
    }
  }
}
