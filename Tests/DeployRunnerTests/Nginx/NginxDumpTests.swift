import Testing

@testable import DeployRunner

/// Puts files together as `nginx -T` does: heading, content, a line end of its own.
private func dump(_ files: [(String, String)]) -> String {
  files.map { "# configuration file \($0):\n\($1)\n" }.joined()
}

// As nginx 1.22.1 printed it, the middles of long files left out.
private let real = """
  # configuration file /etc/nginx/nginx.conf:
  user www-data;
  events {
  \tworker_connections 768;
  }
  http {
  \tinclude /etc/nginx/conf.d/*.conf;
  }

  # configuration file /etc/nginx/modules-enabled/50-mod-http-echo.conf:
  load_module modules/ngx_http_echo_module.so;

  # configuration file /etc/nginx/sites-enabled/default:
  ##
  # You should look at the following URL's in order to grasp a solid understanding
  # of Nginx configuration files in order to fully unleash the power of Nginx.
  # This file will automatically load configuration files provided by other
  #}

  """ + "\n"

@Suite("NginxDump")
struct NginxDumpTests {
  @Test func `real output is taken apart into its files`() {
    let dump = NginxDump(real)
    #expect(
      dump.paths == [
        "/etc/nginx/nginx.conf", "/etc/nginx/modules-enabled/50-mod-http-echo.conf",
        "/etc/nginx/sites-enabled/default",
      ])
    let module = Array("load_module modules/ngx_http_echo_module.so;\n".utf8)
    #expect(dump.shows(module, at: "/etc/nginx/modules-enabled/50-mod-http-echo.conf"))
    #expect(!dump.shows(module.dropLast(), at: "/etc/nginx/modules-enabled/50-mod-http-echo.conf"))
    #expect(!dump.shows(module, at: "/etc/nginx/sites-enabled/default"))
    #expect(!dump.shows(module, at: "/etc/nginx/modules-enabled"))
  }

  @Test(arguments: [
    "", "\n", "\n\n", "server {}", "server {}\n", "server {}\n\n\n", "a\r\nb\r\n", "ü # é\n",
    "# configuration file for grafana\nserver {}\n", "# configuration file\n",
    "x\n# configuration file ",
    "## configuration file /etc/nginx/nginx.conf:\n", " # configuration file /a.conf:\n",
    "# configuration file /etc/nginx/nginx.conf: see there\n",
    "# configuration file /etc/nginx/nginx.conf:\nhttp {}\n\n# configuration file /a.conf:\n",
  ])
  func `a file's content is found to the byte, wherever it stands`(content: String) {
    let others = [("/etc/nginx/nginx.conf", "http {\n}\n"), ("/etc/nginx/mime.types", "types {}")]
    for place in 0...2 {
      var files = others
      files.insert(("/etc/nginx/conf.d/service.conf", content), at: place)
      let found = NginxDump(dump(files))
      let (path, bytes) = ("/etc/nginx/conf.d/service.conf", Array(content.utf8))
      #expect(found.shows(bytes, at: path), "at \(place)")
      #expect(!found.shows(bytes + [32], at: path), "at \(place)")
      if !bytes.isEmpty { #expect(!found.shows(bytes.dropLast(), at: path), "at \(place)") }
    }
  }

  @Test(
    arguments: [
      [0xE9], Array("# caf".utf8) + [0xE9, 10], [0xC3], [0xF0, 0x9F, 10], [0x80, 0xFF, 0xFE, 0],
    ] as [[UInt8]])
  func `a file that is not UTF-8 is recognised in output that is read as text`(bytes: [UInt8]) {
    // A command's output becomes text as a whole.
    let head = Array("# configuration file /a.conf:\n".utf8)
    let next = Array("\n# configuration file /b.conf:\nx;\n\n".utf8)
    let dump = NginxDump(String(decoding: head + bytes + next, as: UTF8.self))
    #expect(dump.paths == ["/a.conf", "/b.conf"])
    #expect(dump.shows(bytes, at: "/a.conf"))
    #expect(!dump.shows(bytes + bytes, at: "/a.conf"))
  }

  @Test func `the patterns of files that are included inside http`() {
    let whole = NginxDump(
      dump([
        (
          "/srv/edge/nginx.conf",
          "include modules/*.conf; http { include /srv/sites/*; include more.conf; include mime.types; }"
        ),
        ("/srv/edge/more.conf", "include conf.d/*.conf; include more.conf; include /srv/sites/*;"),
        ("/srv/sites/a", "server { include inside/*; }"),
      ]))
    #expect(whole.includePatterns == ["/srv/sites/*", "/srv/edge/conf.d/*.conf"])
    #expect(NginxDump("").includePatterns == [])
  }

  @Test(arguments: ["", "\n", "nginx: [emerg] no\n", "# configuration file /a.conf"])
  func `what is no dump has no files`(text: String) {
    #expect(NginxDump(text).paths == [])
    #expect(!NginxDump(text).shows([], at: "/a.conf"))
  }
}
