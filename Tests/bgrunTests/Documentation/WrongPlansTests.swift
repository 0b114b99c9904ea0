import Foundation
import Testing

extension ToolTests {
  @Test static func `the guide of wrong plans shows everything that bgrun prints for each plan`()
    async throws
  {
    let guide = Workbench.repository.appending(
      path: "Sources/DeployDSL/DeployDSL.docc/WrongPlans.md")
    let bench = try Workbench()
    var text = try String(contentsOf: guide, encoding: .utf8)
    let examples = text.matches(of: /(?s)```swift\n(.*?)```\n\n```text\n.*?```/)
    #expect(examples.count == 25)
    for example in examples.reversed() {
      try bench.write("plan.swift", String(example.1))
      let ending = try await bench.bgrun("run", "plan.swift", "--executor", "mock")
      #expect(ending.status == 2 && ending.output.isEmpty, "\(example.1)\(ending)")
      text.replaceSubrange(
        example.range, with: "```swift\n\(example.1)```\n\n```text\n\(ending.errors)```")
    }
    try expect(text, isRecordedIn: guide)
  }
}
