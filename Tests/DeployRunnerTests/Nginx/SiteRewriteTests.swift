import DeployDSL
import Testing

@testable import DeployRunner

@Suite("Rewriting a site file")
struct SiteRewriteTests {
  private let application = Deploy("app", blue: "web-blue", green: "web-green", workers: ["api"]) {
    DetectActive()
  }.application

  private func read(
    _ text: String, proxyIn network: String = "shop", greenOn port: Int = 3000,
    others: String = ""
  ) throws -> SiteRewrite {
    let project = try ComposeProject.parse(
      """
      {"name": "shop", "services": {
        "web-blue": {"ports": [{"target": 3000, "published": "18081"}]},
        "web-green": {
          "container_name": "green", "ports": [{"target": \(port), "published": "18082"}]}}}
      """)
    let proxy = try Container.parse(
      #"[{"Id": "1", "State": {"Status": "running"}, "HostConfig": {"NetworkMode": "\#(network)"}}]"#
    )
    return try SiteRewrite(
      Array(text.utf8), path: "app.conf",
      by: ColorHosts(of: application, in: project, for: proxy.first.map(RunningProxy.init)),
      of: application,
      uses: SiteRewrite.Uses(in: try NginxConfiguration(Array(others.utf8), path: "")))
  }

  private func expect(
    _ blue: String, _ green: String, greenOn port: Int = 3000, others: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    for (color, text, other) in [(Color.blue, blue, green), (.green, green, blue)] {
      let file = try read(text, greenOn: port, others: others)
      #expect(file.color == color, sourceLocation: sourceLocation)
      let rewritten = String(decoding: file.content(for: color.other), as: UTF8.self)
      #expect(rewritten == other, sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [
    "set $c BLUE; proxy_pass http://web-$c:3000;",
    "set $c \"BLUE\"; proxy_pass http://web-${c}:3000/x$uri;",
    "set $c BLUE; set $theme blue; proxy_pass http://web-$c$request_uri;",
    "map $host $c { default BLUE; x.y 'BLUE'; } proxy_pass http://web-$c;",
    "set $c BLUE; set $to http://web-$c:3000; proxy_pass $to;",
    "upstream app_blue { server web-blue:1; } upstream app_green { server web-green:1; } "
      + "set $c BLUE; proxy_pass http://app_$c;",
    "set $c BLUE; map $c $to { default web-blue:1; blue web-blue:1; green web-green:1; } "
      + "proxy_pass http://$to;",
    "set $c BLUE; if ($c = blue) { proxy_pass http://web-blue:1; }\n"
      + "if ($c = green) { proxy_pass http://web-green:1; }",
    "set $c 'BLUE'; if ( $c = \"blue\" ) { set $to web-blue; }\n"
      + "if ($c = 'green') { set $to web-green; } proxy_pass http://$to:3000;",
    "map $nothing $c { default BLUE; } location /a { if ($c = green) { proxy_pass http://web-green:1; } "
      + "if ($c = blue) { proxy_pass http://web-blue:1; } } location / { "
      + "if ($c = blue) { proxy_pass http://web-blue:2; } if ($c = green) { proxy_pass http://web-green:2; } }",
    "map $nothing $c { default BLUE; } map $c $to { blue web-blue:1; green web-green:1; }"
      + "proxy_pass http://$to;",
  ])
  func `a variable that is a part of the host, or a key to it, changes alone`(text: String) throws {
    try expect(text.replacing("BLUE", with: "blue"), text.replacing("BLUE", with: "green"))
  }

  @Test func `a port that is a variable changes`() throws {
    try expect(
      "set $port 18081; proxy_pass http://host.docker.internal:$port;",
      "set $port 18082; proxy_pass http://host.docker.internal:$port;")
    try expect(
      "server 172.17.0.1:18081; server 172.17.0.1:18082 backup;",
      "server 172.17.0.1:18082; server 172.17.0.1:18081 backup;")
  }

  @Test func `colours that listen on different ports change host and port`() throws {
    try expect(
      "server web-blue:3000; server web-green:4000 backup;",
      "server web-green:4000; server web-blue:3000 backup;", greenOn: 4000)
    try expect(
      "proxy_pass http://web-blue:3000/a;", "proxy_pass http://web-green:4000/a;", greenOn: 4000)
    try expect(
      "proxy_pass http://host.docker.internal:18081;",
      "proxy_pass http://host.docker.internal:18082;", greenOn: 4000)
    try expect("proxy_pass http://web-blue:9;", "proxy_pass http://web-green:9;", greenOn: 4000)
  }

  @Test func `a file that only sets variables is read with those that use them`() throws {
    let others = "proxy_pass http://web-$color:3000; proxy_pass http://$host;"
    try expect("set $color blue;", "set $color green;", others: others)
    let map = "map $color $up { A web-blue:3000; B http://web-green/x; } proxy_pass http://$up;"
    try expect("set $color A;", "set $color B;", others: map)
    #expect(throws: DeployError.self) { try read("set $theme A;", others: map) }
    #expect(SiteRewrite.onlySetsVariables(Array("set $color blue;".utf8)))
    #expect(!SiteRewrite.onlySetsVariables(Array("set $c blue; proxy_pass http://$c;".utf8)))
    #expect(throws: DeployError.self) { try read("set $color blue;") }
    #expect(throws: DeployError.self) { try read("set $theme blue;", others: others) }
  }

  @Test(arguments: [
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
  func `exactly the places that send requests to the active colour change, and change back`(
    blue: String, green: String
  ) throws {
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
      "set $c blue;\nif ($c = green) { proxy_pass http://web-green; }\nproxy_pass http://web-blue;",
      "both colours: web-green in line 2, web-blue in line 3"
    ),
    (
      "set $c blue; if ($c != green) { proxy_pass http://web-blue; } "
        + "if ($c = green) { proxy_pass http://web-green; }", "both colours"
    ),
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
