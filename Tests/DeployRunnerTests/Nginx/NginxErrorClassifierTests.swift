import BgrunTestSupport
import DeployDSL
import Testing

@testable import DeployRunner

@Suite("NginxErrorClassifier")
struct NginxErrorClassifierTests {
  private static let site = "upstream app {\n  server app-green:80\n}\nserver { listen 80; }\n"

  private func failure(_ errors: String) -> DeployError {
    NginxErrorClassifier.failure(
      errors + "\nnginx: configuration file /etc/nginx/nginx.conf test failed\n",
      site: Array(Self.site.utf8), source: "nginx/green.conf")
  }

  private static let said = [
    "host not found in upstream \"app-green:80\" in /etc/nginx/conf.d/service.conf:1",
    "\"upstream\" directive is not allowed here in /etc/nginx/nginx.conf:84",
    "unexpected \"}\" in /etc/nginx/conf.d/service.conf:3",
    "invalid parameter \"server_name\" in /etc/nginx/conf.d/service.conf:4",
    "invalid number of arguments in \"listen\" directive in /etc/nginx/conf.d/service.conf:4",
    "unexpected end of file, expecting \"}\" in /etc/nginx/conf.d/service.conf:4",
    "duplicate upstream \"app\" in /etc/nginx/conf.d/service.conf:1",
    "\"proxy_busy_buffers_size\" must be less than the size of all \"proxy_buffers\" minus one "
      + "buffer in /etc/nginx/nginx.conf:9",
    "unknown directive \"servr\" in /etc/nginx/conf.d/service.conf:4",
  ]

  /// Lines whose time, level and process numbers are left out.
  private static let lines = [
    "2026/01/01 00:00:00 [crit] 7#7: pread() \"/etc/nginx/conf.d/service.conf\" failed (21: Is "
      + "a directory)",
    "nginx: [error] open() \"/run/nginx.pid\" failed (2: No such file or directory)",
    "2026/01/01 00:00:00 [emerg] 12#12: host not found in upstream \"a\" in /x.conf:1",
  ]

  @Test func `what nginx rejects is told with the cause and the way out`() throws {
    let whole = Self.said.map {
      "2026/01/01 00:00:00 [warn] 9#9: something else\nnginx: [emerg] \($0)"
    }
    let told = (whole + Self.lines).map { text in
      (text.split(separator: "\n").last.map(String.init) ?? "", failure(text))
    }
    #expect(told.allSatisfy { $1.code == .configuration })
    try expectGolden(
      "NginxErrors.txt", Dictionary(uniqueKeysWithValues: told.map { ($0, "\($1)") }))
  }

  @Test func `a mistake in writing is shown with the lines before it`() {
    let failure = failure("nginx: [emerg] unexpected \"}\" in /etc/nginx/conf.d/service.conf:3")
    #expect(
      failure.details == [
        "nginx: [emerg] unexpected \"}\" in /etc/nginx/conf.d/service.conf:3",
        "nginx: configuration file /etc/nginx/nginx.conf test failed",
        "nginx/green.conf:1: upstream app {", "nginx/green.conf:2:   server app-green:80",
        "nginx/green.conf:3: }",
      ])
  }

  @Test(arguments: [
    "nginx: [emerg] unexpected \"}\" in /etc/nginx/nginx.conf:3",
    "nginx: [emerg] unexpected \"}\" in /etc/nginx/conf.d/service.conf:99999999999999999999",
    "nginx: [emerg] unexpected \"}\" in /etc/nginx/conf.d/service.conf:400", "unexpected \"}\"",
  ])
  func `a line of another file, or none, shows no lines`(line: String) {
    #expect(failure(line).details.count == 2)
  }

  @Test func `an error in the file of another site is not told as one of this site`() {
    let failure = NginxErrorClassifier.failure(
      "nginx: [emerg] unexpected \"}\" in /etc/nginx/conf.d/other.conf:1",
      site: Array("upstream app {\n}\n".utf8), source: "nginx/green.conf",
      at: "/etc/nginx/conf.d/service.conf")
    #expect(
      failure.message == "nginx rejects the configuration in /etc/nginx/conf.d/other.conf: "
        + "unexpected \"}\" in /etc/nginx/conf.d/other.conf:1")
    #expect(failure.details.count == 1)
  }

  @Test func `no word from nginx is said to be none`() {
    #expect(
      NginxErrorClassifier.failure("", site: [], source: "a.conf").description
        == "nginx rejects the configuration in a.conf: no message; fix a.conf and test it with `nginx -t` where nginx runs"
    )
  }

  @Test(
    arguments: [
      ("nginx: [emerg] host not found in upstream \"x\" in /etc/nginx/service.conf:1", true),
      // Where error_log leads to standard error.
      ("2026/11/23 03:37:00 [emerg] 37#37: host not found in upstream \"x\" in /a.conf:2\n", true),
      ("Error response from daemon: Container x is not running", false), ("", false),
      ("OCI runtime exec failed: exec failed: \"nginx\": executable file not found", false),
    ])
  func `nginx's own words are told from docker's`(text: String, isNginx: Bool) {
    #expect(NginxErrorClassifier.isFromNginx(text) == isNginx)
  }
}
