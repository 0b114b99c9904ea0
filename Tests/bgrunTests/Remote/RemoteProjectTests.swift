import DeployRunner
import Testing

@testable import bgrun

/// What a host may say of its project: the plan is compiled on the user's machine.
@Suite("A first plan from a host") struct RemoteProjectTests {
  private func plan(
    _ name: String = "shop", parameter: String? = nil, overlay: String? = nil
  ) -> FirstPlan {
    var application = PlannedApplication(
      name: name, pair: ColorPair(stem: "shop", blue: "shop-blue", green: "shop-green"))
    application.version = parameter.map { .init(variable: "TAG", parameter: $0) }
    var plan = FirstPlan()
    plan.applications = [application]
    plan.overlay = overlay.map { .init(path: $0, text: "") }
    return plan
  }

  @Test func `usual names are taken`() {
    #expect(plan("shop_1.x-y", parameter: "tag", overlay: "compose.bgrun.yaml").isHarmless)
    #expect(plan().isHarmless)
  }

  @Test(arguments: ["../x", "a/b", ".profile", "", "x\"", "x\n"])
  func `a name cannot lead out of the folder`(name: String) {
    #expect(!plan(name).isHarmless && !plan(overlay: "\(name).yaml").isHarmless)
    #expect(!plan(overlay: "run.sh").isHarmless)
  }

  @Test func `a parameter cannot be code, and what is quoted stays a literal`() {
    #expect(!plan(parameter: "tag = exit(1)").isHarmless)
    var hostile = plan()
    hostile.applications[0].health = #"/\(exit(1))""#
    let text = hostile.plans[0].text
    #expect(text.contains(#"health: "/\\(exit(1))\"""#), "\(text)")
  }
}
