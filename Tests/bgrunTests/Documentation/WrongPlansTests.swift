import Foundation
import Testing

extension ToolTests {
  @Suite("The article of wrong plans")
  struct WrongPlans {
    /// Two at a time: each is a run of the compiler.
    private static let atOnce = 2

    @Test("shows what bgrun says about each plan, whole")
    func article() async throws {
      let text = try String(contentsOf: WrongPlansArticle.file, encoding: .utf8)
      let article = WrongPlansArticle(text)
      let plans = article.entries.filter { $0.plan != nil }
      #expect(plans.count >= 30)
      #expect(Set(plans.map(\.title)).count == plans.count)

      let endings = try await endings(of: plans)
      for (title, ending) in endings {
        #expect(ending.status == 2, "\(title): \(ending)")
        #expect(ending.output.isEmpty, "\(title): \(ending)")
        #expect(ending.errors.contains("plan.swift"), "\(title): \(ending)")
      }
      let made = article.text(answers: endings.mapValues(\.errors))
      if ProcessInfo.processInfo.environment["BGRUN_UPDATE_ARTICLES"] == "1" {
        try Data(made.utf8).write(to: WrongPlansArticle.file)
      } else {
        let difference = zip(text.lines, made.lines).first { $0 != $1 }
        #expect(
          difference == nil && text.lines.count == made.lines.count,
          """
          \(difference.map { "the article says\n\($0)\nbgrun says\n\($1)" } ?? "a part is missing")
          make it anew with BGRUN_UPDATE_ARTICLES=1 swift test --filter WrongPlans, and read it
          """)
      }
    }

    private func endings(
      of plans: [WrongPlansArticle.Entry]
    ) async throws -> [String: Workbench.Ending] {
      let bench = try Workbench()
      return try await withThrowingTaskGroup(of: (String, Workbench.Ending).self) { group in
        var endings: [String: Workbench.Ending] = [:]
        for (number, plan) in plans.enumerated() {
          if number >= Self.atOnce, let (title, ending) = try await group.next() {
            endings[title] = ending
          }
          let file = try bench.write("\(number)/plan.swift", plan.plan ?? "")
          group.addTask {
            let folder = file.deletingLastPathComponent()
            return (
              plan.title,
              try await bench.bgrun("run", "plan.swift", "--executor", "mock", in: folder)
            )
          }
        }
        for try await (title, ending) in group { endings[title] = ending }
        return endings
      }
    }
  }
}

extension String {
  fileprivate var lines: [Substring] { split(separator: "\n", omittingEmptySubsequences: false) }
}
