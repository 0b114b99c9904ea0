import Foundation
import BgrunTestSupport
import Testing

@testable import bgrun

@Suite("The plan's compiler") struct PlanCompilerTests {
  /// Who starts the programs that compile and link.
  enum Way: CaseIterable {
    /// bgrun.
    case stages
    /// The compiler's driver, because a program is not beside it.
    case driver
  }

  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private func compiler(_ way: Way) throws -> PlanCompiler {
    var toolchain = try Toolchain.find()
    if way == .driver {
      // A script is not a link: the other programs are not beside it.
      let script = bench.folder.appendingPathComponent("swiftc")
      try "#!/bin/sh\nexec '\(toolchain.compiler)' \"$@\"\n".write(
        to: script, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: script.path)
      toolchain = Toolchain(compiler: script.path)
    }
    #if !os(macOS)
      #expect((CompilerStages(toolchain) == nil) == (way == .driver))
    #endif
    let tool = try Workbench.tool()
    return PlanCompiler(
      runner: ToolchainRunner(
        toolchain: toolchain,
        installation: Installation(
          program: tool.path,
          modules: tool.deletingLastPathComponent().appendingPathComponent("Modules").path),
        output: Output(color: .never), options: Options()))
  }

  private func compile(_ source: String, _ way: Way) throws -> (warnings: String, library: URL) {
    let plan = bench.folder.appendingPathComponent("plan.swift")
    try source.write(to: plan, atomically: true, encoding: .utf8)
    let library = bench.folder.appendingPathComponent("plan.so")
    let file = try PlanFile(OptionParser.parse([plan.path]))
    let warnings = try compiler(way).compile(file, into: library.path, isColored: false)
    return (warnings, library)
  }

  @Test(arguments: Way.allCases)
  func `a library is made, and nothing else is left`(way: Way) throws {
    let compiled = try compile(
      """
      import DeployDSL
      import Foundation
      import Observation
      @Observable final class Seen { var date = Date() }
      Deploy("app") { DetectActive() }
      """, way)
    #expect(compiled.warnings.isEmpty)
    let bytes = try Data(contentsOf: compiled.library)
    #if os(macOS)
      let library = "Foundation.framework"
    #else
      let library = "libFoundation.so"
    #endif
    for word in [PlanCompiler.entryPoint, library] {
      #expect(bytes.firstRange(of: Data(word.utf8)) != nil, "\(word)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder.path)
    #expect(!names.contains { $0.hasSuffix(".tmp") || $0.hasSuffix(".o") }, "\(names)")
  }

  @Test(arguments: Way.allCases)
  func `an error is shown as the compiler reports it, and nothing is left`(way: Way) throws {
    let refusal = #expect(throws: ToolError.self) {
      try compile("import DeployDSL\nlet number: Int = \"one\"\n", way)
    }
    let text = "\(try #require(refusal?.preamble))"
    #expect(text.contains("plan.swift:2:19: error: cannot convert value of type 'String'"))
    #expect(text.contains("2 | let number: Int = \"one\""))
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder.path)
    #expect(names.filter { $0.hasPrefix("plan.") } == ["plan.swift"])
  }

  @Test func `a killed compiler is not reported as an error in the plan`() {
    let refusal = CompilerText("").refusal(of: "plan.swift", status: 137)
    #expect("\(refusal)".contains("signal 9 ended the compiler while it compiled plan.swift"))
  }

  @Test func `flags that find modules and flags that link are separated`() {
    let list = CompilerFlags([
      "-I", "m", "-L", "l", "-lSteps", "-Xlinker", "-rpath", "-Xlinker", "l", "-Xcc", "-fx", "S.o",
    ])
    #expect(list.imports == ["-I", "m", "-Xcc", "-fx"])
    #expect(list.links == ["-L", "l", "-lSteps", "-Xlinker", "-rpath", "-Xlinker", "l", "S.o"])
  }
}
