import Testing

@testable import DeployDSL

@Suite struct WaveTests {
  @Test(
    arguments: [
      ([1, .percent(50), .all], 10, [1, 5, 4]),
      ([1, .all], 1, [1]),
      ([1, .all], 0, []),
      ([1], 3, [1, 1, 1]),
      ([.percent(34)], 3, [2, 1]),
      ([.percent(1)], 3, [1, 1, 1]),
      ([.all, 1], 3, [3]),
      ([.hosts(5)], 12, [5, 5, 2]),
      ([2, .percent(100)], 4, [2, 2]),
    ] as [([Wave], Int, [Int])])
  func `waves reach all hosts, the last one again and again`(
    waves: [Wave], hosts: Int, sizes: [Int]
  ) {
    #expect(waves.sizes(for: hosts) == sizes)
  }

  @Test func `the hosts of each wave are in their order`() {
    let rollout = Rollout(hosts: ["a", "b", "c", "d"], waves: [1, .percent(50), .all])
    #expect(rollout.hostsByWave == [["a"], ["b", "c"], ["d"]])
  }

  @Test func `hosts are no part of the graph, so that a resume knows the plan again`() throws {
    func plan(_ hosts: [String]) -> Deploy {
      Deploy("a", hosts: hosts, waves: [.all], pause: 3) { DetectActive() }
    }
    let (none, some) = (plan([]), plan(["web1", "web2"]))
    #expect(try none.graph().nodes == some.graph().nodes)
    #expect(try none.graph().application == some.graph().application)
    #expect(some.rollout == Rollout(hosts: ["web1", "web2"], waves: [.all], pause: .seconds(3)))
  }

  @Test func `what can never be is an issue`() {
    let plan = Deploy(
      "a", hosts: ["web1", "web1", " ", "-oProxyCommand=x"],
      waves: [0, .percent(0), .percent(101), .hosts(-1)], pause: .seconds(-1),
      file: "a.swift", line: 1, column: 1
    ) { DetectActive() }
    let problems = plan.rollout.problems(at: plan.location).map(\.problem)
    #expect(
      problems == [
        "a wave of 0 hosts would never end",
        "a wave of 0 percent of the hosts is impossible",
        "a wave of 101 percent of the hosts is impossible",
        "a wave of -1 hosts would never end",
        "`pause` is negative",
        "a host in `hosts` has no name",
        "`hosts` names web1 twice",
      ])
    #expect(throws: PlanError.self) { try plan.graph() }
    #expect(
      Rollout(hosts: ["a"], waves: []).problems(at: plan.location).map(\.problem)
        == ["`waves` is empty"])
  }
}
