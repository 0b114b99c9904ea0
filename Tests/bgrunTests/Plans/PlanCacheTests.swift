import DeployRunner
import Foundation
import BgrunTestSupport
import Testing

@testable import bgrun

extension ToolTests {
  @Suite("The cache of compiled plans")
  struct Cache {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("grafana.swift", SamplePlan.grafana)
    }

    private func check(_ environment: [String: String] = [:]) async throws -> Workbench.Ending {
      let ending = try await bench.bgrun("check", "grafana.swift", environment: environment)
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.output.hasPrefix("grafana.swift: plan ok (7 steps"))
      return ending
    }

    @Test
    func `a plan is compiled once, an edited one again, both stay, and no other user reads them`()
      async throws
    {
      _ = try await check()
      for folder in [bench.cache, bench.cache.appendingPathComponent("plans")] {
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions]
        #expect(mode as? Int == 0o700)
      }
      let first = try bench.entries()
      #expect(first.count == 1)
      _ = try await check()
      #expect(try bench.entries() == first)
      try bench.write("grafana.swift", SamplePlan.grafana + "// edited\n")
      _ = try await check()
      #expect(try bench.entries().count == 2)
    }

    @Test func `another bgrun does not load what this one has compiled`() throws {
      let tool = try Workbench.tool()
      let plan = try PlanFile(
        OptionParser.parse([bench.folder.appending(path: "grafana.swift").path]))
      func key(_ program: String) throws -> String {
        let runner = ToolchainRunner(
          toolchain: try .find(),
          installation: Installation(
            program: program, modules: tool.deletingLastPathComponent().path),
          output: Output(color: .never), options: Options())
        return PlanCache.key(of: plan, compiler: PlanCompiler(runner: runner))
      }
      #expect(try key(tool.path) == key(tool.path))
      #expect(try key(tool.path) != key("/bin/sh"))
    }

    @Test func `a plan that is changed while it is compiled is not kept as what it was`()
      async throws
    {
      let plan = bench.folder.appending(path: "grafana.swift")
      let ending = try await bench.run([try Workbench.tool().path, "check", "grafana.swift"]) {
        process in
        Task.detached {
          // Its first child is the compiler.
          let children = "/proc/\(process)/task/\(process)/children"
          try await waitUntil("the compiler runs, or bgrun has ended") {
            kill(process, 0) != 0
              || (try? String(contentsOfFile: children, encoding: .utf8))?.isEmpty == false
          }
          try (SamplePlan.grafana + "// edited\n").write(
            to: plan, atomically: true, encoding: .utf8)
        }
      }
      #expect(ending.status == 2, "\(ending)")
      #expect(
        ending.errors == "bgrun: grafana.swift changed while it was compiled; nothing was run; "
          + "run the command again\n", "\(ending)")
      #expect(try bench.entries().isEmpty)
    }

    @Test(.timeLimit(.minutes(10)))
    func `two at once with an empty cache both work`() async throws {
      async let one = check()
      async let two = check()
      async let three = check()
      _ = try await (one, two, three)
      let entries = try bench.entries()
      #expect(entries.count == 1)
      #expect(entries.keys.allSatisfy { $0.hasSuffix(".so") })
    }

    @Test func `a damaged entry is compiled again`() async throws {
      _ = try await check()
      let name = try #require(try bench.entries().keys.first)
      let file = bench.cache.appendingPathComponent("plans/\(name)")
      let whole = try Data(contentsOf: file)
      var changed = whole
      changed[whole.count / 3] ^= 0xFF
      for damaged in [whole.prefix(whole.count / 2), Data(), changed, Data("other".utf8)] {
        try damaged.write(to: file)
        _ = try await check()
        #expect(try Data(contentsOf: file).count == whole.count)
      }
    }

    @Test func `without a cache that can be written a plan still runs, and nothing is left behind`()
      async throws
    {
      let temporary = bench.folder.appendingPathComponent("tmp")
      try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
      try bench.write("file", "in the way")
      let environment = [
        "BGRUN_CACHE": bench.folder.appendingPathComponent("file").path,
        "TMPDIR": temporary.path,
      ]
      #expect(try await check(environment).errors.isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
      let verbose = try await bench.bgrun(
        "check", "grafana.swift", "--verbose", environment: environment)
      #expect(verbose.errors.contains("the cache is not writable; compiling grafana.swift into"))
    }

    @Test func `a cache that others may write is not trusted`() async throws {
      let plans = bench.cache.appendingPathComponent("plans")
      try FileManager.default.createDirectory(at: plans, withIntermediateDirectories: true)
      try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: plans.path)
      _ = try await check()
      #expect(try bench.entries().isEmpty)
    }

    @Test func `a cache is not trusted where others may put another folder in its place`()
      async throws
    {
      let around = bench.folder.appendingPathComponent("around")
      try FileManager.default.createDirectory(at: around, withIntermediateDirectories: true)
      let cache = around.appendingPathComponent("deep/cache").path
      for (mode, isTrusted) in [(0o777, false), (0o1777, true)] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: around.path)
        _ = try await check(["BGRUN_CACHE": cache])
        #expect(Files.names(in: cache + "/plans").isEmpty != isTrusted, "\(mode)")
      }
    }

    @Test func `a cache in a folder that others may write is not trusted, whatever is in it`()
      async throws
    {
      try FileManager.default.createDirectory(at: bench.cache, withIntermediateDirectories: true)
      let plans = bench.cache.appendingPathComponent("plans")
      let own = try bench.write("own/precious.txt", "x").deletingLastPathComponent()
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: own.path)
      try FileManager.default.createSymbolicLink(at: plans, withDestinationURL: own)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o777], ofItemAtPath: bench.cache.path)
      _ = try await check()
      #expect(try FileManager.default.contentsOfDirectory(atPath: own.path) == ["precious.txt"])
    }

    @Test func `of old helper modules none but bgrun's own folders are removed`() throws {
      let hash = String(repeating: "0a", count: 32)
      for number in 0..<40 { try bench.write("steps/mine-\(number)/x", "") }
      try bench.write("steps/\(hash)/x", "")
      let outside = try bench.write("outside/x", "")
      try FileManager.default.createSymbolicLink(
        at: bench.folder.appendingPathComponent("steps/\(hash)/link"),
        withDestinationURL: outside.deletingLastPathComponent())
      let folder = bench.folder.appendingPathComponent("steps").path
      Files.removeOldest(in: folder, keeping: 0) { $0.allSatisfy(\.isHexDigit) }
      #expect(Files.names(in: folder).count == 40)
      #expect(FileManager.default.fileExists(atPath: outside.path))
    }

    @Test func `an installed bgrun finds its modules, a copied one says what is missing`()
      async throws
    {
      let installed = try await Installed(bench: bench)
      let ending = try await bench.run([installed.tool.path, "check", "grafana.swift"])
      #expect(ending.status == 0, "\(ending)")
      try FileManager.default.removeItem(at: installed.modules)
      let copied = try await bench.run([installed.tool.path, "check", "grafana.swift"])
      #expect(copied.status == 6)
      #expect(copied.errors.hasPrefix("bgrun: the module DeployDSL is not in "), "\(copied)")
      #expect(copied.errors.contains("install bgrun with Scripts/install.sh --prefix "))
    }

    @Test func `a module of another compiler says what to do`() async throws {
      let installed = try await Installed(bench: bench)
      let module = installed.modules.appendingPathComponent("DeployDSL.swiftmodule")
      try Data(try Data(contentsOf: module).prefix(2000)).write(to: module)
      let ending = try await bench.run([installed.tool.path, "check", "grafana.swift"])
      #expect(ending.status == 6, "\(ending)")
      #expect(
        ending.errors.hasSuffix(
          "bgrun: this bgrun was built with another Swift toolchain, so its module cannot be used; "
            + "rebuild it: swift build, or Scripts/install.sh --prefix DIR\n"), "\(ending)"
      )
    }
  }
}
