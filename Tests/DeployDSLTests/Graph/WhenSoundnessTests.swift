import DeployDSL
import Testing

/// Whatever a plan with a `When` is allowed to do, each of its ways is allowed alone.
@Suite struct WhenSoundnessTests {
  private struct Dice {
    var state: UInt64
    mutating func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(sides))
    }
  }

  private static let steps: [any Step] = [
    Up(.target), Health(), SwapNginx(), Reload(), Stop(.previous), Build(.target), Drain(),
    Exec(.target, "x"), Stop(.target), Health(.previous), Watch(for: 1),
  ]

  /// A usual deploy, cut at two places, with other steps between: many are right.
  private static let usual: [any Step] = [
    Build(.target), Up(.target), Health(), SwapNginx(), Reload(), Drain(), Stop(.previous),
  ]

  private func some(_ dice: inout Dice, _ part: ArraySlice<any Step>) -> [any Step] {
    var chosen = Array(part)
    if dice.roll(3) == 0, !chosen.isEmpty { chosen.remove(at: dice.roll(chosen.count)) }
    if dice.roll(3) == 0 {
      chosen.insert(Self.steps[dice.roll(Self.steps.count)], at: dice.roll(chosen.count + 1))
    }
    return chosen
  }

  private func plan(_ parts: [any Step]) -> Deploy {
    Deploy("app", file: "p.swift", line: 1, column: 1) {
      DetectActive()
      parts
    }
  }

  @Test func `a plan that is right with both branches is right with each`() {
    var dice = Dice(state: 20)
    var right = 0
    for _ in 0..<6000 {
      let cuts = [dice.roll(Self.usual.count + 1), dice.roll(Self.usual.count + 1)].sorted()
      let before = Array(Self.usual[..<cuts[0]])
      let then = some(&dice, Self.usual[cuts[0]..<cuts[1]])
      let otherwise = some(&dice, Self.usual[cuts[0]..<cuts[1]])
      let after = some(&dice, Self.usual[cuts[1]...])
      let choice = When(.exists("a")) {
        then
      } otherwise: {
        otherwise
      }
      guard plan(before + [choice] + after).issues.isEmpty else { continue }
      right += 1
      for branch in [then, otherwise] {
        let issues = plan(before + branch + after).issues
        #expect(issues.isEmpty, "\(before) \(then) \(otherwise) \(after): \(issues)")
      }
    }
    #expect(right > 300, "\(right)")
  }
}
