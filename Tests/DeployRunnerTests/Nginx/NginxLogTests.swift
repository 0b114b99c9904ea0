import Testing

@testable import DeployRunner

@Suite("NginxLog") struct NginxLogTests {
  private static let site =
    "upstream app { server grafana-green:3000; }"
    + " server { listen 80; server_name grafana.test; location / { proxy_pass http://app; } }"

  private func log(_ http: String, _ site: String = site) throws -> NginxLog? {
    NginxLog(
      of: ["grafana-blue", "grafana-green"],
      in: try NginxConfiguration(Array("events { } http { \(http) \(site) }".utf8), path: ""))
  }

  private static let get = #"10.0.0.9 - - [28/Nov/2026:00:22:17 +0000] "GET /a?x=\x22 HTTP/1.1" "#

  @Test func `the usual format tells status and sender`() throws {
    for http in ["", "access_log /dev/stdout;", "access_log /dev/stdout combined;"] {
      let log = try #require(try log(http))
      #expect(log.read(Self.get + #"502 157 "-" "curl/7""#) == .request(status: 502, isOwn: false))
      #expect(log.read(Self.get + #"200 2 "-" "bgrun""#) == .request(status: 200, isOwn: true))
      #expect(log.read(Self.get + #"000 0 "-" "x""#) == .request(status: 0, isOwn: false))
      #expect(log.read("2026/11/28 [notice] signal 3 (SIGQUIT) received") == nil)
    }
  }

  @Test func `other formats are read as the configuration states them`() throws {
    let json = try log(
      #"log_format j escape=json '{"ua":"$http_user_agent",' '"status":$status,"t":${msec}}';"#
        + " access_log /dev/stdout j;")
    #expect(
      json?.read(#"{"ua":"a \"b\"","status":499,"t":1.2}"#) == .request(status: 499, isOwn: false))
    #expect(json?.read(#"{"ua":"a","status":200}"#) == nil)
    let short = try log("log_format s '$status $http_user_agent'; access_log /dev/stdout s;")
    #expect(short?.read("200 bgrun") == .request(status: 200, isOwn: true))
  }

  @Test(arguments: [
    "access_log off;", "access_log /dev/stdout combined if=$loggable;",
    "access_log /dev/stdout combined buffer=32k;", "access_log syslog:server=1.2.3.4;",
    "log_format s '$status'; access_log /dev/stdout s;", "access_log /srv/a.log;",
  ])
  func `a log that does not have every request with its sender is not counted`(http: String)
    throws
  {
    let log = try #require(try log(http))
    #expect(log.read(Self.get + #"502 157 "-" "curl/7""#) == nil)
    #expect(log.read("502") == nil)
  }

  private static let cut =
    "2026/11/28 00:22:19 [error] 9#9: *13 upstream prematurely closed connection while reading "
    + "upstream, client: 10.0.0.9, server: grafana.test, request: \"GET /slow HTTP/1.1\", "
    + "upstream: \"http://172.18.0.3:3000/slow\", host: \"grafana.test\""

  @Test func `the error log tells answers that were cut off`() throws {
    let log = try #require(try log("access_log off;"))
    #expect(log.read(Self.cut) == .cutOff)
    // This one got a 502, which the access log has.
    #expect(
      log.read(
        Self.cut.replacing("reading upstream", with: "reading response header from upstream"))
        == nil)
  }

  @Test func `lines of other servers do not count`() throws {
    let other = " server { listen 80; server_name shop.test; location / { return 503; } }"
    #expect(try log("", Self.site + other)?.read(Self.get + #"502 1 "-" "curl/7""#) == nil)
    let named = try log(
      "log_format n '$host $status \"$http_user_agent\"'; access_log /dev/stdout n;",
      Self.site + other)
    #expect(named?.read(#"grafana.test 502 "x""#) == .request(status: 502, isOwn: false))
    #expect(named?.read(#"shop.test 502 "x""#) == nil)
    #expect(named?.read(Self.cut) == .cutOff)
    #expect(named?.read(Self.cut.replacing("server: grafana", with: "server: shop")) == nil)
    let apart = try log(
      "", Self.site + other.replacing("location", with: "access_log /dev/null; location"))
    #expect(apart?.read(Self.get + #"502 1 "-" "x""#) == .request(status: 502, isOwn: false))
  }

  @Test(arguments: ["grafana.test", "_"])
  func `the redirects of the same site are its clients' answers`(name: String) throws {
    let redirect = " server { server_name \(name); return 301 https://$host$request_uri; }"
    let tls = Self.site.replacing("listen 80", with: "listen 443 ssl")
    let line = Self.get + #"502 1 "-" "curl/7""#
    #expect(try log("", tls + redirect)?.read(line) == .request(status: 502, isOwn: false))
    // A site of files with a redirect in it is another site.
    let files = redirect.replacing("return", with: "root /srv; location /old { return")
      .replacing("; }", with: "; } }")
    #expect(try log("", tls + files)?.read(line) == nil)
    // Beside another site, the redirects of any name may be that site's.
    let other = " server { listen 80; server_name shop.test; location / { return 503; } }"
    #expect(try log("", tls + redirect + other)?.read(line) == nil)
  }

  @Test func `a server that sends requests to others, too, tells nothing`() throws {
    let mixed = Self.site.replacing(
      "location / ", with: "location /x { proxy_pass http://other; } location / ")
    #expect(try log("", mixed) == nil)
    #expect(try log("", "server { listen 80; }") == nil)
  }
}
