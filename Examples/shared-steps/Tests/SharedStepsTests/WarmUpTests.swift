import DeployTesting
import SharedSteps
import Testing

@Suite struct WarmUpTests {
  private let host = shopHost()
  private let step = WarmUp("/", "/offers", ports: [.blue: 3003, .green: 3004], rounds: 2)

  @Test("It requests every page of the target in each round")
  func requests() async throws {
    host.change { $0.run("shop-green") }
    let rehearsal = try await step.rehearse(on: host)
    expectOutcome(.succeeded, of: rehearsal)
    let page = "http://127.0.0.1:3004/"
    #expect(rehearsal.requests.suffix(4) == [page, page + "offers", page, page + "offers"])
    #expect(rehearsal.notes.contains("shop-green has answered 4 requests"))
    expectNoCommand(in: rehearsal)
  }

  @Test("A page that answers 500 or more ends the deploy before the switch")
  func sick() async throws {
    host.change {
      $0.behavior(of: "shop-green", .unhealthy(status: 503))
      $0.run("shop-green")
    }
    let rehearsal = try await step.rehearse(on: host)
    expectFailure("shop-green answers / with 503; …", of: rehearsal)
    expectServing(.blue, on: host)
  }

  @Test("A page that is not there is worth a line")
  func missing() async throws {
    host.change {
      $0.behavior(of: "shop-green", .unhealthy(status: 404))
      $0.run("shop-green")
    }
    let rehearsal = try await step.rehearse(on: host)
    expectOutcome(.succeeded, of: rehearsal)
    #expect(rehearsal.notes.contains("shop-green answers / with 404: is the path right?"))
  }

  @Test("A target that does not answer fails it")
  func silent() async throws {
    let rehearsal = try await step.rehearse(on: host)
    expectFailure("…no answer from http://127.0.0.1:3004/…", of: rehearsal)
  }

  @Test("A colour without a port is said")
  func unknownPort() async throws {
    let rehearsal = try await WarmUp("/", ports: [.blue: 3003]).rehearse(on: host)
    expectFailure("WarmUp does not know the port of green; add it to `ports:`", of: rehearsal)
  }
}
