import DeployDSL
import DeployRunner
import Foundation
import Testing

@testable import bgrun

@Suite("What init detects in a Compose project") struct ProjectScanTests {
  /// A project's folder, and what Compose would say of it.
  final class Bench {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "layout \(UUID().uuidString)").resolvingSymlinksInPath()

    init(_ files: [String: String]) throws {
      for (name, text) in files {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// What Compose says has paths without links, however the folder was named.
    func layout(_ services: String, in link: String? = nil) throws -> ProjectScan {
      let json = #"{"name": "shop", "services": {\#(services)}}"#
        .replacing("$PWD", with: folder.path)
      return ProjectScan(of: try .parse(json), in: link ?? folder.path)
    }

    func plan(_ services: String) throws -> String {
      let text = PlanTemplate(layout: try layout(services)).text
      return try #require(text.split(separator: " {\n").first.map(String.init))
        .split(separator: "\n\n").dropFirst().joined(separator: "\n\n")
    }
  }

  static let proxy =
    #""nginx-proxy": {"volumes": [{"type": "bind", "source": "$PWD/nginx", "target": "/etc/nginx"}]}"#
  static let usual = [
    "nginx/service.conf": "", "nginx/service_blue.conf": "b", "nginx/service_green.conf": "g",
  ]

  @Test func `a project as plans take it for granted needs no words`() throws {
    let bench = try Bench(Self.usual)
    let services =
      #""web-blue": {"expose": ["80"]}, "web-green": {}, "blueprints": {}, \#(Self.proxy)"#
    #expect(try bench.layout(services) == ProjectScan(named: "web"))
    #expect(
      try bench.plan(services) == """
        // The services web-blue and web-green are behind the service nginx-proxy.
        Deploy("web", health: "/")
        """)
  }

  @Test func `a link to the project's folder makes no difference`() throws {
    let bench = try Bench(Self.usual)
    let link = bench.folder.path + " link"
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: bench.folder.path)
    defer { unlink(link) }
    let services = #""web-blue": {"expose": ["80"]}, "web-green": {}, \#(Self.proxy)"#
    #expect(try bench.layout(services, in: link) == ProjectScan(named: "web"))
  }

  @Test func `everything that is otherwise is said`() throws {
    let bench = try Bench([
      "conf.d/default.conf": "upstream { server blue:80; }", "conf.d/other.conf": "",
      "colours/blue.conf": "upstream { server blue:80; }",
      "colours/green.conf": "upstream { server green:80; }",
    ])
    let services = """
      "blue": {"build": {}, "expose": ["80"]}, "green": {"build": {}, "expose": ["80"]},
      "worker_blue": {}, "worker_green": {}, "mail-blue": {}, "mail-green": {},
      "cache": {"image": "redis:7"},
      "edge": {"image": "registry.example.com/nginxinc/nginx-unprivileged:1.28", "volumes": [
        {"type": "volume", "source": "logs", "target": "/var/log/nginx"},
        {"type": "bind", "source": "$PWD/conf.d", "target": "/etc/nginx/conf.d"}]}
      """
    #expect(
      try bench.plan(services) == """
        // The services blue and green are behind the service edge.
        Deploy(
          "shop",
          blue: "blue", green: "green",
          workers: ["mail", Worker("worker", blue: "worker_blue", green: "worker_green")],
          proxy: "edge",
          site: Site("conf.d/default.conf", blue: "colours/blue.conf", green: "colours/green.conf"),
          health: "/"
        )
        """)
    #expect(
      try bench.layout(services).notes == [
        "mail-blue and mail-green have neither a port nor a site: the plan treats them as workers "
          + "that switch with blue and green",
        "worker_blue and worker_green have neither a port nor a site: the plan treats them as "
          + "workers that switch with blue and green",
      ])
    #expect(PlanTemplate(layout: try bench.layout(services)).text.contains("\n  Build(.target)\n"))
  }

  @Test func `of two applications it selects the one that the sources name, and reports the other`()
    throws
  {
    let bench = try Bench([
      "nginx/web.conf": "", "nginx/web_blue.conf": "proxy_pass http://web-blue:80;",
      "nginx/web_green.conf": "proxy_pass http://web-green:80;",
    ])
    let layout = try bench.layout(
      """
      "api-blue": {"expose": ["80"]}, "api-green": {"expose": ["80"]},
      "web-blue": {"expose": ["80"]}, "web-green": {"expose": ["80"]}, \(Self.proxy)
      """)
    #expect(layout.name == "web" && layout.site == Site("nginx/web.conf"))
    #expect(
      layout.notes == [
        "api-blue and api-green have their own port or site: if they are another "
          + "application, write a plan for it as well"
      ])
  }

  @Test func `an application with its own site is not a worker of another one`() throws {
    let bench = try Bench([
      "nginx/api.conf": "server api-blue:3000;", "sites/api_blue.conf": "server api-blue:3000;",
      "sites/api_green.conf": "server api-green:3000;", "nginx/web.conf": "server web-blue:80;",
      "sites/web_blue.conf": "server web-blue:80;", "sites/web_green.conf": "server web-green:80;",
    ])
    let layout = try bench.layout(
      #""api-blue": {}, "api-green": {}, "web-blue": {}, "web-green": {}, \#(Self.proxy)"#)
    #expect(layout.name == "api" && layout.workers == [])
    #expect(
      layout.notes.contains { $0.hasPrefix("web-blue and web-green have their own port or site") })
    // The Compose file says none.
    #expect(layout.port == 3000)
    #expect(PlanTemplate(layout: layout).text.contains("  port: 3000,\n"))
  }

  @Test func `sources that nginx may include directly are reported`() throws {
    let bench = try Bench([
      "conf.d/app.conf": "", "conf.d/app_blue.conf": "server app-blue:80;",
      "conf.d/app_green.conf": "server app-green:80;",
    ])
    let layout = try bench.layout(
      """
      "app-blue": {"expose": ["80"]}, "app-green": {"expose": ["80"]}, "nginx-proxy": {"volumes": [
        {"type": "bind", "source": "$PWD/conf.d", "target": "/etc/nginx/conf.d"}]}
      """)
    #expect(layout.site == Site("conf.d/app.conf"))
    #expect(
      layout.notes == [
        "nginx may load conf.d/app_blue.conf and conf.d/app_green.conf directly, because they are "
          + "in a folder that it includes: move them to another one"
      ])
  }

  @Test func `a site file that is mounted alone is found`() throws {
    let bench = try Bench(Self.usual)
    let layout = try bench.layout(
      """
      "web-blue": {"expose": ["80"]}, "web-green": {}, "nginx-proxy": {"volumes": [{"type": "bind",
        "source": "$PWD/nginx/service.conf", "target": "/etc/nginx/conf.d/default.conf"}]}
      """)
    #expect(layout == ProjectScan(named: "web"))
  }

  @Test func `one site file without sources is enough, whatever its name`() throws {
    let bench = try Bench([
      "nginx/nginx.conf": "include conf.d/*;",
      "nginx/conf.d/service-url.inc": "set $service_url http://web-green:3000;",
    ])
    let layout = try bench.layout(#""web-blue": {}, "web-green": {}, \#(Self.proxy)"#)
    #expect(layout.site == Site("nginx/conf.d/service-url.inc") && layout.notes == [])
    let text = PlanTemplate(layout: layout).text
    #expect(text.contains(#"site: Site("nginx/conf.d/service-url.inc"),"#), "\(text)")
  }

  @Test func `what cannot be detected is reported`() throws {
    let layout = try Bench(["readme.txt": ""]).layout(#""cache": {"image": "redis:7"}"#)
    #expect(layout.name == "shop")
    #expect(
      layout.notes == [
        "no service of the Compose file looks like nginx; the plan uses nginx-proxy: set it with "
          + "Deploy(…, proxy:)",
        "no two services of the Compose file differ only in blue and green; the plan uses "
          + "shop-blue and shop-green: set them with Deploy(…, blue:, green:)",
        "the mounts of nginx-proxy contain no site file that names shop-blue or shop-green; "
          + "the plan uses nginx/service.conf: set it with Deploy(…, site:)",
      ])
  }
}
