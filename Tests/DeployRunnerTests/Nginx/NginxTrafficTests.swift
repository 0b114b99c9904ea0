import Testing

@testable import DeployRunner

@Suite("NginxTraffic") struct NginxTrafficTests {
  private func traffic(_ text: String) throws -> NginxTraffic {
    NginxTraffic(try NginxConfiguration(Array(text.utf8), path: "site.conf"))
  }

  @Test func `the hosts that get requests, without those that stand by`() throws {
    let traffic = try traffic(
      """
      upstream web { server web-blue:3000; server web-green:3000 backup; }
      map $host $api { default api:80; }
      server { set $x http://mail:25; location / { proxy_pass http://web; }
        location /m { proxy_pass $x; } location /a { proxy_pass http://$api; } }
      """)
    #expect(traffic.hosts == ["web-blue:3000", "api:80", "mail:25"])
    #expect(traffic.port(of: ["web-blue", "web-green"]) == 3000)
  }

  @Test(arguments: [
    ("location / { PASS proxy_set_header Upgrade $http_upgrade; }", "Upgrade"),
    ("proxy_read_timeout 300; location / { PASS }", "proxy_read_timeout"),
    ("location / { PASS proxy_read_timeout 1h30m; }", "proxy_read_timeout"),
    ("location / { PASS default_type text/event-stream; }", "text/event-stream"),
    ("location / { PASS proxy_read_timeout 60s; }", nil),
    ("location / { PASS } location /ws { proxy_pass http://b; proxy_read_timeout 1d; }", nil),
  ])
  func `what shows that connections are long`(site: String, mark: String?) throws {
    let text = site.replacing("PASS", with: "proxy_pass http://a:80;")
    let way = try traffic("http { server { server_name a.b; \(text) } }").way(to: ["a"])
    #expect(way?.serverNames == ["a.b"] && way?.paths == ["/"])
    #expect(
      mark.map { way?.longConnections?.text.contains($0) == true } ?? (way?.longConnections == nil))
  }

  @Test(arguments: [
    ("proxy_pass http://a:80;", "/wiki/"), ("proxy_pass http://a:80/;", "/"),
    ("proxy_pass http://a/base/;", "/base/"), ("set $u http://a:80; proxy_pass $u;", "/wiki/"),
    ("set $u a; proxy_pass http://$u/;", "/"),
    ("rewrite ^/wiki/(.*) /in/$1 break; proxy_pass http://a;", "/in/"),
    ("rewrite ^/wiki(/.*) $1 break; proxy_pass http://a;", "/"),
  ])
  func `the paths that the application sees`(block: String, path: String) throws {
    let way = try traffic("http { server { location /wiki/ { \(block) } } }").way(to: ["a"])
    #expect(way?.paths == ["/wiki/"] && way?.insidePaths == [path])
  }

  @Test func `a named location gets requests for any path`() throws {
    let text =
      "http { server { location /x { proxy_pass http://a; } location / { try_files $uri @app; } "
      + "location @app { proxy_pass http://a; } } }"
    let way = try traffic(text).way(to: ["a"])
    #expect(way?.paths == [] && way?.insidePaths == [])
  }
}
