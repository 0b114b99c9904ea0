import Foundation
import Testing

@Suite("The cache of compiled plans")
struct PlanCacheTests {
  private func entries(_ tool: Bgrun) throws -> [String] {
    let folder = tool.cache.appending(path: "plans").path
    return try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".so") }
  }

  @Test("compiles a plan once, and again only when its text has changed")
  func once() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      let first = try await tool.run("check", plan, "--verbose")
      let second = try await tool.run("check", plan, "--verbose")
      #expect(first.errors != "" && second.errors != first.errors)
      #expect(try entries(tool).count == 1)
      try tool.write(SamplePlan.whole + "// changed\n")
      #expect(try await tool.run("check", plan).status == 0)
      #expect(try entries(tool).count == 2)
    }
  }

  @Test("is not damaged by several runs at once")
  func together() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      try await withThrowingTaskGroup(of: Int32.self) { group in
        for _ in 0..<4 {
          group.addTask { try await tool.run(plan, "--executor", "mock", "--quiet").status }
        }
        for try await status in group { #expect(status == 0) }
      }
      #expect(try entries(tool).count == 1)
      let left = try FileManager.default.contentsOfDirectory(
        atPath: tool.cache.appending(path: "plans").path)
      #expect(left.count == 1, "temporary files are left: \(left)")
    }
  }

  @Test("replaces an entry that cannot be loaded")
  func damaged() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      #expect(try await tool.run("check", plan).status == 0)
      for entry in try entries(tool) {
        try Data("rubbish".utf8).write(to: tool.cache.appending(path: "plans/\(entry)"))
      }
      let ending = try await tool.run("check", plan)
      #expect(ending.status == 0, "\(ending.errors)")
    }
  }

  @Test("may be missing: the plan is then compiled for this run alone")
  func unusable() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      let ending = try await tool.run(
        "check", plan, environment: ["BGRUN_CACHE": "/proc/nothing/here"])
      #expect(ending.status == 0, "\(ending.errors)")
    }
  }
}
