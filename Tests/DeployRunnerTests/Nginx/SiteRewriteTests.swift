import DeployDSL
import Testing

@testable import DeployRunner

@Suite("Rewriting a site file")
struct SiteRewriteTests {
  private let application = Deploy("app", blue: "web-blue", green: "web-green", workers: ["api"]) {
    DetectActive()
  }.application

  private func read(_ text: String, proxyIn network: String = "shop") throws -> SiteRewrite {
    let project = try ComposeProject.parse(
      """
      {"name": "shop", "services": {
        "web-blue": {"ports": [{"target": 3000, "published": "18081"}]},
        "web-green": {"container_name": "green", "ports": [{"target": 3000, "published": "18082"}]}}}
      """)
    let proxy = try Container.parse(
      #"[{"Id": "1", "State": {"Status": "running"}, "HostConfig": {"NetworkMode": "\#(network)"}}]"#
    )
    return try SiteRewrite(
      Array(text.utf8), path: "app.conf",
      by: ColorHosts(of: application, in: project, for: proxy.first.map(RunningProxy.init)),
      of: application)
  }

  @Test(
    "exactly the places that send requests to the active colour change, and change back",
    arguments: [
      ("upstream app { server web-blue:3000; }", "upstream app { server web-green:3000; }"),
      ("server web-blue:3000 max_fails=2;", "server web-green:3000 max_fails=2;"),
      (
        "proxy_pass http://web-blue:3000/api?x=web-blue;",
        "proxy_pass http://web-green:3000/api?x=web-blue;"
      ),
      (
        "proxy_pass 'http://web-blue:3000';# web-blue\n",
        "proxy_pass 'http://web-green:3000';# web-blue\n"
      ),
      (
        "\u{e4}: \"x;{\";\r\nset $x  http://web-blue:3000 ;\r\n",
        "\u{e4}: \"x;{\";\r\nset $x  http://web-green:3000 ;\r\n"
      ),
      ("proxy_pass http://web-blue$request_uri;", "proxy_pass http://web-green$request_uri;"),
      (
        "map $host $b { default web-blue:3000; x.y 'http://web-blue'; }",
        "map $host $b { default web-green:3000; x.y 'http://web-green'; }"
      ),
      (
        "server { location / { proxy_pass http://web-blue:1; } location /a { grpc_pass web-blue:2; } }",
        "server { location / { proxy_pass http://web-green:1; } location /a { grpc_pass web-green:2; } }"
      ),
      ("server shop-web-blue-1:3000;", "server green:3000;"),
      (
        "server web-blue:3000; server other:3000; server web-blue-2;",
        "server web-green:3000; server other:3000; server web-blue-2;"
      ),
      (
        "proxy_pass http://web-blue:3000; proxy_pass http://api-blue:80;",
        "proxy_pass http://web-green:3000; proxy_pass http://api-green:80;"
      ),
      (
        "server web-blue:3000; server web-green:3000 backup;",
        "server web-green:3000; server web-blue:3000 backup;"
      ),
      (
        "server web-green:3000 down; server web-blue:3000 weight=2;",
        "server web-blue:3000 down; server web-green:3000 weight=2;"
      ),
      (
        "upstream web-blue { server web-blue:3000; } server { location / { proxy_pass http://web-blue; } }",
        "upstream web-blue { server web-green:3000; } server { location / { proxy_pass http://web-blue; } }"
      ),
      (
        "upstream one { server web-blue:80; } upstream two { server web-green:80; } "
          + "set $to one; proxy_pass http://$to;",
        "upstream one { server web-blue:80; } upstream two { server web-green:80; } "
          + "set $to two; proxy_pass http://$to;"
      ),
      (
        "proxy_set_header Host web-blue; add_header X web-blue; proxy_pass http://web-blue;",
        "proxy_set_header Host web-blue; add_header X web-blue; proxy_pass http://web-green;"
      ),
      (
        "set $theme web-blue; set $b web-blue; proxy_pass http://$b:3000;",
        "set $theme web-blue; set $b web-green; proxy_pass http://$b:3000;"
      ),
      (
        "proxy_pass http://host.docker.internal:18081;",
        "proxy_pass http://host.docker.internal:18082;"
      ),
      (
        "server 172.17.0.1:18081; server 127.0.0.1:18081;",
        "server 172.17.0.1:18082; server 127.0.0.1:18081;"
      ),
    ])
  func rewrites(blue: String, green: String) throws {
    let file = try read(blue)
    #expect(file.color == .blue)
    #expect(String(decoding: file.content(for: .green), as: UTF8.self) == green)
    #expect(file.content(for: .blue) == Array(blue.utf8))
    let back = try read(green)
    #expect(back.color == .green)
    #expect(String(decoding: back.content(for: .blue), as: UTF8.self) == blue)
  }

  @Test func `a proxy in the host's network reaches the colours by their published ports`() throws {
    let file = try read("listen 18081; server 127.0.0.1:18081; server x:1;", proxyIn: "host")
    #expect(
      String(decoding: file.content(for: .green), as: UTF8.self)
        == "listen 18081; server 127.0.0.1:18082; server x:1;")
  }

  @Test(arguments: [
    (
      "server web-blue:1;\nserver web-green:1;",
      "both colours: web-blue in line 1, web-green in line 2"
    ),
    ("map $x $y { default web-blue:1; ~beta web-green:1; }", "both colours"),
    ("proxy_pass http://web-blue; proxy_pass http://api-green;", "both colours"),
    (
      "upstream web-blue { server 10.0.0.1; } server { proxy_pass http://web-blue; }",
      "neither web-blue nor web-green"
    ),
    ("server web-blue:1 backup;", "neither"), ("", "neither"), ("# web-blue", "neither"),
    ("server { proxy_pass http://web-blue;", "cannot be read: unexpected end of file"),
  ])
  func `what cannot be told is refused`(text: String, message: String) throws {
    let failure = #expect(throws: DeployError.self) { try read(text) }
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
  }

  @Test func `the difference is shown line by line, and what else names the colour`() throws {
    let file = try read(
      "# web-blue\nupstream a {\n  server web-blue:1;\n}\nproxy_set_header Host web-blue;\n")
    let lines = file.difference(for: .green)
    #expect(lines.map(\.line) == [3])
    #expect(lines.map(\.old) == ["  server web-blue:1;"])
    #expect(lines.map(\.new) == ["  server web-green:1;"])
    #expect(file.difference(for: .blue).isEmpty)
    let hosts = ColorHosts(of: application, in: nil, for: nil)
    #expect(file.otherLines(by: hosts) == [5])
  }
}
