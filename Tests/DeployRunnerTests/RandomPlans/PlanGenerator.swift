import DeployDSL

@testable import DeploySimulator

/// Makes plans at random: most are nearly what a person would write, some are wrong.
struct PlanGenerator {
  /// Something that may stand in a plan. New steps and modifiers need a line in a table below, and
  /// nothing else.
  typealias Maker = @Sendable (inout Random) -> any Step

  private var random: Random
  private var names = 0

  init(seed: UInt64) { random = Random(state: seed) }

  // MARK: Tables

  /// What a deploy is made of, in its order: for each place one of these; an empty list is nothing.
  private static let places: [[Maker?]] = [
    [{ _ in DetectActive() }],
    [nil, nil, { _ in Pull(.target) }, { _ in Build(.target) }],
    [
      { _ in Up(.target) }, { _ in Up(.target, environment: ["VERSION": "2.0"]) },
      { _ in Up(.target, build: true) },
    ],
    gates,
    [{ _ in SwapNginx() }],
    [{ _ in Reload() }, { _ in Reload(within: 5) }],
    [
      nil, nil, { _ in Watch(for: 3, every: 0.5) },
      { _ in Watch(for: 5, failures: 1, of: 1) },
    ],
    [
      nil, nil, { _ in Drain(upTo: 2) }, { _ in Drain(upTo: 0.1, atDeadline: .cut) },
      { _ in Drain(upTo: 0) },
    ],
    [nil, { _ in Stop(.previous) }, { _ in Stop(.previous, grace: 0) }],
    [nil, { _ in Prune() }, { _ in Prune(networks: true) }],
  ]

  private static let gates: [Maker?] = [
    { _ in Health(retries: 15, every: 2) }, { _ in Health(via: .proxy, retries: 4, every: 0.5) },
    { _ in Health(.target, .tcp, retries: 5, every: 1) }, { _ in Health(retries: 5, successes: 3) },
    { _ in Health(.target, .command("true"), via: .automatic, retries: 3) },
    { _ in Health(.target, .http(status: 200, body: "version"), via: .exec) },
  ]

  /// What may stand anywhere, where the validator lets it.
  private static let extras: [Maker] = [
    { _ in Print("half-way") }, { Wait(.seconds(Double.random(in: 0...3, using: &$0))) },
    { _ in Run("./notify", "deployed") }, { _ in Exec(.target, "true") },
    { _ in Exec(.previous, "true") }, { _ in Exec(service: "nginx-proxy", "true") },
    { _ in Health(.previous, retries: 2) }, { _ in Health(via: .proxy) },
    { _ in Health(.active, retries: 2) }, { _ in Pull(.target) }, { _ in Prune(networks: true) },
    { _ in Start(.target) }, { _ in Stop(.target) }, { _ in Start(.previous) },
    { _ in Up(.previous) }, { _ in Stop(.previous) }, { _ in Up(.target) }, { _ in Warm() },
    { _ in Mark() }, { _ in Drain() }, { _ in Watch(for: 1) }, { _ in Record("VERSION") },
  ]

  /// What may be said about any step.
  private static let modifiers: [@Sendable (any Step, inout Random) -> any Step] = [
    { $0.timeout(.seconds(Double.random(in: 1...120, using: &$1))) },
    { $0.timeout(perAttempt: .seconds(Double.random(in: 1...60, using: &$1))) },
    { $0.retry(Int.random(in: 0...2, using: &$1)) },
    { $0.retry(2, backoff: .constant(.seconds(Double.random(in: 0...1, using: &$1)))) },
    { step, _ in step.onFailure(.continue) }, { step, _ in step.onFailure(.rollback) },
    { step, _ in step.undo { Run("./take-back") } }, { step, _ in step.undo {} },
    { step, _ in step.undo { Stop(.target) } },
  ]

  // MARK: Plans

  mutating func plan(for application: Application) -> Deploy {
    var steps = Self.places.compactMap { choices in
      (choices.randomElement(using: &random) ?? nil)?(&random)
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let extra = Self.extras.randomElement(using: &random)
      if let step = extra?(&random) {
        steps.insert(step, at: Int.random(in: 0...steps.count, using: &random))
      }
    }
    disturb(&steps)
    steps = steps.map { modified($0) }
    if random.chance(3) { wrap(&steps) { Parallel(steps: $0) } }
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      names += 1
      let name = "part \(names)"
      wrap(&steps) { Group(name, steps: $0) }
    }
    return Deploy(application, timeout: .seconds(1800), steps: Steps(steps))
  }

  /// Seldom leaves a step out, doubles it, or exchanges it with the next.
  private mutating func disturb(_ steps: inout [any Step]) {
    let place = Int.random(in: 0..<steps.count - 1, using: &random)
    switch Int.random(in: 0..<12, using: &random) {
    case 0: steps.remove(at: place)
    case 1: steps.insert(steps[place], at: place)
    case 2: steps.swapAt(place, place + 1)
    default: break
    }
  }

  private mutating func modified(_ step: any Step) -> any Step {
    guard random.chance(3) else { return step }
    return Self.modifiers.randomElement(using: &random)?(step, &random) ?? step
  }

  /// Puts neighbours into one step that is modified in its turn.
  private mutating func wrap(
    _ steps: inout [any Step], _ make: (() -> Steps) -> any Step
  ) {
    let start = Int.random(in: 0..<steps.count, using: &random)
    let end = min(steps.count, start + Int.random(in: 1...4, using: &random))
    let inner = Array(steps[start..<end])
    let whole = modified(make { Steps(inner) })
    steps.replaceSubrange(start..<end, with: [whole])
  }
}

extension Parallel {
  fileprivate init(steps: () -> Steps) { self.init(branches: steps) }
}

/// Code of one's own that looks and runs something.
private struct Warm: PrimitiveStep {
  let summary = "warm the caches"
  func run(in context: StepContext) async throws {
    try await context.exec(service: "nginx-proxy", "true")
    try await context.sleep(0.2)
    context.log("warm")
  }
}

/// Code of one's own that can be taken back.
private struct Mark: UndoableStep {
  let summary = "mark the deploy"
  func run(in context: StepContext) async throws { try await context.run("./mark", "on") }
  func undo(in context: StepContext) async throws { try await context.run("./mark", "off") }
}
