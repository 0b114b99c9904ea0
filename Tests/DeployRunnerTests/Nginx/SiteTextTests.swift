import DeployDSL
import Testing

@testable import DeployRunner

@Suite("SiteText")
struct SiteTextTests {
  private let application = Deploy("grafana") { DetectActive() }.application
  private var hosts: ColorHosts { ColorHosts(of: application, in: nil, for: nil) }

  @Test(
    arguments: [
      ("upstream app { server grafana-blue:3000; }", .blue),
      ("upstream app {\n  server\tgrafana-green:3000 max_fails=0;\n}", .green),
      ("location / { proxy_pass http://grafana-green:3000; }", .green),
      ("proxy_pass http://grafana-blue;", .blue),
      ("proxy_pass http://grafana-blue/;", .blue),
      ("proxy_pass \"http://grafana-blue:3000/path\";", .blue),
      ("set $up grafana-green;proxy_pass http://$up:3000;", .green),
      ("server grafana-blue:3000; server grafana-green:3000 backup;", nil),
      ("server grafana-blue-2:3000;", nil), ("server my-grafana-blue:3000;", nil),
      ("server grafana-blue.example.com;", nil), ("server grafana-blu:3000;", nil),
      ("server GRAFANA-BLUE:3000;", nil),
      ("server grafana-blue-2:3000; server grafana-green:3000;", .green),
      ("# server grafana-green:3000;\nserver grafana-blue:3000;", .blue),
      ("server grafana-blue:3000; # was grafana-green", .blue),
      ("#server grafana-blue:3000;\r\nserver grafana-green:3000;\r\n", .green),
      ("# grafana-blue\n# grafana-green\n", nil), ("", nil), ("server 10.0.0.2:3000;", nil),
    ] as [(String, Color?)])
  func `the colour is the one whose service is named alone`(text: String, color: Color?) {
    #expect(SiteText(Array(text.utf8)).color(by: hosts) == color)
  }

  @Test func `bytes that are no text do no harm`() {
    let bytes: [UInt8] =
      [0xFF, 0xFE, 10] + Array("server grafana-blue:3000; # \u{e4}".utf8) + [0xC3]
    #expect(SiteText(bytes).color(by: hosts) == .blue)
  }

  @Test(
    arguments: [
      ("server grafana-green:3000;", [.green]), ("server shop-grafana-green-1:3000;", [.green]),
      ("server the-blue-one:3000;", [.blue]), ("server shop-grafana-blue-1:3000;", []),
      ("server 127.0.0.1:3003;", [.blue]), ("proxy_pass http://localhost:3004/x;", [.green]),
      ("server 127.0.0.1:3005;", []),
      ("server 127.0.0.1:3003; server grafana-green;", [.blue, .green]),
      ("listen 3003; server 127.0.0.1:4000;", []), ("server 127.0.0.1:53;", []),
    ] as [(String, Set<Color>)])
  func `a colour is named by its service, its container, and what it publishes on this machine`(
    text: String, colors: Set<Color>
  ) throws {
    #expect(SiteText(Array(text.utf8)).colors(by: try hosts(ofProxyIn: "host")) == colors)
  }

  @Test func `to a proxy in a network of Docker's, 127.0.0.1 is its own container`() throws {
    let text = SiteText(Array("server 127.0.0.1:3003; proxy_pass http://the-blue-one;".utf8))
    #expect(text.colors(by: try hosts(ofProxyIn: "shop_default")) == [.blue])
    let other = SiteText(Array("listen 127.0.0.1:3003; server grafana-green:80;".utf8))
    #expect(other.colors(by: try hosts(ofProxyIn: "shop_default")) == [.green])
  }

  private func hosts(ofProxyIn network: String) throws -> ColorHosts {
    let project = try ComposeProject.parse(
      """
      {"name": "shop", "services": {
        "grafana-blue": {"container_name": "the-blue-one",
          "ports": [{"target": 3000, "published": "3003"},
            {"target": 53, "published": "53", "protocol": "udp"}]},
        "grafana-green": {"ports": [{"target": 3000, "published": "3004", "host_ip": "127.0.0.1"}]}}}
      """)
    let json =
      #"[{"Id": "1", "State": {"Status": "running"}, "#
      + "\"HostConfig\": {\"NetworkMode\": \"\(network)\"}}]"
    return ColorHosts(
      of: application, in: project, for: try Container.parse(json).first.map(RunningProxy.init))
  }
}
