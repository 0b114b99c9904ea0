import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// The simulated nginx says what the real one said on Debian 12 (nginx 1.22.1).
@Suite(.timeLimit(.minutes(10)))
struct SimulatedNginxTests {
  private typealias Test = HostUnderTest

  @Test func `nginx -T prints the files as the master would read them`() async throws {
    let lab = HostUnderTest()
    let result = try await lab.run(
      lab.docker.testConfiguration(of: .init(container: HostUnderTest.proxy)))
    #expect(result.status == 0)
    let dump = NginxDump(result.output)
    let site = "/etc/nginx/conf.d/service.conf"
    #expect(dump.paths == ["/etc/nginx/nginx.conf", site])
    let blue = try #require(lab.host.world.file("nginx/service_blue.conf"))
    #expect(dump.shows(Array(blue.utf8), at: site))
    #expect(
      result.errors == """
        nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
        nginx: configuration file /etc/nginx/nginx.conf test is successful

        """)
  }

  @Test(arguments: [
    (
      "upstream a { server grafana-green:3000; }",
      "host not found in upstream \"grafana-green:3000\"", 1
    ),
    ("upstream a { server grafana-blue:3000 }\n", "unexpected \"}\"", 1),
    ("upstream a {\n server grafana-blue:3000\n}\n", "unexpected \"}\"", 3),
    ("server {\n listen 80\n server_name x;\n}\n", "invalid parameter \"server_name\"", 3),
    ("server { listen 80; \n", "unexpected end of file, expecting \"}\"", 2),
    ("server { listen 80; }}\n", "unexpected \"}\"", 1),
    (
      "server { listen 80; location / { proxy_pass http://nosuch:1; } }",
      "host not found in upstream \"nosuch\"", 1
    ),
    (
      "upstream a { server grafana-blue:1; }\nupstream a { server grafana-blue:1; }",
      "duplicate upstream \"a\"", 2
    ),
  ])
  func `nginx refuses a mistake with its own words`(text: String, said: String, line: Int)
    async throws
  {
    let lab = HostUnderTest()
    try await lab.write(text)
    let expected = "nginx: [emerg] \(said) in /etc/nginx/conf.d/service.conf:\(line)\n"
    let test = try await lab.run(
      lab.docker.testConfiguration(of: .init(container: HostUnderTest.proxy)))
    #expect(test.status == 1)
    #expect(test.output == "")
    #expect(
      test.errors == expected
        + "nginx: configuration file /etc/nginx/nginx.conf test failed\n")
    let reload = try await lab.run(lab.docker.reload(.init(container: HostUnderTest.proxy)))
    #expect(reload == CommandResult(status: 1, errors: expected))
    try await lab.wait(.seconds(1))
    #expect(lab.host.loadedColor == .blue)
  }

  @Test func `A site file outside http { } is refused`() async throws {
    let lab = HostUnderTest { $0.includesSiteInsideHTTP = false }
    let result = try await lab.run(
      lab.docker.testConfiguration(of: .init(container: HostUnderTest.proxy)))
    #expect(
      result.errors.hasPrefix(
        "nginx: [emerg] \"upstream\" directive is not allowed here in "
          + "/etc/nginx/conf.d/service.conf:1\n"))
  }

  @Test func `A missing site file becomes a folder when the proxy's container is made`()
    async throws
  {
    let lab = HostUnderTest {
      $0.remove("nginx-proxy")
      $0.removeFile("nginx/service.conf")
    }
    #expect(try await lab.up("nginx-proxy").status == 0)
    #expect(try await lab.read("nginx/service.conf")?.content == .directory)
    #expect(try await lab.inspect(HostUnderTest.proxy)?.isRunning == false)
    let logs = try await lab.run(lab.docker.logs(HostUnderTest.proxy, lines: 50))
    #expect(
      logs.errors.contains(
        "[crit] pread() \"/etc/nginx/conf.d/service.conf\" failed (21: Is a directory)"))
  }

  @Test func `A reload returns before anything has happened`() async throws {
    let lab = HostUnderTest()
    _ = try await lab.up("grafana-green")
    try await lab.wait(.seconds(3))
    let source = try #require(lab.host.world.file("nginx/service_green.conf"))
    try await lab.write(source)
    let old = try await lab.workers().pids
    #expect(lab.host.fileColor == .green)
    #expect(try await lab.run(lab.docker.reload(.init(container: HostUnderTest.proxy))).status == 0)
    #expect(lab.host.loadedColor == .blue)
    try await lab.wait(.milliseconds(20))
    #expect(lab.host.loadedColor == .green)
    #expect(try await lab.workers().progress(since: old) == .starting)
    try await lab.wait(.milliseconds(80))
    #expect(try await lab.workers().progress(since: old) == .draining(2))
    try await lab.wait(.milliseconds(80))
    #expect(try await lab.workers().progress(since: old) == .drained)
    #expect(lab.host.violations.isEmpty)
  }

  @Test func `While old and new workers accept, either may answer`() async throws {
    let lab = HostUnderTest()
    _ = try await lab.up("grafana-green", ["VERSION": .text("2.0")])
    try await lab.wait(.seconds(3))
    lab.host.change {
      $0.pointFile(at: .green)
      $0.reload()
    }
    try await lab.wait(.milliseconds(30))
    let one = try await lab.get("http://127.0.0.1:80/")?.body
    let two = try await lab.get("http://127.0.0.1:80/")?.body
    #expect(Set([one, two]).count == 2)
  }

  @Test func `A rename is not seen through a mounted file, nor is what is written afterwards`()
    async throws
  {
    let lab = HostUnderTest()
    lab.host.change { $0.run("grafana-green") }
    let green = try #require(lab.host.world.file("nginx/service_green.conf"))
    for method in [FileWrite.Method.rename, .inPlace] {
      try await lab.write(green, method)
      #expect(
        try await lab.run(lab.docker.reload(.init(container: HostUnderTest.proxy))).status == 0)
      try await lab.wait(.seconds(1))
      #expect(lab.host.fileColor == .green)
      #expect(lab.host.loadedColor == .blue)
    }
    lab.host.change { $0.restart("nginx-proxy") }
    #expect(lab.host.loadedColor == .green)
  }

  @Test func `An empty site file passes the test and takes everything down`() async throws {
    let lab = HostUnderTest()
    try await lab.write("")
    #expect(
      try await lab.run(lab.docker.testConfiguration(of: .init(container: HostUnderTest.proxy)))
        .status == 0)
    #expect(try await lab.run(lab.docker.reload(.init(container: HostUnderTest.proxy))).status == 0)
    try await lab.wait(.seconds(1))
    #expect(lab.host.serving == nil)
    #expect(
      lab.host.violations.map(\.cause) == ["docker exec grafana-nginx-proxy-1 nginx -s reload"])
    await #expect(throws: OperationError.noAnswer(reason: "Connection reset by peer")) {
      try await lab.get("http://127.0.0.1:80/")
    }
  }

  @Test
  func `A backend that has another address since the configuration was read gets no requests`()
    async throws
  {
    let lab = HostUnderTest()
    lab.host.change {
      $0.stop("grafana-blue")
      $0.run("grafana-green")
      $0.run("grafana-blue")
    }
    // Green has blue's address now: it answers, although the configuration names blue.
    #expect(lab.host.loadedColor == .blue)
    #expect(lab.host.serving == .green)
  }

  @Test func `A proxy that restarts with a configuration that names nobody ends`() async throws {
    let lab = HostUnderTest()
    lab.host.change {
      $0.pointFile(at: .green)
      $0.restart("nginx-proxy")
    }
    #expect(try await lab.inspect(HostUnderTest.proxy)?.status == "restarting")
    #expect(lab.host.serving == nil)
    #expect(lab.host.violations.isEmpty)
    #expect(lab.host.world.outages.count == 1)
  }

  @Test func `Old workers stay until their requests end, and a stopped server cuts them off`()
    async throws
  {
    let lab = HostUnderTest()
    lab.host.change {
      $0.openRequest("a download of 6 s", lasting: .seconds(6))
      $0.openRequest("a WebSocket that never ends", lasting: nil)
      $0.reload()
    }
    try await lab.wait(.seconds(7))
    #expect(lab.host.world.oldWorkers == 2)
    _ = try await lab.run(lab.docker.stop(HostUnderTest.blue, grace: .seconds(10)))
    #expect(lab.host.world.oldWorkers == 0)
    #expect(lab.host.world.cutRequests.map(\.what) == ["a WebSocket that never ends was cut off"])
  }
}
