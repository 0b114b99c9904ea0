import Testing

@testable import DeployRunner

@Suite("A stage's decisions") struct StageStateTests {
  @Test("never more begin than the limit allows, and all begin in the end", arguments: 1...6)
  func limit(limit: Int) {
    for count in 0...7 {
      var state = StageState(count: count, limit: limit, isAtomic: false)
      var running = Array(state.start())
      var begun = running
      while let next = running.popLast() {
        #expect(running.count < limit)
        state.ended(next, hasSucceeded: true, serves: true)
        let more = Array(state.start())
        begun += more
        running = more + running
      }
      #expect(begun == Array(0..<count))
    }
  }

  @Test("a limit below one is one, and none is all of them")
  func oddLimits() {
    var least = StageState(count: 3, limit: 0, isAtomic: false)
    #expect(least.start() == 0..<1)
    var most = StageState(count: 3, limit: nil, isAtomic: false)
    #expect(most.start() == 0..<3)
  }

  @Test("a failure keeps others from beginning only where all are one")
  func failure() {
    var apart = StageState(count: 3, limit: 1, isAtomic: false)
    _ = apart.start()
    apart.ended(0, hasSucceeded: false, serves: false)
    #expect(!apart.mustCancel && apart.start() == 1..<2)
    var atomic = StageState(count: 3, limit: 2, isAtomic: true)
    _ = atomic.start()
    atomic.ended(0, hasSucceeded: false, serves: false)
    #expect(atomic.mustCancel && atomic.start().isEmpty)
  }

  @Test("what serves is brought back, the last one first, and only where all are one")
  func order() {
    for isAtomic in [true, false] {
      var state = StageState(count: 4, limit: nil, isAtomic: isAtomic)
      _ = state.start()
      state.ended(2, hasSucceeded: true, serves: true)
      state.ended(0, hasSucceeded: true, serves: true)
      #expect(state.toRollBack.isEmpty)
      state.ended(3, hasSucceeded: false, serves: false)
      // Was ended too late: it had switched.
      state.ended(1, hasSucceeded: false, serves: true)
      #expect(state.failed == 3)
      #expect(state.toRollBack == (isAtomic ? [1, 0, 2] : []))
    }
  }

  @Test("an interruption lets nothing begin, and brings back what is one")
  func interruption() {
    var state = StageState(count: 2, limit: 1, isAtomic: true)
    _ = state.start()
    state.ended(0, hasSucceeded: true, serves: true)
    state.interrupt()
    #expect(state.start().isEmpty && state.toRollBack == [0])
  }
}
