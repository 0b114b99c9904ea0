import DeployDSL
import Testing

/// What `OrderCheck` says about branches of one `Parallel`.
@Suite struct SideBySideTests {
  private func line(_ number: Int, of plan: Deploy) -> Int { plan.location.line + number - 1 }

  @Test func `SwapNginx beside Stop is refused`() {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Parallel {
        SwapNginx()
        Stop(.previous)
      }
      Reload()
    }
    #expect(
      plan.mistakes == """
        plan.swift:7:9: error: Stop(.previous) comes before the switch, while the proxy still \
        serves it; put it after SwapNginx() and Reload()
        """)
  }

  @Test func `Reload in one branch does not cover Stop in another`() {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Parallel {
        Reload()
        Group("clean") {
          Prune()
          Stop(.previous)
        }
      }
    }
    #expect(
      plan.mistakes == """
        plan.swift:10:11: error: Stop(.previous) comes before the switch, while the proxy still \
        serves it; put it after SwapNginx() and Reload()
        """)
  }

  @Test func `Up(.target) beside SwapNginx is refused`() {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Parallel {
        SwapNginx()
        Up(.target)
      }
      Reload()
    }
    #expect(
      plan.mistakes == """
        plan.swift:7:9: error: Up target runs in parallel with SwapNginx at \
        line \(line(6, of: plan)), \
        but their order matters; run them in sequence, not in Parallel
        """)
  }

  @Test func `two switches side by side are one too many`() {
    let plan = Deploy("app") {
      DetectActive()
      Health()
      Parallel {
        SwapNginx()
        SwapNginx()
      }
      Parallel {
        Reload()
        Reload()
      }
    }
    #expect(
      plan.mistakes == """
        plan.swift:6:9: error: SwapNginx comes twice; keep one: a run switches once
        plan.swift:10:9: error: Reload comes twice; keep one: a run switches once
        """)
  }

  @Test func `two Ups side by side are refused, a second mistake does not follow from it`() {
    let plan = Deploy("app") {
      DetectActive()
      Parallel {
        Up(.target)
        Up(.target)
      }
      Health()
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    #expect(
      plan.mistakes == """
        plan.swift:5:9: error: Up target runs in parallel with Up target at \
        line \(line(4, of: plan)), \
        but their order matters; run them in sequence, not in Parallel
        """)
  }

  @Test func `an image beside Up(.target) is refused, whichever comes first in the source`() {
    let first = Deploy("app") {
      DetectActive()
      Parallel {
        Pull(.target)
        Up(.target)
      }
    }
    #expect(
      first.mistakes == """
        plan.swift:5:9: error: Up(.target) does not wait for Pull target at line \
        \(line(4, of: first)); put Up(.target) after it, not in parallel
        """)
    let second = Deploy("app") {
      DetectActive()
      Parallel {
        Up(.target)
        Pull(.target)
      }
    }
    #expect(
      second.mistakes == """
        plan.swift:5:9: error: Pull target comes too late for Up(.target) at line \
        \(line(4, of: second)), which starts the image that was there before; \
        put it before Up(.target)
        """)
  }

  @Test func `DetectActive beside what needs it is refused`() {
    let plan = Deploy("app") {
      Parallel {
        DetectActive()
        Pull(.target)
      }
    }
    #expect(
      plan.mistakes == """
        plan.swift:4:9: error: Pull target needs the target colour, but no DetectActive() comes \
        before; begin the plan with DetectActive()
        """)
  }

  @Test func `a plan that does as much as possible side by side is taken`() {
    let plan = Deploy("app") {
      Parallel {
        DetectActive()
        Run("make", "assets")
      }
      Parallel {
        Pull(.target)
        Build(.target)
        Exec(.previous, "backup")
      }
      Parallel {
        Group("start") {
          Up(.target)
          Exec(.target, "migrate")
        }
        Prune()
      }
      Parallel {
        Health("/live")
        Health(.target, .tcp)
        Health(.previous)
      }
      SwapNginx()
      Reload()
      Parallel {
        Stop(.previous)
        Prune()
        Health(.active)
      }
    }
    #expect(plan.mistakes == "")
  }

  @Test func `a target that something else starts, and one started twice, are taken`() {
    let elsewhere = Deploy("app") {
      DetectActive()
      Exec(.target, "id")
      Health()
      SwapNginx()
      Reload()
      Stop(.previous)
      Up(.previous)
      Health(.previous)
    }
    #expect(elsewhere.mistakes == "")
    let twice = Deploy("app") {
      DetectActive()
      Stop(.target)
      Pull(.target)
      Up(.target)
      Health()
      Build(.target)
      Up(.target)
      Health()
      SwapNginx()
      Reload()
    }
    #expect(twice.mistakes == "")
  }
}
