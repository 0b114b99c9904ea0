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

  @Test(arguments: [
    (
      "host not found in upstream \"app-green:80\" in /etc/nginx/conf.d/service.conf:1",
      "make sure that the service runs, and is on a network of the proxy's"
    ),
    (
      "\"upstream\" directive is not allowed here in /etc/nginx/nginx.conf:84",
      "include the site file inside http { … } of nginx.conf, not outside it or deeper"
    ),
    (
      "unexpected \"}\" in /etc/nginx/conf.d/service.conf:3",
      "look for a missing semicolon on the line before"
    ),
    (
      "invalid parameter \"server_name\" in /etc/nginx/conf.d/service.conf:4",
      "look for a missing semicolon on that line or the line before"
    ),
    (
      "invalid number of arguments in \"listen\" directive in /etc/nginx/conf.d/service.conf:4",
      "look for a missing semicolon on that line or the line before"
    ),
    (
      "unexpected end of file, expecting \"}\" in /etc/nginx/conf.d/service.conf:4",
      "look for a missing } or semicolon"
    ),
    (
      "duplicate upstream \"app\" in /etc/nginx/conf.d/service.conf:1",
      "keep the colours' sources out of the folder that nginx includes"
    ),
    (
      "\"proxy_busy_buffers_size\" must be less than the size of all \"proxy_buffers\" minus one "
        + "buffer in /etc/nginx/nginx.conf:9",
      "set proxy_buffers and proxy_busy_buffers_size together with proxy_buffer_size"
    ),
    (
      "unknown directive \"servr\" in /etc/nginx/conf.d/service.conf:4",
      "fix nginx/green.conf and test it with `nginx -t` in the proxy's container"
    ),
  ])
  func `what nginx refuses is told with the cause and the way out`(said: String, fix: String) {
    let failure = failure("2026/01/01 00:00:00 [warn] 9#9: something else\nnginx: [emerg] \(said)")
    #expect(failure.code == .configuration)
    #expect(
      failure.description
        == "nginx rejects the configuration from nginx/green.conf: \(said); \(fix)")
  }

  @Test(arguments: [
    (
      "2026/01/01 00:00:00 [crit] 7#7: pread() \"/etc/nginx/conf.d/service.conf\" failed (21: Is "
        + "a directory)",
      "pread() \"/etc/nginx/conf.d/service.conf\" failed (21: Is a directory); remove that folder "
        + "and put a file there: Docker makes a folder of a file that is missing when the proxy "
        + "starts"
    ),
    (
      "nginx: [error] open() \"/run/nginx.pid\" failed (2: No such file or directory)",
      "open() \"/run/nginx.pid\" failed (2: No such file or directory); make nginx the "
        + "container's command (`nginx -g 'daemon off;'`) and restart it"
    ),
    (
      "2026/01/01 00:00:00 [emerg] 12#12: host not found in upstream \"a\" in /x.conf:1",
      "host not found in upstream \"a\" in /x.conf:1; make sure that the service runs, and is on a "
        + "network of the proxy's"
    ),
  ])
  func `time, level and process numbers are left out`(line: String, sentence: String) {
    #expect(
      failure(line).description
        == "nginx rejects the configuration from nginx/green.conf: \(sentence)")
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

  @Test func `no word from nginx is said to be none`() {
    #expect(
      NginxErrorClassifier.failure("", site: [], source: "a.conf").description
        == "nginx rejects the configuration from a.conf: no message; fix a.conf and test it with `nginx -t` in the proxy's container"
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
