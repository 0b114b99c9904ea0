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
}
