import DeployDSL
import Testing

@testable import DeployRunner

/// Whole deploys in which one thing that bgrun reads is spoiled at random: the run ends with a
/// report that tells the truth, and the proxy never points at a service that is not healthy.
@Suite(.timeLimit(.minutes(30)))
struct DeployFuzzTests {
  private static let runs = 300

  @Test("A deploy survives whatever it reads", arguments: FaultScene.all)
  func everyInput(scene: FaultScene) async throws {
    let points = try await scene.cleanRun().filter { !$0.isChange && !$0.text.hasPrefix("GET") }
    var found = Findings()
    var outcomes: [String: Int] = [:]
    for number in 0..<Self.runs {
      let point = points[number % points.count]
      let (findings, outcome) = try await cell(scene, point, seed: UInt64(number))
      found.add(findings)
      outcomes[outcome, default: 0] += 1
    }
    let summary = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print(
      "deploys with spoiled inputs, \(scene): \(found.cells) tried (\(points.count) inputs), "
        + summary.joined(separator: ", "))
    #expect(found.count == 0, "\(found.count) of \(found.cells) runs:\n\(found.text)")
  }

  @Test("Site files that are not UTF-8 are deployed", arguments: FaultScene.all)
  func otherEncodings(scene: FaultScene) async throws {
    let host = scene.host()
    let comment = Array("# caf".utf8) + [0xE9, 0x80, 10]
    let application = FaultScene.application
    host.change { world in
      for path in [application.site.file, application.site.blue, application.site.green] {
        // The content changes and not the inode: the proxy may have the file itself mounted.
        let bytes = comment + (world.files.bytes(at: path) ?? [])
        _ = world.files.write(bytes, to: path, method: .inPlace, at: world.now - .seconds(90_000))
      }
    }
    for color in [scene.target, scene.live] {
      let report = try await Deployer(executor: .mock(host)).run(FaultScene.plan)
      #expect(report.outcome == .succeeded, "\(report)")
      #expect(host.serving == color && host.violations.isEmpty)
    }
  }

  private func cell(
    _ scene: FaultScene, _ point: FaultPoint, seed: UInt64
  ) async throws -> (Findings, String) {
    let host = scene.host()
    let executor = GarblingExecutor(base: .mock(host), at: point, seed: seed)
    let report = try await Deployer(executor: executor).run(FaultScene.plan)
    var wrong = executor.control.wasHit ? [] : ["the operation never came"]
    let checks = FaultChecks(scene: scene, host: host)
    // What nginx accepts and what leads nowhere can only be found out afterwards.
    let isUnforeseeable = point.text.contains("/service_") && report.outcome == .rolledBack
    wrong += checks.timeline.filter { !isUnforeseeable || !$0.hasSuffix("nginx -s reload)") }
    wrong += checks.cuts
    // That its source is not what it was read as nobody can tell.
    let site = host.world.files.bytes(at: FaultScene.application.site.file) ?? []
    let isAsRead = executor.spoiled.all.contains("file(\(site))")
    wrong += checks.end(report).filter { !isAsRead || !$0.hasPrefix("the site file is not") }
    if let failure = report.failure { wrong += Self.mistakes(in: failure) }
    if !wrong.isEmpty {
      wrong += executor.spoiled.all.map { "\n    read: \($0.debugDescription.prefix(3000))" }
    }
    var found = Findings()
    found.cell("seed \(seed), \(point)", wrong, report)
    return (found, report.outcome.rawValue)
  }

  /// What is wrong with a failure's text: it must be one sentence that a person can read.
  static func mistakes(in failure: DeployError) -> [String] {
    let text = failure.description
    var wrong: [String] = []
    if failure.message.isEmpty { wrong.append("no message") }
    if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      wrong.append("control characters in the text: \(text.debugDescription)")
    }
    if text.utf8.count > 1000 { wrong.append("a text of \(text.utf8.count) bytes") }
    return wrong
  }
}
