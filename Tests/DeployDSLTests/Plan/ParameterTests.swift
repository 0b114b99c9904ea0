import DeployDSL
import Synchronization
import Testing

@Suite struct ParameterTests {
  /// What a plan reported to its session.
  private final class Record: Sendable {
    let seen = Mutex((plans: [String](), declarations: [String](), problems: [String]()))

    func session(_ values: [String: String]) -> PlanSession {
      PlanSession(
        values: values,
        onPlan: { plan in self.seen.withLock { $0.plans.append(plan.application.name) } },
        onParameter: { its in
          self.seen.withLock { $0.declarations.append("\(its.name)=\(its.defaultText ?? "-")") }
        },
        onProblem: { problem in self.seen.withLock { $0.problems.append("\(problem)") } })
    }
  }

  @Test func `without a session a parameter is its default`() {
    #expect(Parameter("version", default: "12.3").value == "12.3")
    #expect("\(Parameter("count", default: 4))" == "4")
  }

  @Test func `a plan with a required parameter is invalid outside a plan file`() {
    let version = Parameter(required: "version")
    for plan in [
      Deploy("app", environment: ["TAG": version]) { DetectActive() },
      Deploy("app") { Run("deploy", "app:\(version)") },
      Deploy("app") { Run("deploy", input: version) },
    ] {
      #expect(
        plan.issues.contains(
          "the parameter \"version\" is required, but nothing sets it outside a plan file; "
            + "give it a default:, or use a value of your program"), "\(plan.issues)")
    }
  }

  @Test func `a set value takes the default's place`() {
    let record = Record()
    PlanSession.$current.withValue(record.session(["version": "12.4", "count": "7", "key": "k"])) {
      #expect(Parameter("version", default: "12.3").value == "12.4")
      #expect(Parameter("count", default: 1).value == 7)
      #expect(Parameter("other", default: 1).value == 1)
      #expect(Parameter(required: "key").value == "k")
    }
    #expect(
      record.seen.withLock(\.declarations) == ["version=12.3", "count=1", "other=1", "key=-"])
    #expect(record.seen.withLock(\.problems) == [])
  }

  @Test func `a value that is not allowed is a problem, also for a required parameter`() {
    let record = Record()
    PlanSession.$current.withValue(record.session(["stage": "prod", "size": "3", "key": "x"])) {
      let stage = Parameter(
        "stage", default: "test", allowed: ["test", "live"], file: "p.swift", line: 2, column: 9)
      #expect(stage.value == "test")
      #expect(Parameter("size", default: 1, allowed: [1, 3]).value == 3)
      let key = Parameter(
        required: "key", help: "a letter", allowed: ["a", "b"], file: "p.swift", line: 3, column: 1)
      #expect(key.value == "")
    }
    #expect(
      record.seen.withLock(\.problems) == [
        "p.swift:2:9: error: --set stage=prod is not allowed; give one of: test, live",
        "p.swift:3:1: error: --set key=x is not allowed; give one of: a, b",
      ])
  }

  @Test func `a text that does not fit is a problem at the declaration`() {
    let record = Record()
    PlanSession.$current.withValue(record.session(["count": "many"])) {
      let count = Parameter("count", default: 1, file: "p.swift", line: 2, column: 9)
      #expect(count.value == 1)
    }
    #expect(
      record.seen.withLock(\.problems) == [
        "p.swift:2:9: error: --set count=many is not a valid Int; give one, for example --set count=1"
      ])
  }

  @Test func `a required parameter that is not set is a problem at the declaration`() {
    let record = Record()
    PlanSession.$current.withValue(record.session([:])) {
      _ = Parameter(required: "version", file: "p.swift", line: 3, column: 1)
    }
    #expect(
      record.seen.withLock(\.problems) == [
        """
        p.swift:3:1: error: the parameter "version" is not set; \
        run the plan with --set version=VALUE
        """
      ])
  }

  @Test func `an empty value, of a variable that the shell does not have, is not taken`() {
    let record = Record()
    PlanSession.$current.withValue(record.session(["version": ""])) {
      _ = Parameter(required: "version", file: "p.swift", line: 3, column: 1)
    }
    #expect(
      record.seen.withLock(\.problems) == [
        """
        p.swift:3:1: error: the parameter "version" is empty; \
        run the plan with --set version=VALUE
        """
      ])
  }

  @Test func `a plan is reported to its session`() {
    let record = Record()
    PlanSession.$current.withValue(record.session([:])) {
      Deploy("one") { DetectActive() }
      _ = Deploy("two") { DetectActive() }
    }
    Deploy("unseen") { DetectActive() }
    #expect(record.seen.withLock(\.plans) == ["one", "two"])
  }
}
