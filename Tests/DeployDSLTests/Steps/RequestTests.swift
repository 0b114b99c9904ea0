import DeployDSL
import Testing

@Suite struct RequestTests {
  @Test func `defaults are the documented ones`() {
    let request = Request("https://x/y?key=1#z")
    #expect(request.method == .get && request.status == 200...299 && request.body == nil)
    #expect(request.within == .seconds(30) && request.contains == nil)
    #expect(request.title == "GET https://x/y")
    #expect(Request(.put, "http://x", status: 201).status == 201...201)
  }

  @Test func `a secret address is dots in title and arguments`() {
    let request = Request(.post, Secret("URL"), headers: ["Authorization": Secret("KEY")])
    #expect(request.title == "POST ••••")
    #expect(request.particulars["url"] == "••••")
    #expect(request.particulars["header.Authorization"] == "••••")
    let notify = Notify(.webhook(Secret("URL")), "hello")
    #expect(notify.particulars == ["webhook": "••••", "field": "text", "text": "hello"])
  }

  @Test func `nobody is stopped because people could not be told`() throws {
    let nodes = try Deploy("app") {
      Notify(.command("tell"))
      Notify(.command("tell")).onFailure(.rollback)
      Group("strict") { Notify(.command("tell")) }.onFailure(.stop)
      Request("http://x/")
    }.graph().nodes
    #expect(nodes.map(\.policies.onFailure) == [.continue, .rollback, .continue, .rollback])
  }

  @Test func `requests and news may follow a failure, approval may not`() {
    let plan = Deploy("app") {
      Run("a").undo {
        Notify(.command("tell"))
        Request(.delete, "http://x/flag")
      }
    } onFailure: {
      Notify(.webhook("https://x/"))
      Approve("Really?")
    }
    #expect(
      plan.mistakes == "plan.swift:8:7: error: Approve is not allowed in onFailure; "
        + "use Run, Exec, Job, Request, Notify, Print, Wait or a step with code of your own")
  }

  static let mistakes = [
    PlanCase(
      Request("/health"),
      "Request needs a whole address, not \"/health\"; write it with https:// or http://"),
    PlanCase(
      Request("http://x/a b"),
      "the address \"http://x/a b\" contains a space or control character; "
        + "write it percent-encoded, a space as %20"),
    PlanCase(
      Request("http://x/", headers: ["a b": "c"]),
      "\"a b\" is not a valid header name; use letters, digits and '-'"),
    PlanCase(
      Request("http://x/", headers: ["A": "c\nB: d"]),
      "the header A contains a control character; keep it to one line"),
    PlanCase(
      Request("http://x/", status: 0...99), "invalid HTTP status range 0...99; use 100 to 599"),
    PlanCase(Request("http://x/", within: 0), "Request's within is 0 s; give a time above 0"),
    PlanCase(
      Request("http://x/", within: 9).timeout(5),
      "GET http://x/ may take 5 s, but its within is 9 s; give a longer timeout, or none"),
    PlanCase(
      Request(.post, "http://x/", body: Secret("not a name")),
      "a secret is read from \"not a name\", which is not a valid environment variable name; "
        + "name the variable, or use Secret.file or Secret.command"),
    PlanCase(
      Notify(.webhook("hooks.example.org")),
      "Notify needs a whole address, not \"hooks.example.org\"; write it with https:// or http://"),
    PlanCase(
      Notify(.command()), "Notify has no command; name a program and its arguments"),
    PlanCase(Approve(" "), "Approve has no question; describe what is being approved"),
  ]

  @Test(arguments: mistakes) func `what cannot be sent is a mistake at its line`(item: PlanCase) {
    #expect(item.plan.mistakes == item.mistakes)
  }
}
