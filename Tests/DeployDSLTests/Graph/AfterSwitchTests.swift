import DeployDSL
import Testing

@Suite("After the switch") struct AfterSwitchTests {
  /// Steps in lines of their own, the first in line 2.
  private static func mistakes(_ steps: any Step...) -> String {
    Deploy("app", file: "", line: 1, column: 1) {
      for (index, step) in steps.enumerated() {
        Steps([step], file: "", line: index + 2, column: 3)
      }
    }.mistakes
  }

  @Test("Watch and Drain belong between Reload and Stop(.previous)")
  func order() {
    #expect(
      Self.mistakes(
        DetectActive(), Up(.target), Health(), SwapNginx(), Reload(), Watch(for: 10), Drain(),
        Stop(.previous)) == "")
  }

  @Test("there is nothing to watch or to drain before the switch")
  func before() {
    #expect(
      Self.mistakes(DetectActive(), Up(.target), Health(), Drain(), SwapNginx(), Reload()) == """
        plan.swift:5:3: error: Drain comes before the switch, while the proxy serves the previous \
        colour; put it after Reload()
        """)
    #expect(
      Self.mistakes(DetectActive(), Up(.target), Health(), Watch(for: 3), SwapNginx(), Reload())
        == """
        plan.swift:5:3: error: Watch 3 s comes before the switch, while the proxy serves the \
        previous colour; put it after Reload()
        """)
  }

  @Test("once the previous colour is stopped it is too late")
  func tooLate() {
    #expect(
      Self.mistakes(
        DetectActive(), Up(.target), Health(), SwapNginx(), Reload(), Stop(.previous),
        Watch(for: 3)) == """
          plan.swift:8:3: error: Watch 3 s comes after Stop(.previous), when it is too late for \
          it; \
          put it before Stop(.previous)
          """)
  }

  @Test("watching beside the stop would leave no way back")
  func beside() {
    let both = Parallel {
      Watch(for: 3)
      Stop(.previous)
    }
    #expect(
      Self.mistakes(DetectActive(), Up(.target), Health(), SwapNginx(), Reload(), both).contains(
        "Stop previous runs in parallel with Watch 3 s"))
  }
}
