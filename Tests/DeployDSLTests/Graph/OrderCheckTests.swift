import DeployDSL
import Testing

@Suite struct OrderCheckTests {
  /// A plan of steps in lines of their own, the first in line 2.
  private static func plan(_ steps: [any Step]) -> Deploy {
    Deploy("app", file: "", line: 1, column: 1) {
      for (index, step) in steps.enumerated() {
        Steps([step], file: "", line: index + 2, column: 3)
      }
    }
  }

  private static func at(_ line: Int, _ text: String) -> String {
    "plan.swift:\(line):3: error: \(text)"
  }

  private static func gated(_ steps: any Step...) -> [any Step] {
    [DetectActive(), Up(.target), Health()] + steps
  }

  private static func switched(_ steps: any Step...) -> [any Step] {
    gated(SwapNginx(), Reload()) + steps
  }

  static let beforeSwitch: [PlanCase] = [
    PlanCase(
      "DetectActive forgotten",
      at(
        2,
        "Up target needs the target colour, but no DetectActive() comes before; "
          + "begin the plan with DetectActive()"),
      plan: plan([Up(.target), Health(), Stop(.target)])),
    PlanCase(
      "DetectActive twice",
      at(5, "DetectActive() comes twice; keep the first: the roles hold for the whole run"),
      plan: plan(gated(DetectActive()))),
    PlanCase(
      "Up(.active)",
      at(
        5,
        "Up(.active) would recreate the service that the proxy serves; "
          + "start the other colour with Up(.target)"), plan: plan(gated(Up(.active)))),
    PlanCase(
      "Up(.previous) before the switch",
      at(
        5,
        "Up(.previous) would recreate the service that the proxy serves; "
          + "start the other colour with Up(.target)"), plan: plan(gated(Up(.previous)))),
    PlanCase(
      "Stop(.active)",
      at(
        5,
        "Stop(.active) would stop what the proxy serves; "
          + "stop the other colour with Stop(.previous) after Reload()"),
      plan: plan(gated(Stop(.active)))),
    PlanCase(
      "Stop(.previous) before the switch",
      at(
        5,
        "Stop(.previous) comes before the switch, while the proxy still serves it; "
          + "put it after SwapNginx() and Reload()"),
      plan: plan(gated(Stop(.previous), SwapNginx(), Reload()))),
    PlanCase(
      "Stop(.previous) between SwapNginx and Reload",
      at(
        6,
        "Stop(.previous) comes before the switch, while the proxy still serves it; "
          + "put it after SwapNginx() and Reload()"),
      plan: plan(gated(SwapNginx(), Stop(.previous), Reload()))),
    PlanCase(
      "image after Up",
      at(
        4,
        "Build target comes too late for Up(.target) at line 3, which starts the image that was "
          + "there before; put it before Up(.target)"),
      plan: plan([DetectActive(), Up(.target), Build(.target)])),
    PlanCase(
      "Exec before Up",
      at(
        3,
        "Exec id runs in the target's container before Up(.target) has started it; "
          + "put it after Up(.target)"),
      plan: plan([DetectActive(), Exec(.target, "id"), Up(.target)])),
  ]

  static let gate: [PlanCase] = [
    PlanCase(
      "no gate",
      at(
        4,
        "SwapNginx comes before any health check of the target; "
          + "put Health() between Up(.target) and SwapNginx()"),
      plan: plan([DetectActive(), Up(.target), SwapNginx(), Reload()])),
    PlanCase(
      "a gate of the previous colour",
      at(
        5,
        "SwapNginx comes before any health check of the target; "
          + "put Health() between Up(.target) and SwapNginx()"),
      plan: plan([DetectActive(), Up(.target), Health(.previous), SwapNginx(), Reload()])),
    PlanCase(
      "gate after SwapNginx",
      at(
        4,
        "SwapNginx comes before any health check of the target; "
          + "put Health() between Up(.target) and SwapNginx()"),
      plan: plan([DetectActive(), Up(.target), SwapNginx(), Health(), Reload()])),
    PlanCase(
      "gate before Up",
      at(
        3, "Health checks the target before Up(.target) has started it; put it after Up(.target)"),
      plan: plan([DetectActive(), Health(), Up(.target), SwapNginx(), Reload()])),
    PlanCase(
      "gate before the second Up",
      at(
        6,
        "no health check runs between Up target at line 5 and SwapNginx; put Health() between "
          + "them"),
      plan: plan(gated(Up(.target), SwapNginx(), Reload()))),
    PlanCase(
      "gate before Stop(.target)",
      at(
        6,
        "no health check runs between Stop target at line 5 and SwapNginx; put Health() between "
          + "them"
      ),
      plan: plan(gated(Stop(.target), SwapNginx(), Reload()))),
    PlanCase(
      "gate of a target that was stopped again",
      at(
        5,
        "Health checks the target after Stop target at line 4 has stopped it; "
          + "put it before Stop(.target), or Up(.target) between them"),
      plan: plan([
        DetectActive(), Up(.target), Stop(.target), Health(), SwapNginx(), Reload(),
      ])),
    PlanCase(
      "gate beside Up",
      at(
        3, "Health checks the target before Up(.target) has started it; put it after Up(.target)"),
      plan: plan([DetectActive(), parallel(Up(.target), Health()), SwapNginx(), Reload()])),
    PlanCase(
      "gate beside SwapNginx",
      at(
        4,
        "SwapNginx comes before any health check of the target; "
          + "put Health() between Up(.target) and SwapNginx()"),
      plan: plan([DetectActive(), Up(.target), parallel(Health(), SwapNginx()), Reload()])),
  ]

  static let afterSwitch: [PlanCase] = [
    PlanCase(
      "an undo that stops what still serves",
      at(
        7,
        "the undo of Wait 1 s stops the target while the proxy still serves it; "
          + "put Stop(.target) into the undo of a step before SwapNginx()"),
      plan: plan(gated(SwapNginx(), Reload(), Wait(1).undo { Stop(.target) }))),
    PlanCase(
      "SwapNginx without Reload",
      at(
        5,
        "SwapNginx is never followed by Reload, so nothing would be switched; add Reload() after it"
      ),
      plan: plan(gated(SwapNginx()))),
    PlanCase(
      "Reload without SwapNginx",
      at(5, "Reload without SwapNginx before it would change nothing; put SwapNginx() before it"),
      plan: plan(gated(Reload()))),
    PlanCase(
      "Reload before SwapNginx",
      at(5, "Reload without SwapNginx before it would change nothing; put SwapNginx() before it"),
      plan: plan(gated(Reload(), SwapNginx()))),
    PlanCase(
      "SwapNginx twice", at(7, "SwapNginx comes twice; keep one: a run switches once"),
      plan: plan(switched(SwapNginx()))),
    PlanCase(
      "Reload twice", at(7, "Reload comes twice; keep one: a run switches once"),
      plan: plan(switched(Reload()))),
    PlanCase(
      "Up(.target) after SwapNginx",
      at(
        7,
        "Up(.target) comes after SwapNginx, when the proxy may already serve it; "
          + "put Up(.target) before Health() and SwapNginx()"), plan: plan(switched(Up(.target)))),
    PlanCase(
      "Stop(.target) after SwapNginx",
      at(
        7,
        "Stop(.target) comes after the switch, when the proxy serves it; "
          + "stop the other colour with Stop(.previous)"), plan: plan(switched(Stop(.target)))),
    PlanCase(
      "Exec after Stop",
      at(
        8,
        "Exec id comes after Stop(.previous), when its container no longer runs; "
          + "put it before Stop(.previous)"),
      plan: plan(switched(Stop(.previous), Exec(.previous, "id")))),
    PlanCase(
      "Health after Stop",
      at(
        8,
        "Health previous comes after Stop(.previous), when its container no longer runs; "
          + "put it before Stop(.previous)"),
      plan: plan(switched(Stop(.previous), Health(.previous)))),
  ]

  /// Steps side by side, all placed where it is used.
  private struct Beside: Step {
    let steps: [any Step]
    var body: Steps { Parallel { steps } }
  }

  private static func parallel(_ steps: any Step...) -> Beside { Beside(steps: steps) }

  @Test(arguments: beforeSwitch) func `what would hurt before the switch is refused`(
    _ its: PlanCase
  ) {
    #expect(its.plan.mistakes == its.mistakes)
  }

  @Test(arguments: gate) func `SwapNginx needs a gate that saw the target as it runs`(
    _ its: PlanCase
  ) {
    #expect(its.plan.mistakes == its.mistakes)
  }

  @Test(arguments: afterSwitch) func `what would hurt after the switch is refused`(_ its: PlanCase)
  {
    #expect(its.plan.mistakes == its.mistakes)
  }
}
