import DeployDSL
import DeployRunner
import DeploySimulator

/// The shapes of plans whose cost for each step is measured.
let shapes: [(name: String, steps: @Sendable (Int) -> Steps)] = [
  ("in a line", { count in Steps((0..<count).map { Print("step \($0)") }) }),
  (
    "side by side",
    { count in
      Steps([Parallel { for number in 0..<count { Print("step \(number)") } }])
    }
  ),
]

/// Builds a plan at run time, compiles it and runs it on the simulated host.
func measure(_ count: Int, _ steps: (Int) -> Steps) async throws -> Duration {
  let clock = ContinuousClock()
  let began = clock.now
  let plan = Deploy("benchmark") {
    DetectActive()
    steps(count)
  }
  let report = try await Deployer(executor: .mock(for: plan.application)).run(plan)
  precondition(report.outcome == .succeeded && report.nodes.count == count + 1)
  return clock.now - began
}

print("| steps on the mock | shape | ms, best of 5 | µs a step |\n| --- | --- | --- | --- |")
for shape in shapes {
  for count in [100, 1_000, 10_000, 100_000] {
    var best = Duration.seconds(3600)
    for _ in 0..<5 { best = min(best, try await measure(count, shape.steps)) }
    let micros = best / .microseconds(1)
    let milliseconds = (micros / 100).rounded() / 10
    let each = (micros / Double(count) * 10).rounded() / 10
    print("| \(count) | \(shape.name) | \(milliseconds) | \(each) |")
  }
}
