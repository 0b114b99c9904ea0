import DeployDSL
import Testing

@testable import DeployRunner

@Suite("SiteText")
struct SiteTextTests {
  private let application = Deploy("grafana") { DetectActive() }.application

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
    #expect(SiteText(Array(text.utf8)).color(in: application) == color)
  }

  @Test func `bytes that are no text do no harm`() {
    let bytes: [UInt8] =
      [0xFF, 0xFE, 10] + Array("server grafana-blue:3000; # \u{e4}".utf8) + [0xC3]
    #expect(SiteText(bytes).color(in: application) == .blue)
  }

  @Test func `all services that are named are found`() {
    let text = SiteText(Array("server a.b:1; server a_c:2; server a-d; # server e;".utf8))
    #expect(text.services(among: ["a.b", "a_c", "a-d", "a", "b", "e"]) == ["a.b", "a_c", "a-d"])
  }
}
