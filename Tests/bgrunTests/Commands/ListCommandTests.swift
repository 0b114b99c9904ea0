import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun list")
  struct List {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("Plans/grafana.swift", SamplePlan.grafana)
      try bench.write(
        "Plans/two.swift", "Deploy(\"a\") { this does not compile }\nlet b = Deploy(\"b\") {}\n")
      try bench.write("Plans/notes.swift", "import Other  // package(path: \"../other\")\n")
      try bench.write("Plans/Package.swift", "no plan")
      try bench.write("Plans/Steps/Smoke.swift", "no plan either")
    }

    @Test("shows each plan on a line, and compiles none")
    func text() async throws {
      let ending = try await bench.bgrun("list")
      #expect(ending.status == 0)
      #expect(
        ending.output == """
          Plans/grafana.swift  grafana
          Plans/notes.swift    ! declares no Deploy; ! line 1: there is no package at ../other
          Plans/two.swift      a, b

          """, "\(ending)")
      #expect(!FileManager.default.fileExists(atPath: bench.cache.path))
    }

    @Test("for machines")
    func json() async throws {
      struct Plan: Decodable, Equatable {
        var file: String
        var applications: [String]
        var problems: [String]
      }
      let ending = try await bench.bgrun("list", bench.folder.path + "/Plans", "--format", "json")
      let plans = try JSONDecoder().decode([Plan].self, from: Data(ending.output.utf8))
      #expect(plans.map(\.applications) == [["grafana"], [], ["a", "b"]])
      #expect(plans[0].file == bench.folder.path + "/Plans/grafana.swift")
      #expect(plans[1].problems.count == 2)
    }

    @Test("a folder without plans, and none at all")
    func nothing() async throws {
      let empty = try await bench.bgrun("list", "Plans/Steps/..", "x")
      #expect(empty.errors == "bgrun: one folder at a time, not Plans/Steps/.. x\n")
      let missing = try await bench.bgrun("list", "nowhere")
      #expect(missing.status == 2)
      #expect(missing.errors == "bgrun: there is no folder nowhere\n")
      let none = try await bench.bgrun("list", in: URL(fileURLWithPath: "/usr/lib"))
      #expect(none.status == 0)
      #expect(none.errors == "bgrun: there is no plan in .; `bgrun init` writes a first one\n")
    }
  }
}
