import DeployDSL
import Testing

@testable import DeployRunner

@Suite("ProxyEndpoint")
struct ProxyEndpointTests {
  private static let upstream = "upstream app { server grafana-blue:3000; }\n"
  private static let pass = "location / { proxy_pass http://app; }"

  /// A proxy that publishes 80 at 8080 and 443 at 8443 of 127.0.0.1.
  private static let proxy = """
    [{"Id": "1", "Name": "/proxy", "State": {"Status": "running"}, "NetworkSettings": {"Ports": {
      "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}],
      "443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8443"}], "9000/tcp": null}}}]
    """

  private func endpoint(_ texts: [String], url: String? = nil) throws -> String? {
    let proxy = RunningProxy(try #require(try Container.parse(Self.proxy).first))
    let plan = Deploy("grafana", site: Site(url: url)) { DetectActive() }
    let hosts = ColorHosts(of: plan.application, in: nil, for: proxy)
    let endpoint = ProxyEndpoint(
      of: plan.application, by: hosts, in: Self.dump(texts).configuration, published: proxy)
    return endpoint.map { "\($0)" }
  }

  /// What `nginx -T` prints of files that the main one includes, inside `http { … }` or beside it.
  private static func dump(_ texts: [String]) -> NginxDump {
    let paths = texts.indices.map { "/etc/nginx/conf.d/\($0).conf" }
    let isWhole = texts.contains { $0.contains("http {") || $0.contains("stream {") }
    let include = "include conf.d/*.conf;"
    let main = ("/etc/nginx/nginx.conf", isWhole ? include : "http { \(include) }")
    return dump([main] + Array(zip(paths, texts)))
  }

  private static func dump(_ files: [(String, String)]) -> NginxDump {
    NginxDump(files.map { "# configuration file \($0.0):\n\($0.1)\n" }.joined())
  }

  @Test(
    arguments: [
      ("server { listen 80; PASS }", "127.0.0.1:8080"),
      ("server { PASS }", "127.0.0.1:8080"),
      ("server { listen 80; server_name _; PASS }", "127.0.0.1:8080"),
      (
        "server { listen 80; server_name a.example.com b.example.com; PASS }",
        "http://a.example.com at 127.0.0.1:8080"
      ),
      (
        #"server { listen *:80 default_server; server_name ~^x\d+\. .example.com; PASS }"#,
        "http://example.com at 127.0.0.1:8080"
      ),
      (
        "server { listen [::]:80; server_name *.example.com; PASS }",
        "http://www.example.com at 127.0.0.1:8080"
      ),
      // Another site comes first.
      (
        "server { listen 80; root /srv; } server { listen 80; server_name a.b; PASS }",
        "http://a.b at 127.0.0.1:8080"
      ),
      // The usual redirect.
      (
        "server { listen 80; server_name a.b; return 301 https://$host$request_uri; }\n"
          + "server { listen 443 ssl; http2 on; server_name a.b; PASS }",
        "https://a.b at 127.0.0.1:8443"
      ),
      ("server { listen 443; ssl on; PASS }", "https://127.0.0.1:8443 at 127.0.0.1:8443"),
      // Both ways lead there; without TLS is the simpler one.
      (
        "server { listen 443 ssl; listen 80; server_name a.b; PASS }",
        "http://a.b at 127.0.0.1:8080"
      ),
      (
        "server { listen 80; listen 443 ssl; server_name a.b; "
          + "if ($scheme = http) { return 301 https://$host; } PASS }",
        "https://a.b at 127.0.0.1:8443"
      ),
      (
        "server { listen 80; listen 443 ssl; server_name a.b; "
          + "if ($request_method = PUT) { return 405; } PASS }",
        "http://a.b at 127.0.0.1:8080"
      ),
      (
        "server { listen 80; server_name www.a.b a.b; "
          + "if ($host = www.a.b) { return 301 http://a.b; } PASS }",
        "http://a.b at 127.0.0.1:8080"
      ),
      // A server that sends other requests there comes first.
      (
        "server { listen 443; location = /metrics { proxy_pass http://app; } }\n"
          + "server { listen 80; server_name my_app.local; PASS }",
        "http://my_app.local at 127.0.0.1:8080"
      ),
      (
        "server { listen 80; location / { root /srv; } location /api/ { proxy_pass http://app; } }",
        "127.0.0.1:8080"
      ),
      // TLS is the port's, whichever server says it.
      (
        "server { listen 443 ssl default_server; return 444; } "
          + "server { listen 443; server_name a.b; PASS }",
        "https://a.b at 127.0.0.1:8443"
      ),
      // Blocks of values, and of Lua, hold no directives.
      (
        "map $scheme $p { http 80; https 443; default $scheme; }\n"
          + "server { listen 80; server_name a.b; "
          + "access_by_lua_block { local t = {'a;'} -- it's # \n } PASS }",
        "http://a.b at 127.0.0.1:8080"
      ),
      // A map of host names sends other names to other applications.
      (
        "map $host $app { default other:3000; shop.example.com grafana-blue:3000; }\n"
          + "server { listen 80; location / { proxy_pass http://$app; } }",
        "http://shop.example.com at 127.0.0.1:8080"
      ),
      (
        "map $http_host $app { a.example.com other:3000; default grafana-blue:3000; }\n"
          + "server { listen 80; server_name _; location / { proxy_pass http://$app; } }",
        "127.0.0.1:8080"
      ),
      // What cannot be asked from here.
      (
        "server { listen 443 quic; listen 443 ssl; listen 80 proxy_protocol; server_name a.b; PASS }",
        "https://a.b at 127.0.0.1:8443"
      ),
      (
        "server { listen unix:/run/x.sock; listen 127.0.0.1:443; listen 80; PASS }",
        "127.0.0.1:8080"
      ),
      ("server { listen 8000-8010; PASS }", nil), ("server { listen 9000; PASS }", nil),
      ("server { listen 8080; PASS }", nil),
      ("server { listen 80; return 200; }", nil), ("", nil), ("server { listen 80; PASS", nil),
      ("server { listen 80; location / { proxy_pass http://other; } }", nil),
      // The name alone is not the application, nor in a path.
      ("server { listen 80; location / { proxy_pass http://other/app/; } }", nil),
      ("server { listen 80; set $app http://other; location / { proxy_pass $app; } }", nil),
      ("server { listen 80; root /srv/app; server_name app; }", nil),
    ] as [(String, String?)])
  func `the server that leads to the application says where, by which name and how`(
    text: String, expected: String?
  ) throws {
    let text = Self.upstream + text.replacing("PASS", with: Self.pass)
    #expect(try endpoint([text]) == expected)
  }

  @Test(arguments: [
    "proxy_pass http://grafana-blue:3000;", "grpc_pass grpc://grafana-green:50051;",
    "fastcgi_pass grafana-blue:9000;", "set $up http://grafana-blue; proxy_pass $up;",
    "location /a { location /a/b { proxy_pass http://grafana-blue; } }",
    #"log_format x '{"a": "\'b\'"}'; proxy_pass http://grafana-blue;"#,
  ])
  func `every way of naming the backend counts`(text: String) throws {
    #expect(try endpoint(["http { server { listen 80; server_name a.b; \(text) } }"]) != nil)
  }

  @Test func `upstream and server may be in different files, but a stream is no web site`() throws {
    let server = "http { server { listen 80; server_name a.b; \(Self.pass) } }"
    #expect(try endpoint([Self.upstream, server]) == "http://a.b at 127.0.0.1:8080")
    #expect(try endpoint(["{ ;", Self.upstream, server]) == "http://a.b at 127.0.0.1:8080")
    #expect(
      try endpoint(["stream { server { listen 80; proxy_pass grafana-blue:3000; } }"]) == nil)
  }

  @Test func `a proxy in the host's network listens on this machine itself`() throws {
    let json =
      #"[{"Id": "1", "State": {"Status": "running"}, "HostConfig": {"NetworkMode": "host"}}]"#
    let proxy = RunningProxy(try #require(try Container.parse(json).first))
    let plan = Deploy("grafana") { DetectActive() }
    let text = Self.upstream + "server { listen 127.0.0.1:9000; server_name a.b; \(Self.pass) }"
    let endpoint = ProxyEndpoint(
      of: plan.application, by: ColorHosts(of: plan.application, in: nil, for: proxy),
      in: Self.dump([text]).configuration, published: proxy)
    #expect(endpoint?.description == "http://a.b at 127.0.0.1:9000")
  }

  /// A site as people write it: variables in one file, the server in another, a third by default.
  @Test(arguments: [
    ["set $service_url http://grafana-blue:3000;", "proxy_pass $service_url;"],
    ["set $up grafana-blue;", "proxy_pass http://$up:3000$request_uri;"],
    ["set $color blue; set $up grafana-$color;", "proxy_pass http://${up}:3000/;"],
  ])
  func `a server is found whichever file its parts stand in`(parts: [String]) throws {
    let proxy = RunningProxy(try #require(try Container.parse(Self.proxy).first))
    let plan = Deploy("grafana") { DetectActive() }
    let files = [
      (
        "/etc/nginx/nginx.conf",
        "http { map $http_x $unused { default other:80; }\n  include conf.d/*.conf; }"
      ),
      ("/etc/nginx/conf.d/a.conf", "server { listen 80 default_server; return 404; }"),
      (
        "/etc/nginx/conf.d/b.conf",
        "server { listen 80; server_name a.b; include /etc/nginx/up/url.inc;"
          + " location / { \(parts[1]) } }"
      ),
      ("/etc/nginx/up/url.inc", parts[0]),
    ]
    let endpoint = ProxyEndpoint(
      of: plan.application, by: ColorHosts(of: plan.application, in: nil, for: proxy),
      in: Self.dump(files).configuration, published: proxy)
    #expect(endpoint?.description == "http://a.b at 127.0.0.1:8080")
    #expect(endpoint?.isAnswered(for: "/") == true)
  }

  /// `internal.conf` comes first, and leads to the same service by another name.
  @Test(arguments: [
    ("internal", "http://internal.b"), ("shop", "http://shop.b"), ("upstream", "http://internal.b"),
  ])
  func `the site file's own server comes first`(file: String, expected: String) throws {
    let proxy = RunningProxy(try #require(try Container.parse(Self.proxy).first))
    let plan = Deploy("grafana") { DetectActive() }
    let server = { (name: String) in
      "server { listen 80; server_name \(name).b; \(Self.pass) }"
    }
    let files = [
      ("/etc/nginx/nginx.conf", "http { include conf.d/*.conf; }"),
      ("/etc/nginx/conf.d/internal.conf", server("internal")),
      ("/etc/nginx/conf.d/shop.conf", server("shop")),
      ("/etc/nginx/conf.d/upstream.conf", Self.upstream),
    ]
    let url = ProxyEndpoint.url(
      of: plan.application, by: ColorHosts(of: plan.application, in: nil, for: proxy),
      in: Self.dump(files).configuration, site: "/etc/nginx/conf.d/\(file).conf", published: proxy)
    #expect(url == "\(expected):8080")
  }

  @Test func `a server whose requests go to another one is not asked`() throws {
    let other = "server { listen 80 default_server; return 404; }"
    let own = "server { listen 80; \(Self.pass) }"
    #expect(try endpoint([Self.upstream, other, own]) == nil)
    #expect(try endpoint([Self.upstream, own, "server { listen 80; return 404; }"]) != nil)
    let named = "server { listen 80; server_name a.b 127.0.0.1; \(Self.pass) }"
    #expect(try endpoint([Self.upstream, other, named]) == "http://a.b at 127.0.0.1:8080")
  }

  @Test(arguments: [
    ("location / { proxy_pass http://app; }", true),
    ("proxy_pass http://app;", true),
    ("location /api/ { proxy_pass http://app; }", false),
    ("location /api/ { proxy_pass http://app; } location / { return 404; }", false),
    ("location / { proxy_pass http://other; } location /api { proxy_pass http://app; }", false),
    ("location / { try_files $uri @app; } location @app { proxy_pass http://app; }", true),
    ("location ~ ^/(x|y) { proxy_pass http://app; } location / { root /srv; }", true),
    ("location = / { proxy_pass http://app; }", true),
  ])
  func `an answer that nginx itself surely gives is not the application's`(
    text: String, isAnswered: Bool
  ) throws {
    let proxy = RunningProxy(try #require(try Container.parse(Self.proxy).first))
    let plan = Deploy("grafana") { DetectActive() }
    let endpoint = ProxyEndpoint(
      of: plan.application, by: ColorHosts(of: plan.application, in: nil, for: proxy),
      in: Self.dump([Self.upstream, "server { listen 80; \(text) }"]).configuration,
      published: proxy)
    #expect(endpoint?.isKnown == true)
    #expect(endpoint?.isAnswered(for: "/") == isAnswered)
  }

  @Test(arguments: [
    // By the port on this machine, then by the port inside, then by this machine's own.
    ("https://c.d:8443", "https://c.d at 127.0.0.1:8443"),
    ("https://c.d", "https://c.d at 127.0.0.1:8443"),
    ("http://c.d", "http://c.d at 127.0.0.1:8080"),
    ("http://c.d:7000", "http://c.d at 127.0.0.1:7000"),
  ])
  func `what the plan says goes before what the site file says`(url: String, expected: String)
    throws
  {
    let text = Self.upstream + "server { listen 80; server_name a.b; \(Self.pass) }"
    #expect(try endpoint([text], url: url) == expected)
  }
}
