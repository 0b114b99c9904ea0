import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun rehearse")
  struct Rehearsals {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    private func plan(_ step: String, _ declarations: String = "") throws {
      try bench.write(
        "p.swift",
        """
        import DeployDSL
        \(declarations)
        Deploy("web") {
          DetectActive()
          Up(.target)
          \(step)
          Health()
          SwapNginx()
          Reload()
          Stop(.previous)
        }

        """)
    }

    @Test func `a good plan keeps serving in every trouble`() async throws {
      try bench.write("grafana.swift", SamplePlan.grafana)
      let ending = try await bench.bgrun("rehearse", "grafana.swift")
      #expect(ending.status == 0)
      #expect(
        ending.output == """
          grafana on a simulated host where blue serves
            nothing goes wrong  exit code 0: succeeded, green serves
            33 faults, one at a time
              3 ×    exit code 0: succeeded, green serves
              11 ×   exit code 1: failed, blue serves
              1 ×    exit code 2: invalid, blue serves
              4 ×    exit code 3: rolled back, blue serves
              1 ×    exit code 6: unusable, blue serves
              8 ×    exit code 7: cleanup incomplete, green serves
              3 ×    exit code 130: cancelled, blue serves
              2 ×    exit code 130: cancelled, green serves
            the proxy had a good answer all the while, and nothing was left to a person
            25 accidents, which no plan can prevent
              3 ×    exit code 0: succeeded, green serves
              5 ×    exit code 1: failed, blue serves
              3 ×    exit code 3: rolled back, blue serves
              1 ×    exit code 4: rollback failed, blue serves
              2 ×    exit code 4: rollback failed, green serves
              10 ×   exit code 4: rollback failed, nothing serves
              1 ×    exit code 7: cleanup incomplete, green serves
            no run denied one

          """, "\(ending)")
    }

    @Test func `every trouble is shown if asked for`() async throws {
      try bench.write("grafana.swift", SamplePlan.grafana)
      let output = try await bench.bgrun("rehearse", "grafana.swift", "--verbose").output
      for line in [
        "exit code 1: failed, blue serves: when the new version crashes at boot",
        "exit code 1: failed, blue serves: when the new version is not on the proxy's network",
        "exit code 0: succeeded, green serves: when another site answers by default",
        "exit code 2: invalid, blue serves: "
          + "when the site file names a service that the plan does not",
        "exit code 6: unusable, blue serves: "
          + "when the previous version was scaled to 2 containers by hand",
        "exit code 3: rolled back, blue serves: "
          + "when docker exec grafana-nginx-proxy-1 nginx -s reload hangs",
        "exit code 7: cleanup incomplete, green serves: "
          + "when docker stop -t 30 grafana-grafana-blue-1 fails",
      ] { #expect(output.contains("\n    \(line)\n"), "\(output)") }
    }

    @Test func `an outage that a step brings about is a problem`() async throws {
      try plan(#"Run("docker", "stop", "web-web-blue-1")"#)
      let ending = try await bench.bgrun("rehearse", "p.swift")
      #expect(ending.status == 1)
      let problem = "web-blue was told to stop (by: docker stop web-web-blue-1)"
      #expect(ending.output.contains(problem), "\(ending)")
      #expect(ending.output.contains("\n           when nothing goes wrong"), "\(ending)")
      #expect(!ending.output.contains("all the while"))
    }

    @Test func `its secrets are not needed`() async throws {
      try plan(#"Run("migrate", environment: ["PASSWORD": Secret("NOT_THERE")])"#)
      #expect(try await bench.bgrun("rehearse", "p.swift").status == 0)
      #expect(try await bench.bgrun("p.swift", "--executor", "mock").status == 0)
    }

    @Test func `a plan that fails by itself says why`() async throws {
      try plan(#"Health(.target, .http(body: "12.4"), retries: 1, every: 0.1)"#)
      let ending = try await bench.bgrun("rehearse", "p.swift")
      #expect(ending.status == 1)
      let problem = "problem: web-green did not become healthy within"
      #expect(ending.output.contains(problem), "\(ending)")
    }

    @Test func `an undo that fails is a problem, said once`() async throws {
      try plan(
        "Migrate()",
        """
        struct NoWayBack: Error {}
        struct Migrate: UndoableStep {
          func run(in context: StepContext) async throws { try await context.run("migrate") }
          func undo(in context: StepContext) async throws { throw NoWayBack() }
        }
        """)
      let ending = try await bench.bgrun("rehearse", "p.swift")
      #expect(ending.status == 1)
      let problem = "manual intervention required: could not undo Migrate: "
      #expect(ending.output.components(separatedBy: problem).count == 2, "\(ending)")
      #expect(
        ending.output.contains("when the new version never becomes healthy, and "), "\(ending)")
    }

    @Test func `JSON is one rehearsal a line`() async throws {
      try bench.write("grafana.swift", SamplePlan.grafana)
      let ending = try await bench.bgrun("rehearse", "grafana.swift", "--format", "json")
      let lines = ending.output.split(separator: "\n")
      #expect(lines.count == 59)
      let first =
        #"{"application":"grafana","exitCode":0,"outcome":"succeeded","problems":[],"#
        + #""serving":"green","trouble":"when nothing goes wrong"}"#
      #expect(lines.first.map { String($0) } == first)
    }
  }
}
