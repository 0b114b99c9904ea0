import Synchronization
import Testing

@testable import DeployRunner

/// The commands in messages, completed so that they can be pasted.
@Suite struct ReportSinkTests {
  private final class Written: Sendable {
    let text = Mutex("")
  }

  private func shown(
    _ text: String, plan: String = "Plans/web.swift --project g", of program: String? = nil,
    in folder: String? = nil
  ) -> String {
    let written = Written()
    let sink = ReportSink { text, _ in written.text.withLock { $0 += text } }
    sink.naming(plan: plan, of: program) { folder }.write(text, to: .problems)
    return written.text.withLock(\.self)
  }

  @Test func `the plan is named with the options that find its project`() {
    #expect(
      shown("see `bgrun status PLAN`, `bgrun resume PLAN --undo`")
        == "see `bgrun status Plans/web.swift --project g`, "
        + "`bgrun resume Plans/web.swift --project g --undo`")
    #expect(shown("`bgrun plan PLAN -o a.plan`", plan: "") == "`bgrun plan -o a.plan`")
  }

  @Test func `a program that holds the plan names itself`() {
    #expect(shown("`bgrun unlock PLAN`", plan: "", of: "./web") == "`./web unlock`")
    #expect(
      shown("`bgrun unlock PLAN`", plan: "--project g", of: "./web") == "`./web unlock --project g`"
    )
  }

  @Test func `commands of Compose change to the project's folder, unless they name it`() {
    let line = "`docker compose up -d web`, `TAG=1 docker compose stop web`, `cp a b`"
    #expect(shown(line) == line)
    #expect(
      shown(line, in: "my shop")
        == "`cd 'my shop' && docker compose up -d web`, "
        + "`cd 'my shop' && TAG=1 docker compose stop web`, `cd 'my shop' && cp a b`")
    let other = "`docker compose --project-directory /x up -d`, `docker stop web`"
    #expect(shown(other, in: "g") == other)
  }
}
