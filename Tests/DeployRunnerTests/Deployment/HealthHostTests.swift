import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// How a health check asks an application that looks at the Host header, or at another port.
@Suite struct HealthHostTests {
  private func deploy(
    _ gate: Health = Health(), accepting hosts: Set<String>? = nil, isNamed: Bool = true,
    isPublished: Bool = true, options: RunOptions = RunOptions()
  ) async throws -> Rehearsal {
    let plan = Deploy.standard("shop", port: 3000, health: "/up", gate: gate)
    let host = SimulatedHost(for: plan) { world in
      if isNamed { world.addDefaultSite() }
      for color in ["blue", "green"] {
        world.service("shop-\(color)") {
          $0.hosts = hosts
          if !isPublished { $0.publishedPort = nil }
        }
      }
    }
    return try await plan.rehearse(on: host, options: options)
  }

  private func probes(_ run: Rehearsal) -> [String] {
    run.host.operations.map(\.description).filter { $0.contains(":3004/") || $0.contains("green:") }
  }

  @Test(arguments: [
    (true, "GET http://127.0.0.1:3004/up (Host: shop.example.com)"),
    (false, "--header 'Host: shop.example.com' http://shop-green:3000/up"),
  ])
  func `an application that accepts only its site's name is asked by that`(
    isPublished: Bool, request: String
  ) async throws {
    let run = try await deploy(accepting: ["shop.example.com"], isPublished: isPublished)
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(probes(run).contains { $0.contains(request) }, "\(probes(run))")
    let summary = run.report.nodes.first { $0.name == "Health" }?.summary
    #expect(summary == "shop-green is healthy: HTTP 200 (Host: shop.example.com)")
  }

  @Test(arguments: [["127.0.0.1"], ["127.0.0.1", "shop.example.com"]] as [Set<String>])
  func `an application that accepts the address is asked as ever`(hosts: Set<String>) async throws {
    let run = try await deploy(accepting: hosts)
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(probes(run).allSatisfy { !$0.contains("Host") }, "\(probes(run))")
  }

  @Test func `the plan's host is the only one`() async throws {
    let run = try await deploy(
      Health(host: "www.shop.test", retries: 4, every: 1), accepting: ["www.shop.test"])
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(probes(run).allSatisfy { $0.hasSuffix("/up (Host: www.shop.test)") }, "\(probes(run))")
    let wrong = try await deploy(
      Health(host: "www.shop.test", retries: 4, every: 1), accepting: ["127.0.0.1"])
    #expect(wrong.outcome == .failed)
  }

  @Test func `what it answers to both is in the error`() async throws {
    let run = try await deploy(Health(retries: 4, every: 1), accepting: ["other"])
    let failure = try #require(run.report.failure)
    #expect(
      failure.message.hasSuffix(
        "the last answer was HTTP 400, and with Host: shop.example.com HTTP 400"),
      "\(failure)")
    #expect(failure.details.first == "HTTP 400 came with: DisallowedHost")
    let unnamed = try await deploy(
      Health(retries: 4, every: 1), accepting: ["other"], isNamed: false)
    #expect(unnamed.report.failure?.message.hasSuffix("the last answer was HTTP 400") == true)
  }

  @Test func `a dry run names the second request`() async throws {
    let run = try await deploy(options: RunOptions(isDryRun: true))
    #expect(
      run.notes.contains(
        "after an answer 400, 403, 404 or 421: the same request with Host: shop.example.com"),
      "\(run.notes)")
  }

  @Test func `a management port is asked from inside the proxy, everything else as usual`()
    async throws
  {
    let run = try await deploy(Health(.http(port: 9090, "/actuator/health", status: 200)))
    #expect(run.outcome == .succeeded, "\(run.report)")
    #expect(
      probes(run).contains { $0.hasSuffix("http://shop-green:9090/actuator/health") },
      "\(probes(run))")
    let others = run.host.operations.map(\.description).filter { $0.hasPrefix("GET ") }
    #expect(!others.isEmpty && others.allSatisfy { $0.contains("/up") }, "\(others)")
  }

  @Test(arguments: [
    (#"{"status":"DOWN",\#n  "db":"no"}"#, #"{"status":"DOWN", "db":"no"}"#),
    (
      "<!doctype html><html><head><title>DisallowedHost at /</title><style>p { a: b }</style></head>"
        + "\n<body><h1>Bad</h1>\u{1B}[31m</body>",
      "DisallowedHost at / Bad [31m"
    ),
    ("a < b", "a < b"), ("<p", ""), ("<script>x", ""), (" \r\n", ""),
  ])
  func `a bad answer's body is one line`(body: String, text: String) {
    #expect(HTTPAnswer(status: 503, body: body).text == text)
  }
}
