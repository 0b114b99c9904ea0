import DeployDSL
import Testing

@Suite struct HealthTests {
  @Test func `a bare gate asks the target up to 15 times, 2 seconds apart`() {
    let step = Health()
    #expect(step.role == .target)
    #expect(step.check == .automatic)
    #expect(step.route == .automatic)
    #expect(step.retries == 15)
    #expect(step.every == .seconds(2))
    #expect(step.probeTimeout == .seconds(5))
    #expect(step.successes == 1)
  }

  @Test func `a path alone is an HTTP check of the target`() {
    let step = Health("/live", via: .proxy, retries: 3, every: 0.5, probeTimeout: 1, successes: 2)
    let same = Health(
      .target, .http("/live"), via: .proxy, retries: 3, every: 0.5, probeTimeout: 1, successes: 2)
    #expect(step == same)
  }

  @Test func `a check alone is one of the target`() {
    #expect(Health(.tcp, retries: 3) == Health(.target, .tcp, retries: 3))
  }

  @Test(arguments: [
    (Health.Check.automatic, "automatic"), (.docker, "Docker's health status"),
    (.http(), "GET (plan's path) 200-399"), (.http("/a", status: 204), "GET /a 204-204"),
    (.http("/a", status: 200...299, body: "ok"), #"GET /a 200-299 containing "ok""#),
    (.tcp, "TCP (plan's port)"), (.tcp(port: 53), "TCP 53"),
    (.command("pg_isready", "-q"), "command pg_isready -q"),
    (.http(port: 9090, "/live"), "GET /live on port 9090 200-399"),
    (.http(port: 9090, status: 204), "GET (plan's path) on port 9090 204-204"),
  ])
  func `a check is told in a few words`(check: Health.Check, words: String) {
    #expect(check.summary == words)
  }

  @Test func `every particular is told`() {
    #expect(
      Health(.previous, .docker, via: .exec).particulars == [
        "role": "previous", "check": "Docker's health status", "route": "exec", "retries": "15",
        "every": "2 s", "probeTimeout": "5 s", "successes": "1",
      ])
    #expect(Health("/", host: "shop.test").particulars["host"] == "shop.test")
  }
}
