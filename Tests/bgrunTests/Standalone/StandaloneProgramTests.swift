import Foundation
import Testing

@testable import bgrun

extension ToolTests {
  @Suite("bgrun build")
  struct Programs {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("Plans/web.swift", Self.plan)
      try bench.write("Plans/Steps/Smoke.swift", Self.smoke)
    }

    private static let plan = """
      import DeployDSL
      import PlanSteps

      let tag = Parameter("tag", default: "1.0")
      let channel = Parameter<String>(required: "channel")
      Deploy("shop", blue: "shop-blue", green: "shop-green") {
        DetectActive()
        Up(.target)
        Health()
        SwapNginx()
        Reload()
        Smoke(text: "\\(tag) on \\(channel)")
        Stop(.previous)
      }

      """

    /// It uses a part of Foundation that DeployRunner does not.
    private static let smoke = """
      public import DeployDSL
      internal import Foundation

      public struct Smoke: PrimitiveStep {
        let text: String
        public init(text: String) { self.text = text }
        public var summary: String { "smoke" }
        public func run(in context: StepContext) async throws {
          context.log("smoke \\(NSString(string: "/srv/\\(text)").lastPathComponent)")
        }
      }

      """

    private func build(_ arguments: String...) async throws {
      let ending = try await bench.run(
        [try Workbench.tool().path, "build", "Plans/web.swift"] + arguments)
      try #require(ending.status == 0, "\(ending)")
    }

    /// Runs the built program without any variable of the environment.
    private func web(_ arguments: String...) async throws -> Workbench.Ending {
      try await bench.run(["/usr/bin/env", "-i", "./web"] + arguments)
    }

    @Test func `a program has the commands for its plan, and needs neither Swift nor bgrun`()
      async throws
    {
      try await build("-o", "web")
      let help = try await web("--help")
      #expect(help.output.contains("./web deploys shop: the plan web.swift and bgrun"), "\(help)")
      #expect(help.output.contains("\n  --set tag=VALUE             default: 1.0\n"), "\(help)")
      #expect(help.output.contains("\n  --set channel=VALUE         required to deploy\n"))
      #expect(!help.output.contains("bgrun PLAN"), "\(help)")
      let page = try await web("help", "deploy").output
      #expect(page.contains("\n  ./web deploy --dry-run\n") && !page.contains(".swift"), "\(page)")
      let graph = try await web("graph")
      #expect(graph.output.contains("  smoke\n"), "\(graph)")
      let run = try await web("deploy", "--executor", "mock", "--set", "channel=test")
      #expect(run.status == 0 && run.output.contains("smoke 1.0 on test"), "\(run)")
      let wrong = try await web("deploy", "--executor", "mock", "--set", "tga=2")
      #expect(
        wrong.errors.contains("unknown parameter 'tga' of web.swift; did you mean 'tag'?"),
        "\(wrong)")
      // Options alone deploy nothing.
      let bare = try await web("--dry-run", "--set", "channel=test")
      #expect(
        bare.errors
          == "bgrun: without a command ./web shows the status, which has no option --dry-run; "
          + "name the command: `./web deploy --dry-run --set=channel=test`\n" && bare.status == 2,
        "\(bare)")
      // A misspelled command must not deploy.
      let misspelled = try await web("stauts")
      #expect(
        misspelled.errors == "bgrun: unknown command 'stauts'; did you mean 'status'?\n"
          && misspelled.status == 2, "\(misspelled)")
      let surplus = try await web("deploy", "shop", "now")
      #expect(surplus.errors == "bgrun: unexpected word 'now'\n" && surplus.status == 2)
      let other = try await web("deploy", "blog")
      #expect(
        other.errors
          == "bgrun: this program holds the plan web.swift, which has no application 'blog'; "
          + "known: shop\n", "\(other)")
      // The commands in messages can be pasted.
      let rollback = try await web("rollback", "--executor", "mock")
      #expect(!"\(rollback)".contains("PLAN"), "\(rollback)")
    }

    @Test func `a program sends itself to another host`() async throws {
      try await build("-o", "web")
      let ssh = try FakeSSH([
        "printf '\\n\(HostScript.mark) missing\\n'",
        "cat >stored; printf '\\n\(HostScript.mark) stored\\n'", "ready; hear; echo it runs",
      ])
      let ending = try await bench.run([
        "/usr/bin/env", "-i", "PATH=\(ssh.bench.folder.path):/usr/bin:/bin", "./web", "status",
        "--set", "channel=test", "--on", "web1:/srv",
      ])
      #expect(ending.status == 0 && ending.output == "it runs\n", "\(ending)")
      let stored = try Data(contentsOf: ssh.bench.folder.appending(path: "stored"))
      #expect(try stored == Data(contentsOf: bench.folder.appending(path: "web")))
      guard case .command(let command)? = ssh.heard.first else {
        Issue.record("\(ssh.heard)")
        return
      }
      #expect(command.arguments == ["status", "--set=channel=test", "--color=never"])
      #expect(command.plan == "PLAN")
    }

    @Test func `a program is built once, and again when the plan or a helper file has changed`()
      async throws
    {
      try await build("-o", "first")
      try await build("-o", "second")
      let programs = bench.cache.appending(path: "programs")
      #expect(try FileManager.default.contentsOfDirectory(atPath: programs.path).count == 1)
      try bench.write("Plans/web.swift", Self.plan.replacing("1.0", with: "2.0"))
      try await build("-o", "web")
      #expect(try FileManager.default.contentsOfDirectory(atPath: programs.path).count == 2)
      let help = try await web("--help")
      #expect(help.output.contains("default: 2.0"), "\(help)")
    }

    @Test func `equal plans make equal programs, which do not name the folders of this machine`()
      async throws
    {
      let other = try Workbench()
      var programs: [Data] = []
      for bench in [bench, other] {
        try bench.write("Plans/web.swift", SamplePlan.grafana)
        let ending = try await bench.bgrun("build")
        #expect(ending.status == 0, "\(ending)")
        programs.append(try Data(contentsOf: bench.folder.appending(path: "web")))
      }
      #expect(programs[0] == programs[1])
      #expect(programs[0].range(of: Data(bench.folder.lastPathComponent.utf8)) == nil)
    }

    @Test func `a bgrun that was installed without its object code says so`() async throws {
      let installed = try await Installed(bench: bench)
      try bench.write("Plans/web.swift", SamplePlan.grafana)
      let ending = try await bench.run([installed.tool.path, "build", "Plans/web.swift"])
      #expect(ending.status == 6, "\(ending)")
      let prefix = bench.folder.appending(path: "prefix").path
      #expect(
        ending.errors
          == "bgrun: bgrun's object code is not in \(prefix)/lib/bgrun/bgrun.o; install "
          + "bgrun with Scripts/install.sh --prefix \(prefix)\n", "\(ending)")
    }

    @Test func `packages are linked in; a C library without a static form needs --dynamic`()
      async throws
    {
      let acme = try AcmeSteps(on: bench)
      let file = acme.folder.appending(path: "Package.swift")
      let manifest = try String(contentsOf: file, encoding: .utf8)
      let target = #".target(name: "CNote", linkerSettings: [.linkedLibrary("note")]),"#
      try bench.write(
        "acme-steps/Package.swift",
        manifest.replacing("dependencies: [.product", with: #"dependencies: ["CNote", .product"#)
          .replacing("targets: [\n", with: "targets: [\n\(target)\n"))
      try bench.write("acme-steps/Sources/CNote/include/note.h", "int note(void);\n")
      try bench.write("acme-steps/Sources/CNote/empty.c", "")
      try acme.writeStep(saying: "\\(note())", "internal import CNote")
      try bench.write("lib/note.c", "int note(void) { return 42; }\n")
      let lib = bench.folder.appending(path: "lib")
      let variables = ["LIBRARY_PATH": lib.path, "LD_LIBRARY_PATH": lib.path]
      func clang(_ words: String...) async throws {
        let ending = try await bench.run(["/usr/bin/env", "clang"] + words, in: lib)
        try #require(ending.status == 0, "\(ending)")
      }
      try await clang("-shared", "-fPIC", "-o", "libnote.so", "note.c")
      try bench.write(
        "Plans/web.swift", AcmeSteps.plan(#"import AcmeSteps  // package(path: "../acme-steps")"#))
      let refused = try await bench.bgrun("build", "Plans/web.swift", environment: variables)
      #expect(refused.status == 6, "\(refused)")
      #expect(
        refused.errors.hasSuffix(
          "bgrun: Plans/web.swift needs the C library note, of which this machine has no static form "
            + "(libnote.a); install its development package, or build a program that loads C libraries where it runs: "
            + "`bgrun build Plans/web.swift --dynamic`\n"), "\(refused)")
      let dynamic = try await bench.bgrun(
        "build", "Plans/web.swift", "--dynamic", environment: variables)
      #expect(dynamic.status == 0, "\(dynamic)")
      let run = ["/usr/bin/env", "./web", "deploy", "--executor", "mock"]
      let loaded = try await bench.run(run, environment: variables)
      #expect(loaded.output.contains("acme says 42"), "\(loaded)")
      try await clang("-c", "-o", "note.o", "note.c")
      try await clang("-fuse-ld=lld", "-r", "-o", "libnote.a", "note.o")
      let linked = try await bench.bgrun("build", "Plans/web.swift", environment: variables)
      #expect(linked.status == 0, "\(linked)")
      let alone = try await web("deploy", "--executor", "mock")
      #expect(alone.output.contains("acme says 42"), "\(alone)")
    }

    @Test(.enabled(if: geteuid() == 0))
    func `without /proc a program says so`() async throws {
      try await build("-o", "web")
      let ending = try await bench.run(["/usr/sbin/chroot", bench.folder.path, "/web", "--version"])
      #expect(ending.status == 6, "\(ending)")
      #expect(
        ending.errors == "bgrun: /proc is not mounted here, but this program needs it; "
          + "mount it: `mount -t proc proc /proc`\n", "\(ending)")
    }

    @Test func `nothing is built of a plan that is wrong`() async throws {
      try bench.write(
        "Plans/web.swift", "import DeployDSL\n\nDeploy(\"shop\") { Reload(); Up(.target) }\n")
      let ending = try await bench.bgrun("build", "Plans/web.swift")
      #expect(ending.status == 2 && ending.errors.contains("Plans/web.swift:3:"), "\(ending)")
      #expect(!FileManager.default.fileExists(atPath: bench.folder.appending(path: "web").path))
    }
  }
}
