import Foundation
import Testing

extension ToolTests {
  @Suite("Several Deploys in a file")
  struct Several {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("shop.swift", Self.plan { "deploy(\"web\")\ndeploy(\"api\")\n" })
    }

    /// A plan with a function `deploy`; an application whose name begins with `bad` fails.
    private static func plan(_ body: () -> String) -> String {
      """
      import DeployDSL

      struct Fail: PrimitiveStep {
        struct Trouble: Error, CustomStringConvertible { let description = "no such luck" }
        func run(in context: StepContext) async throws { throw Trouble() }
      }

      @MainActor func deploy(_ name: String) {
        Deploy(name, site: Site("nginx/\\(name).conf")) {
          DetectActive()
          Up(.target)
          Health()
          if name.hasPrefix("bad") { Fail() }
          SwapNginx()
          Reload()
          Stop(.previous)
        }
      }

      """ + body()
    }

    private func run(
      _ body: String, _ arguments: String...
    ) async throws -> (ending: Workbench.Ending, lines: [String]) {
      try bench.write("p.swift", Self.plan { body })
      let ending = try await bench.run(
        [try Workbench.tool().path, "p.swift", "--executor", "mock"] + arguments)
      return (ending, ending.output.split(separator: "\n").map(String.init))
    }

    @Test("run one after the other, and end with a line for each")
    func sequence() async throws {
      let ending = try await bench.bgrun("shop.swift", "--executor", "mock")
      #expect(ending.status == 0, "\(ending)")
      let lines = ending.output.split(separator: "\n").map(String.init)
      #expect(lines.first == "Deploying web on a simulated host")
      #expect(lines.contains("Deploying api on a simulated host"))
      #expect(
        Array(lines.suffix(3)) == [
          "2 of 2 done", "  ✓ web  web-green serves now", "  ✓ api  api-green serves now",
        ])
    }

    @Test("one can be chosen, and is then told as if it were alone")
    func only() async throws {
      let ending = try await bench.bgrun("shop.swift", "--executor", "mock", "--only", "api")
      #expect(ending.status == 0, "\(ending)")
      #expect(!ending.output.contains("web"))
      let last = ending.output.split(separator: "\n").last
      #expect(last?.hasPrefix("✓ api: api-green serves now, 6 steps in ") == true)
      let both = try await bench.bgrun("check", "shop.swift", "--only", "api", "--only", "web")
      #expect(
        both.output
          == "shop.swift: web: 6 steps, no problems\nshop.swift: api: 6 steps, no problems\n")
      let typo = try await bench.bgrun("shop.swift", "--executor", "mock", "--only", "wbe")
      #expect(typo.status == 2)
      #expect(
        typo.errors == "bgrun: unknown Deploy 'wbe' of shop.swift; did you mean 'web'?\n")
    }

    @Test("after a failure the later ones are not started, and the record says so")
    func failure() async throws {
      let (ending, lines) = try await run("deploy(\"web\")\ndeploy(\"bad\")\ndeploy(\"api\")\n")
      #expect(ending.status == 1, "\(ending)")
      #expect(
        Array(lines.suffix(4)) == [
          "1 of 3 done, exit code 1", "  ✓ web  web-green serves now",
          "  ✗ bad  not deployed, bad-blue still serves",
          "  - api  not started, because bad failed",
        ])
    }

    @Test("side by side every line says whose it is, and nobody else is concerned")
    func sideBySide() async throws {
      let (ending, lines) = try await run(
        "inParallel(limit: 2) {\n  deploy(\"bad\")\n  deploy(\"web1\")\n  deploy(\"api\")\n}\n")
      #expect(ending.status == 1, "\(ending)")
      let record = lines.dropLast(4)
      #expect(
        record.allSatisfy { ["bad   ", "web1  ", "api   "].contains(String($0.prefix(6))) },
        "\(ending)")
      #expect(lines.contains { $0.hasPrefix("web1  ✓ Up target") })
      #expect(
        ending.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("bad   ") }, "\(ending)")
      #expect(lines.suffix(3).map { String($0.prefix(8)) } == ["  ✗ bad ", "  ✓ web1", "  ✓ api "])
    }

    @Test("as one, a failure brings the others back")
    func atomic() async throws {
      let (ending, lines) = try await run("atomically {\n  deploy(\"web\")\n  deploy(\"bad\")\n}\n")
      #expect(ending.status == 3, "\(ending)")
      #expect(
        lines.contains(
          "Rolling back web to the previous version on a simulated host"))
      #expect(
        Array(lines.suffix(3)) == [
          "0 of 2 done, exit code 3",
          "  ↩ web  rolled back, because bad failed; web-blue serves again",
          "  ✗ bad  not deployed, bad-blue still serves",
        ])
    }

    @Test("programs are told whose every event is, and what became of each")
    func json() async throws {
      let (ending, lines) = try await run(
        "atomically {\n  deploy(\"web\")\n  deploy(\"bad\")\n}\n", "--format", "json")
      #expect(ending.status == 3, "\(ending)")
      for line in lines.dropLast() {
        #expect(line.contains(#""application":"web""#) || line.contains(#""application":"bad""#))
      }
      #expect(lines.contains { $0.contains(#""purpose":"rollback""#) })
      #expect(
        lines.last
          == #"{"applications":[{"application":"web","exitCode":3,"fate":"brought-back","#
          + #""serving":"blue"},{"application":"bad","exitCode":1,"fate":"failed","#
          + #""serving":"blue"}],"cause":"bad","event":"finished","exitCode":3}"#)
    }

    @Test(
      "a command for one asks which",
      arguments: ["rollback", "resume", "resolve", "lock", "unlock"])
    func one(command: String) async throws {
      let ending = try await bench.bgrun(command, "shop.swift")
      #expect(ending.status == 2)
      #expect(
        ending.errors
          == "bgrun: shop.swift declares 2 Deploys: \"web\" (line 9), \"api\" (line 9); "
          + "`bgrun \(command)` is for one: say which with --only NAME\n")
    }

    @Test("--active is for one as well")
    func active() async throws {
      let ending = try await bench.bgrun("shop.swift", "--executor", "mock", "--active", "blue")
      #expect(ending.status == 2)
      #expect(ending.errors.hasSuffix("; --active is for one: say which with --only NAME\n"))
    }

    @Test("graph, status and history take one after the other")
    func looks() async throws {
      let graph = try await bench.bgrun("graph", "shop.swift")
      #expect(graph.status == 0 && graph.output.contains("web") && graph.output.contains("api"))
      let status = try await bench.bgrun("status", "shop.swift", "--executor", "mock")
      #expect(status.status == 0, "\(status)")
      #expect(status.output.contains("web: web-blue serves (blue)"))
      #expect(status.output.contains("api: api-blue serves (blue)"))
      try bench.write("compose.yaml", "services: {}\n")
      let history = try await bench.bgrun("history", "shop.swift")
      #expect(history.output == "web: no runs yet\napi: no runs yet\n")
      // With a folder for runs there are still none.
      let lock = try await bench.bgrun("lock", "shop.swift", "--only", "web")
      #expect(lock.status == 0, "\(lock)")
      let later = try await bench.bgrun("history", "shop.swift")
      #expect(later.output == "web: no runs yet\napi: no runs yet\n")
    }

    static let mistakes = [
      (
        "deploy(\"web\")\ndeploy(\"web\")\n",
        "error: line 9 declares a Deploy \"web\" already\n"
      ),
      (
        "inParallel { atomically { deploy(\"web\") } }\n",
        "p.swift:19:25: error: `atomically` stands in the `inParallel` of line 19\n"
      ),
      ("atomically { }\n", "p.swift:19:12: error: `atomically` has no Deploy in it\n"),
      (
        "inParallel(limit: 0) { deploy(\"web\") }\n",
        "p.swift:19:11: error: `inParallel` with the limit 0 would never begin\n"
      ),
      (
        "deploy(\"web\")\nDeploy(\"api\", site: Site(\"nginx/web.conf\")) {\n  DetectActive()\n  "
          + "Up(.target)\n  Health()\n  SwapNginx()\n  Reload()\n}\n",
        "p.swift:20:7: error: api and web (line 9) both switch by the file nginx/web.conf\n"
      ),
      (
        "atomically { Deploy(\"migration\") { Print(\"x\") } }\n",
        "p.swift:19:20: error: migration has no SwapNginx and Reload, so `atomically` could not "
          + "roll it back\n"
      ),
    ]

    @Test("mistakes are found before anything runs", arguments: mistakes)
    func mistake(body: String, message: String) async throws {
      let (ending, _) = try await run(body)
      #expect(ending.status == 2)
      #expect(ending.errors.contains(message), "\(ending)")
    }
  }
}
