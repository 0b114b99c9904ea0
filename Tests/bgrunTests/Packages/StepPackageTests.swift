import Foundation
import Testing

extension ToolTests {
  @Suite("Steps from packages")
  struct StepPackages {
    let bench: Workbench
    private static let byPath = #"import AcmeSteps  // package(path: "../acme-steps")"#

    init() throws { bench = try Workbench() }

    private func run(_ words: String...) async throws -> Workbench.Ending {
      try await bench.run(
        [try Workbench.tool().path, "plans/p.swift", "--executor", "mock"] + words)
    }

    @Test
    func `by path: two processes build it once, then no program is started until it is edited`()
      async throws
    {
      let acme = try AcmeSteps(on: bench)
      try bench.write("plans/p.swift", AcmeSteps.plan(Self.byPath))
      async let one = run()
      async let two = run()
      let both = try await [one, two]
      for ending in both {
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.output.contains("acme says hello"), "\(ending)")
      }
      let building = "bgrun: building acme-steps, which is cached until it changes\n"
      let waiting = "bgrun: waiting for another bgrun that builds acme-steps\n"
      #expect(both.map(\.errors).sorted() == [building, waiting], "\(both)")

      let warm = try await run("--verbose")
      #expect(warm.output.contains("acme says hello"))
      #expect(warm.errors.contains("bgrun: using the built acme-steps: "), "\(warm)")
      #expect(warm.errors.contains("bgrun: using the compiled plans/p.swift: "), "\(warm)")
      #expect(!warm.errors.contains("bgrun: running "), "\(warm)")
      #expect(!warm.errors.contains("bgrun: compiling "), "\(warm)")

      try damageLibrary()
      let repaired = try await run()
      #expect(repaired.output.contains("acme says hello"), "\(repaired)")
      #expect(repaired.errors == building)

      try acme.writeStep(saying: "goodbye")
      let edited = try await run("--verbose")
      #expect(edited.output.contains("acme says goodbye"), "\(edited)")
      #expect(edited.errors.contains("bgrun: running "), "\(edited)")

      try acme.writeStep(saying: "oops", "let number: Int = \"\"")
      let broken = try await run()
      #expect(broken.status == 2)
      #expect(
        broken.errors.replacing(bench.folder.path, with: "…") == building + """
          bgrun: plans/p.swift:2: the package acme-steps does not build; nothing was run
          …/acme-steps/Sources/AcmeSteps/Notify.swift:8:19: error: cannot convert value of type \
          'String' to specified type 'Int'
          6 |   public func run(in context: StepContext) async throws { context.log("acme says oops") }
          7 | }
          8 | let number: Int = ""
            |                   `- error: cannot convert value of type 'String' to specified type 'Int'

          """, "\(broken)")
    }

    private func damageLibrary() throws {
      let packages = bench.cache.appendingPathComponent("packages")
      let names = FileManager.default.enumerator(atPath: packages.path)?.allObjects ?? []
      let library = try #require(
        names.compactMap { $0 as? String }.first { $0.hasSuffix("/libBgrunSteps.so") })
      try Data("cut off".utf8).write(to: packages.appendingPathComponent(library))
    }

    @Test func `by the version of a repository; its undo is found although nothing refers to it`()
      async throws
    {
      let acme = try AcmeSteps(on: bench, in: "repositories/acme-steps")
      try await acme.publish("1.2.0")
      try acme.writeStep(saying: "something newer")
      let url = "file://" + acme.folder.path
      func importing(_ version: String) -> String {
        "import AcmeSteps  // package(url: \"\(url)\", from: \"\(version)\")"
      }
      let failing = """
        Notify()
          Fail()
        """
      let fail = """

        struct Fail: PrimitiveStep {
          struct Failed: Error {}
          func run(in context: StepContext) async throws { throw Failed() }
        }
        """
      try bench.write("plans/p.swift", AcmeSteps.plan(importing("1.0.0") + fail, failing))
      let ending = try await run("--verbose")
      #expect(ending.status == 1, "\(ending)")
      #expect(ending.output.contains("acme says hello"), "\(ending)")
      #expect(ending.output.contains("undid it"), "\(ending)")

      try await acme.publish("1.3.0")
      #expect(try await run().output.contains("acme says hello"))
      let updated = try await bench.bgrun("check", "plans/p.swift", "--update")
      #expect(updated.status == 0, "\(updated)")
      #expect(try await run().output.contains("acme says something newer"))

      try bench.write("plans/p.swift", AcmeSteps.plan(importing("9.0.0")))
      let missing = try await run("--quiet")
      #expect(missing.status == 2)
      #expect(
        missing.errors == """
          bgrun: plans/p.swift:2: the package acme-steps cannot be resolved; nothing was run
          error: Dependencies could not be resolved because no versions of 'acme-steps' match the \
          requirement 9.0.0..<10.0.0 and root depends on 'acme-steps' 9.0.0..<10.0.0.

          """, "\(missing)")
    }

    @Test func `a repository that does not exist`() async throws {
      let url = bench.folder.appendingPathComponent("nowhere").path
      try bench.write(
        "plans/p.swift",
        AcmeSteps.plan("import AcmeSteps  // package(url: \"file://\(url)\", from: \"1.0.0\")"))
      let ending = try await run("--quiet")
      #expect(ending.status == 2)
      #expect(
        ending.errors.hasPrefix(
          "bgrun: plans/p.swift:2: the package nowhere cannot be resolved; nothing was run\n"
            + "error: Failed to clone repository "), "\(ending)")
    }

    @Test func `a module that the package does not offer`() async throws {
      _ = try AcmeSteps(on: bench)
      try bench.write(
        "plans/p.swift", AcmeSteps.plan(Self.byPath.replacing("AcmeSteps", with: "AcmeStep")))
      let ending = try await run("--quiet")
      #expect(ending.status == 2)
      #expect(ending.errors.hasPrefix("bgrun: plans/p.swift:2: the package acme-steps "))
      #expect(
        ending.errors.contains("error: 'bgrun-steps': product 'AcmeStep' required"), "\(ending)")
    }

    @Test func `a missing package and an invalid comment are reported together`() async throws {
      try bench.write(
        "plans/p.swift",
        AcmeSteps.plan(Self.byPath + "\nimport Other  // package(pth: \"../other\")"))
      let ending = try await run()
      #expect(ending.status == 2)
      #expect(
        ending.errors == """
          plans/p.swift:2:22: error: no package at ../acme-steps
          2 | import AcmeSteps  // package(path: "../acme-steps")
            |                      ^ \(bench.folder.path)/acme-steps does not exist; the path is \
          relative to this file
          plans/p.swift:3:18: error: unknown argument 'pth' of package(…)
          3 | import Other  // package(pth: "../other")
            |                  ^ did you mean 'path'?

          """, "\(ending)")
      #expect(!FileManager.default.fileExists(atPath: bench.cache.path + "/packages"))
    }

    @Test func `an import without its package gets a hint`() async throws {
      try bench.write("plans/p.swift", AcmeSteps.plan("import AcmeSteps"))
      let ending = try await run()
      #expect(ending.status == 2)
      let note =
        "plans/p.swift:2:8: note: add its package: "
        + "import AcmeSteps  // package(path: \"../NAME\")\n"
      #expect(ending.errors.contains(note), "\(ending)")
    }

    @Test func `a package that depends on a checkout of bgrun uses the installed bgrun`()
      async throws
    {
      let repository = Workbench.repository.resolvingSymlinksInPath()
      _ = try AcmeSteps(
        on: bench, dependency: ".package(path: \"\(repository.path)\")",
        identity: repository.lastPathComponent)
      try bench.write("plans/p.swift", AcmeSteps.plan(Self.byPath))
      let installed = try await Installed(bench: bench)
      let ending = try await bench.run(
        [installed.tool.path, "plans/p.swift", "--executor", "mock"])
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.output.contains("acme says hello"))
    }
  }
}
