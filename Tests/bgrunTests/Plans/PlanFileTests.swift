import Foundation
import Testing

extension ToolTests {
  @Suite("Which file is the plan")
  struct PlanFiles {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("grafana.swift", SamplePlan.grafana)
      try bench.write("notes.txt", "no plan")
      try bench.write("empty.swift", "import DeployDSL\n")
      try bench.write(
        "two.swift",
        "import DeployDSL\nDeploy(\"a\") { Wait(1) }\nlet b = Deploy(\"b\") { Wait(1) }\n")
    }

    static let mistakes: [([String], String)] = [
      ([], "no plan file given; write bgrun PLAN.swift (see bgrun --help)"),
      (["check"], "no plan file given; write bgrun check PLAN.swift (see bgrun --help)"),
      (["chek"], "there is no command or file 'chek'; did you mean 'check'?"),
      (["chek", "grafana.swift"], "unknown command 'chek'; did you mean 'check'?"),
      (["grafan.swift"], "there is no file grafan.swift; did you mean 'grafana.swift'?"),
      (["./grafana"], "there is no file ./grafana; did you mean './grafana.swift'?"),
      (["nowhere/p.swift"], "there is no file nowhere/p.swift"),
      (["."], ". is a folder; name the plan's file in it"),
      (["notes.txt"], "notes.txt is not a plan; a plan's name ends in .swift"),
      (["grafana.swift", "two.swift"], "one plan at a time, not grafana.swift two.swift"),
      (
        ["empty.swift"],
        "empty.swift declares no Deploy; write Deploy(\"NAME\") { … } at its top level"
      ),
      (
        ["rollback", "two.swift"],
        "two.swift declares 2 Deploys: \"a\" (line 2), \"b\" (line 3); `bgrun rollback` is for one: "
          + "say which with --only NAME"
      ),
      (
        ["--dryrun", "x"], "unknown option '--dryrun'; did you mean '--dry-run'? (see bgrun --help)"
      ),
    ]

    @Test("what cannot be a plan is said in one line", arguments: mistakes)
    func mistake(words: [String], message: String) async throws {
      let ending = try await bench.run([try Workbench.tool().path] + words)
      #expect(ending.status == 2)
      #expect(ending.output.isEmpty)
      #expect(ending.errors == "bgrun: \(message)\n")
    }

    @Test("a path with spaces and letters that are not ASCII, from anywhere")
    func path() async throws {
      let file = try bench.write("Pläne für Grafana/größer & schön.swift", SamplePlan.grafana)
      let ending = try await bench.bgrun("check", file.path)
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.output == "\(file.path): 7 steps, no problems\n")
    }

    @Test("a plan that is started by its first line")
    func shebang() async throws {
      let file = try bench.write("deploy.swift", "#!/usr/bin/env bgrun\n" + SamplePlan.grafana)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
      let folder = try Workbench.tool().deletingLastPathComponent().path
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      let ending = try await bench.run(
        [file.path, "--executor", "mock"], environment: ["PATH": "\(folder):\(path)"])
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.output.contains("grafana-green serves now"))
    }

    @Test("a plan in a folder that cannot be written")
    func readOnly() async throws {
      let file = try bench.write("read only/grafana.swift", SamplePlan.grafana)
      let folder = file.deletingLastPathComponent().path
      try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder)
      defer {
        try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
      }
      let ending = try await bench.bgrun("check", "read only/grafana.swift")
      #expect(ending.status == 0, "\(ending)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names == ["grafana.swift"])
    }
  }
}
