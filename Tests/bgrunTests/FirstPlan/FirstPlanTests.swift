import DeployDSL
import DeployRunner
import Foundation
import Testing

@testable import bgrun

@Suite("What init finds in a project, and writes") struct FirstPlanTests {
  static let proxy = """
    "nginx-proxy": {"image": "nginx:1.28", "volumes": [
      {"type": "bind", "source": "$PWD/nginx", "target": "/etc/nginx"}]}
    """
  /// nginx's image, with the folder of sites mounted.
  static let edge = """
    "nginx": {"image": "nginx:1.28", "ports": [{"target": 80, "published": "8080"}], "volumes": [
      {"type": "bind", "source": "$PWD/conf.d", "target": "/etc/nginx/conf.d"}]}
    """
  static let colors = #""web-blue": {"expose": ["80"]}, "web-green": {"expose": ["80"]}"#

  static func site(_ host: String, port: Int = 80) -> String {
    "server { listen 80; location / { proxy_pass http://\(host):\(port); } }"
  }

  // MARK: Two colours

  @Test func `a project as plans take it for granted needs no words`() async throws {
    let bench = try Bench([
      "compose.yaml": "", "nginx/nginx.conf": "http { include service.conf; }",
      "nginx/service.conf": Self.site("web-blue"), "nginx/service_blue.conf": Self.site("web-blue"),
      "nginx/service_green.conf": Self.site("web-green"),
    ])
    #expect(
      try await bench.heads("\(Self.colors), \(Self.proxy)") == [#"Deploy("web", health: "/")"#])
  }

  @Test(arguments: [
    ("app-blue", "app-green", "app"), ("blue-web", "green-web", "web"),
    ("app_blue", "app_green", "app"), ("web", "web-green", "web"), ("green", "blue", "shop"),
    ("spring1", "spring2", "spring"), ("app_a", "app_b", "app"), ("API-BLUE", "API-GREEN", "API"),
  ])
  func `colours by any naming`(blue: String, green: String, name: String) async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site(blue)])
    let services = #""\#(blue)": {"expose": ["80"]}, "\#(green)": {"expose": ["80"]}"#
    let plan = try await bench.plan("\(services), \(Self.edge)")
    let pair = try #require(plan.applications.first).pair
    #expect(Set(pair.services) == [blue, green] && plan.applications.first?.name == name)
    #expect(plan.overlay?.text.contains("extends") == false)
  }

  @Test(arguments: [
    // Replicas: both get requests.
    ("web1", "web2", "upstream u { server web1:80; server web2:80; }"),
    // Different programs.
    ("app_a", "cache_b", "server { location / { proxy_pass http://app_a:80; } }"),
  ])
  func `services that are no colours`(one: String, other: String, site: String) async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": site])
    bench.options.applications = [one]
    let services = #""\#(one)": {"expose": ["80"]}, "\#(other)": {"expose": ["80"]}"#
    let plan = try await bench.plan("\(services), \(Self.edge)")
    #expect(plan.applications.map(\.pair.green) == ["\(one)-green"] && plan.overlay != nil)
  }

  @Test func `everything that is otherwise is said`() async throws {
    let bench = try Bench([
      "docker-compose.prod.yml": "", "docker-compose.dev.yml": "",
      "conf.d/default.conf": "include /etc/nginx/conf.d/inc/service-url.inc;",
      "conf.d/inc/service-url.inc": """
      server { listen 80; server_name shop.example.com; set $u http://blue:3000;
        location / { proxy_pass $u; } location /ws { proxy_read_timeout 1h; proxy_pass $u; } }
      """,
    ])
    let services = """
      "blue": {"build": {}}, "green": {"build": {}}, "worker_blue": {}, "worker_green": {},
      "mail-blue": {}, "mail-green": {}, "cache": {"image": "redis:7"}, \(Self.edge)
      """
    let plan = try await bench.plan(services)
    #expect(
      plan.plans.map(\.text) == [
        """
        import DeployDSL

        Deploy(
          "shop",
          blue: "blue", green: "green",
          workers: ["mail", Worker("worker", blue: "worker_blue", green: "worker_green")],
          compose: "docker-compose.prod.yml",
          proxy: "nginx",
          site: Site("conf.d/inc/service-url.inc", url: "http://shop.example.com:8080"),
          port: 3000,
          health: "/"
        ) {
          DetectActive()
          Build(.target)
          Up(.target)
          Health(retries: 15, every: 2)
          SwapNginx()
          Reload()
          Drain(upTo: 60, atDeadline: .cut)
          Stop(.previous)
          Prune()
        }

        """
      ])
    #expect(
      plan.found == [
        "Compose project shop: docker-compose.prod.yml",
        "nginx: service nginx (not running: its mounted files were read)",
        "shop: blue and green, site file conf.d/inc/service-url.inc, http://shop.example.com:8080",
        "workers, which get no requests: mail-blue and mail-green, worker_blue and worker_green",
        "health: the application does not run, so / is a guess: set it with --health",
        "long connections: proxy_read_timeout 1h",
      ])
  }

  @Test func `sources of any name are found by their content`() async throws {
    let bench = try Bench([
      "compose.yaml": "", "conf.d/default.conf": Self.site("web-blue"),
      "colours/blue.conf": Self.site("web-blue"), "colours/green.conf": Self.site("web-green"),
    ])
    let head = try await bench.heads("\(Self.colors), \(Self.edge)")
    #expect(
      head.first?.contains(
        #"Site("conf.d/default.conf", blue: "colours/blue.conf", green: "colours/green.conf")"#)
        == true)
  }

  /// `color.inc` sets what another file, or the same one, makes a host of.
  @Test(arguments: [
    ["set $color blue;", "include inc/color.inc; location / { proxy_pass http://web-$color:80; }"],
    ["", "set $color blue; location / { proxy_pass http://web-$color:80; }"],
    ["set $color blue;", "include inc/color.inc; location / { proxy_pass http://$backend; }"],
  ])
  func `a file with a part of the colour's name is found`(texts: [String]) async throws {
    let bench = try Bench([
      "compose.yaml": "", "nginx/nginx.conf": "http { include conf.d/*.conf; }",
      "nginx/inc/color.inc": texts[0], "nginx/conf.d/gzip.conf": "gzip on;",
      "nginx/conf.d/map.conf": "map $color $backend { blue web-blue:80; green web-green:80; }",
      "nginx/conf.d/site.conf": "server { listen 80; \(texts[1]) }",
    ])
    let head = try await bench.heads("\(Self.colors), \(Self.proxy)")
    let file = texts[0].isEmpty ? "nginx/conf.d/site.conf" : "nginx/inc/color.inc"
    #expect(head.first?.contains("site: Site(\"\(file)\")") == true, "\(head)")
  }

  @Test func `one Compose file for each colour, beside one for nginx`() async throws {
    let bench = try Bench([
      "docker-compose.green.yml": "", "docker-compose.blue.yml": "",
      "docker-compose.nginx.yml": "", "conf.d/site.conf": Self.site("web-blue"),
    ])
    let head = try await bench.heads("\(Self.colors), \(Self.edge)")
    let files = ["nginx", "blue", "green"].map { "\"docker-compose.\($0).yml\"" }
    #expect(head.first?.contains("compose: [\(files.joined(separator: ", "))]") == true, "\(head)")
  }

  @Test func `two applications in one file are two plans, which rewrite it`() async throws {
    let both = { (color: String) in
      "set $backend http://backend-\(color):3000; set $frontend http://frontend-\(color):3000;"
    }
    let bench = try Bench([
      "compose.yaml": "", "active.conf": both("blue"), "active_blue.conf": both("blue"),
      "active_green.conf": both("green"),
      "conf.d/app.conf": """
      server { listen 80; server_name bot.example.com; include /etc/nginx/active.conf;
        location /api/ { proxy_pass $backend; } location / { proxy_pass $frontend; } }
      """,
    ])
    bench.host.answers = ["/api/health": HTTPAnswer(status: 200, body: "{}")]
    let names = ["backend-blue", "backend-green", "frontend-blue", "frontend-green"]
    let services = names.map { #""\#($0)": {"expose": ["3000"]}"# }.joined(separator: ", ")
    let mounts = Self.edge.replacing(
      "]}",
      with:
        #", {"type": "bind", "source": "$PWD/active.conf", "target": "/etc/nginx/active.conf"}]}"#)
    let heads = try await bench.heads("\(services), \(mounts)")
    #expect(
      heads == [
        """
        Deploy(
          "backend",
          proxy: "nginx",
          site: .rewritten("active.conf", url: "http://bot.example.com:8080"),
          health: "/api/"
        )
        """,
        """
        Deploy(
          "frontend",
          proxy: "nginx",
          site: .rewritten("active.conf", url: "http://bot.example.com:8080"),
          health: "/"
        )
        """,
      ])
  }

  // MARK: What the options name

  static let crm = """
    "crm-a": {"image": "crm:1", "expose": ["80"]}, "crm-b": {"image": "crm:2", "expose": ["80"]},
    "jobs": {"image": "crm:1"}, "mail-blue": {}, "mail-green": {}, \(edge)
    """

  static let refused: [([String?], String, String)] = [
    ([nil, nil, "jbos"], "unknown service 'jbos'", "did you mean 'jobs'?"),
    (["nope", nil, nil], "unknown service 'nope'", "known: crm-a, crm-b, jobs"),
    (["crm-a", "nope", nil], "unknown service 'nope'", "known: crm-a, crm-b, jobs"),
    ([nil, "crm-c", nil], "unknown service 'crm-c'", "did you mean 'crm-a'?"),
    (["crm-a", "crm-a", nil], "--blue and --green name the same service", "name two"),
    ([nil, "jobs", nil], "no service looks like its blue one", "--blue SERVICE --green jobs"),
    (
      [nil, nil, "jobs"], "jobs has no second colour",
      "`jobs-green: { extends: { service: jobs } }`"
    ),
    ([nil, nil, "crm-b"], "belongs to the application crm", "leave out --workers crm-b"),
    ([nil, nil, "nginx"], "nginx is the proxy", "leave out --workers nginx"),
    // It gets no requests.
    (["jobs", nil, nil], "no file of nginx sends requests to jobs's services", "--blue jobs"),
  ]

  @Test(arguments: refused)
  func `what an option names wrongly is refused although two colours exist`(
    named: [String?], message: String, fix: String
  ) async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("crm-a")])
    bench.options.blue = named[0]
    bench.options.green = named[1]
    bench.options.workers = named[2].map { [$0] } ?? []
    let error = await #expect(throws: ToolError.self) { try await bench.plan(Self.crm) }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    #expect(error?.fix?.contains(fix) == true, "\(String(describing: error))")
  }

  @Test(arguments: ["mail", "mail-blue"])
  func `colours and workers that options name are used`(worker: String) async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("crm-a")])
    bench.options.green = "crm-a"
    bench.options.workers = [worker]
    let plan = try await bench.plan(Self.crm)
    let application = try #require(plan.applications.first)
    #expect(application.pair == ColorPair(stem: "crm", blue: "crm-b", green: "crm-a"))
    #expect(application.workers.map(\.stem) == ["mail"])
  }

  @Test func `a service that gets requests is no worker`() async throws {
    let site =
      "server { location / { proxy_pass http://web; } location /a { proxy_pass http://api; } }"
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": site])
    bench.options.applications = ["web"]
    let services = #""web": {"expose": ["80"]}, "api": {"expose": ["80"]}, \#(Self.edge)"#
    for (worker, message) in [("api", "gets requests from nginx"), ("web", "its own worker")] {
      bench.options.workers = [worker]
      let error = await #expect(throws: ToolError.self) { try await bench.plan(services) }
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
  }

  // MARK: Everyday commands

  @Test func `everyday commands are kept away from two colours by an overlay`() async throws {
    let bench = try Bench(["compose.yml": "", "conf.d/site.conf": Self.site("web-green")])
    let services = #"""
      "web-blue": {"expose": ["80"], "profiles": ["app"]},
      "web-green": {"expose": ["80"], "profiles": ["app"]},
      "cron": {"depends_on": {"web-blue": {"condition": "service_healthy"}}}, \#(Self.edge)
      """#
    // They already start by name only.
    #expect(try await bench.plan(services).overlay == nil)
    try Data("COMPOSE_PROFILES=other,app\n".utf8)
      .write(to: bench.folder.appending(path: ".env"))
    let plan = try await bench.plan(services)
    #expect(
      plan.overlay?.text.hasSuffix(
        """
        services:
          web-blue:
            profiles: !override [bgrun]
          web-green:
            profiles: !override [bgrun]
          cron:
            depends_on:
              web-blue: { condition: service_healthy, required: false }

        """) == true, "\(plan.overlay?.text ?? "")")
    #expect(plan.environmentLine == "COMPOSE_FILE=compose.yml:compose.bgrun.yml")
    #expect(plan.applications.map(\.compose) == [[]])
    #expect(plan.start == "docker compose up -d web-green nginx")
    #expect(plan.restart == plan.start)
  }

  @Test func `a colour that its profile keeps from starting is not said to start`() async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web")])
    let services =
      #""web": {"expose": ["80"]}, "web-green": {"expose": ["80"], "profiles": ["green"]}, \#(Self.edge)"#
    let plan = try await bench.plan(services)
    let start = "starts web, whichever colour is active"
    #expect(
      plan.found.last == "`docker compose up -d` \(start): compose.bgrun.yaml keeps it from that")
    #expect(plan.overlay?.text.contains("would start web, whichever colour is active, and") == true)
    #expect(plan.overlay?.text.contains("both colours") == false)
    bench.answers = ["n"]
    let hints = try await bench.plan(services).hints
    #expect(
      hints.first?.hasPrefix("`docker compose up -d` \(start), and recreates the live one") == true,
      "\(hints)")
  }

  @Test(arguments: [
    ("compose.yaml", "COMPOSE_FILE=compose.yaml", "docker compose up -d"),
    ("docker-compose.prod.yml", "", "docker compose --file docker-compose.prod.yml up -d"),
  ])
  func `where no overlay can be written, the lines to add are said`(
    file: String, environment: String, command: String
  ) async throws {
    let bench = try Bench([
      file: "", ".env": environment, "conf.d/site.conf": Self.site("web-blue"),
    ])
    let needing = Self.edge.replacing(
      #""ports""#, with: #""depends_on": {"web-blue": {"condition": "service_started"}}, "ports""#)
    let plan = try await bench.plan("\(Self.colors), \(needing)")
    #expect(plan.overlay == nil && plan.environmentLine == nil)
    #expect(
      plan.hints == [
        "`\(command)` starts both colours, and recreates the live one when its image has changed; to "
          + "keep it from that, add to web-blue and web-green: `profiles: [bgrun]`; to depends_on of "
          + "nginx: `web-blue: { condition: service_started, required: false }`"
      ])
    #expect(plan.start == command + " web-blue nginx")
  }

  @Test func `on a terminal, the overlay for two colours is a question`() async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web-blue")])
    bench.answers = ["n"]
    let plan = try await bench.plan("\(Self.colors), \(Self.edge)")
    #expect(plan.overlay == nil && plan.hints.count == 1)
  }

  @Test func `an overlay that COMPOSE_FILE does not name yet is said`() async throws {
    let bench = try Bench([
      "a.yml": "", ".env": "COMPOSE_FILE=a.yml", "conf.d/site.conf": Self.site("web"),
    ])
    let services = #""web": {"expose": ["80"]}, \#(Self.edge)"#
    let plan = try await bench.plan(services)
    #expect(plan.environmentLine == nil)
    #expect(plan.hints.contains { $0.hasSuffix("in .env: COMPOSE_FILE=a.yml:compose.bgrun.yml") })
    #expect(
      plan.start == "docker compose --file a.yml --file compose.bgrun.yml up -d web nginx")
  }

  // MARK: nginx outside of the project

  @Test(arguments: [
    // In one of the project's networks a service's name means this service.
    ("shop_default", "web-blue:80", true), ("bridge", "web-blue:80", false),
    ("bridge", "host.docker.internal:8001", true), ("bridge", "172.17.0.1:8001", true),
  ])
  func `nginx in a container outside of Compose is found by where it sends requests`(
    network: String, target: String, isFound: Bool
  ) async throws {
    let bench = try Bench(["compose.yaml": ""])
    let file = "/etc/nginx/conf.d/site.conf"
    bench.host.stranger = (network: network, mount: (bench.folder.path + "/edge", "/etc/nginx"))
    bench.host.outside =
      "# configuration file \(file):\nserver { location / { proxy_pass http://\(target); } }\n"
    let services = """
      "web-blue": {"ports": [{"target": 80, "published": "8001"}]},
      "web-green": {"ports": [{"target": 80, "published": "8002"}]}
      """
    guard isFound else {
      let error = await #expect(throws: ToolError.self) { try await bench.plan(services) }
      #expect(
        error?.message.hasSuffix(
          "the nginx in container edge sends requests to none of its services, but to \(target)")
          == true, "\(String(describing: error))")
      return
    }
    let plan = try await bench.plan(services)
    #expect(plan.found.contains("nginx: container edge outside of Compose"))
    #expect(plan.applications.map(\.proxy) == [.container("edge")])
    #expect(plan.applications.map(\.site.file) == ["edge/conf.d/site.conf"])
  }

  @Test func `colours that are Compose projects of their own`() async throws {
    let bench = try Bench(["docker-compose.yml": ""])
    bench.host.stranger = (network: "edge", mount: (bench.folder.path + "/edge", "/etc/nginx"))
    bench.host.outside = """
      # configuration file /etc/nginx/conf.d/site.conf:
      server { location / { proxy_pass http://shop-green-api-1:3000; } }

      """
    bench.host.projects = ["shop-green": (service: "api", folder: bench.folder.path, port: 8082)]
    bench.host.raw = #"""
      {"name": "shop", "services": {"api": {"image": "api:${TAG:-1}", "ports": ["127.0.0.1:${PORT:-1}:3000"]}}}
      """#
    let plan = try await bench.plan(
      #"""
      "api": {"image": "api:1", "ports": [{"target": 3000, "published": "1"}], "networks": {"default": null},
        "depends_on": {"db": {"condition": "service_started"}}}, "db": {}
      """#)
    #expect(
      plan.plans[0].text.contains(
        """
        Deploy(
          "api",
          blue: .project("shop-blue", service: "api", environment: ["PORT": 8083]),
          green: .project("shop-green", service: "api", environment: ["PORT": 8082]),
          proxy: .container("edge"),
          site: Site("edge/conf.d/site.conf"),
        """), "\(plan.plans[0].text)")
    #expect(plan.start == nil && plan.overlay == nil)
    #expect(
      plan.hints.contains {
        $0.hasSuffix(
          "start them once, `PORT=8083 docker compose --project-name shop-blue up -d db` and `PORT=8082 "
            + "docker compose --project-name shop-green up -d db`")
      }, "\(plan.hints)")
  }

  // MARK: Several files

  @Test func `two files that name one service need an upstream in common`() async throws {
    var files = ["compose.yaml": "", "conf.d/a.conf": Self.site("web-blue")]
    files["conf.d/b.conf"] = "server { listen 81; location / { proxy_pass http://web-blue:80; } }"
    let error = await #expect(throws: ToolError.self) {
      try await Bench(files).plan("\(Self.colors), \(Self.edge)")
    }
    #expect(error?.message.hasPrefix("conf.d/a.conf and conf.d/b.conf both send") == true)
    files["conf.d/a.conf"] = "upstream web { server web-blue:80; }"
    files["conf.d/b.conf"] = "server { listen 81; location / { proxy_pass http://web; } }"
    let heads = try await Bench(files).heads("\(Self.colors), \(Self.edge)")
    #expect(heads.first?.contains(#"Site("conf.d/a.conf")"#) == true, "\(heads)")
  }

  // MARK: No site yet

  @Test func `a site that is missing is written by bgrun, if the user names its file`() async throws
  {
    let bench = try Bench(["compose.yaml": "", "conf.d/other.conf": "server { listen 81; }"])
    let services =
      #""web": {"expose": ["80"]}, "db": {"image": "postgres:17", "expose": ["1"]}, \#(Self.edge)"#
    let error = await #expect(throws: ToolError.self) { try await bench.plan(services) }
    #expect(error?.message == "no file of nginx sends requests to web's services")
    #expect(
      error?.fix?.hasPrefix(
        "let bgrun write one: `bgrun init '\(bench.folder.path)' --site conf.d/web.conf`") == true,
      "\(String(describing: error))")
    bench.options.site = "conf.d/web.conf"
    let plan = try await bench.plan(services)
    #expect(plan.plans[0].text.contains("site: .generated(\"conf.d/web.conf\"),"))
    for wrong in ["conf.d/other.conf", "elsewhere/web.conf", "conf.d/web.inc"] {
      bench.options.site = wrong
      let error = await #expect(throws: ToolError.self) { try await bench.plan(services) }
      #expect(error?.message.contains("not a new file that nginx would include") == true)
    }
  }

  @Test func `of nginx on the host, the folders that its own configuration includes count`()
    async throws
  {
    let bench = try Bench([
      "project/compose.yaml": "", "edge/conf.d/other.conf": "", "edge/sites-enabled/other": "",
    ])
    let edge = bench.folder.path + "/edge"
    let dump = """
      # configuration file \(edge)/nginx.conf:
      include modules-enabled/*.conf;
      http { include "\(edge)/sites-enabled/*"; include conf.d/*.conf; include gone/*.conf; }

      """
    let reading = ProxyReading(
      place: .host, proxy: RunningProxy(NginxMaster(pid: 1)), isRunning: true,
      configuration: NginxDump(dump))
    let project = try ComposeProject.parse(
      #"{"name": "shop", "services": {"api": {"expose": ["80"]}, "api-green": {}}}"#)
    let search = SiteSearch(
      proxy: reading, project: project, folder: bench.folder.path + "/project",
      command: ["bgrun", "init", "--proxy", "host"])
    let application = Deploy("api", blue: "api", green: "api-green", proxy: .host) {}.application
    func site(_ named: String?) async throws -> Site {
      try await search.site(of: application, named: named, by: Interview(ask: nil)).0
    }
    for file in ["\(edge)/sites-enabled/api.conf", "\(edge)/conf.d/api.conf"] {
      #expect(try await site(file).file == file)
    }
    for wrong in ["/etc/nginx/conf.d/api.conf", "\(edge)/conf.d/api", "\(edge)/gone/api.conf"] {
      let error = await #expect(throws: ToolError.self) { _ = try await site(wrong) }
      #expect(
        error?.fix
          == "name one: `bgrun init --proxy host --site '\(edge)/sites-enabled/api.conf'`",
        "\(String(describing: error))")
    }
  }

  // MARK: Other protocols

  @Test(arguments: ["fastcgi_pass web-blue:9000", "uwsgi_pass web-blue:9000"])
  func `an application that does not speak HTTP is not asked for a page`(
    pass: String
  ) async throws {
    let bench = try Bench([
      "compose.yaml": "",
      "conf.d/site.conf": "server { listen 80; location ~ \\.php$ { \(pass); } }",
    ])
    let plan = try await bench.plan("\(Self.colors), \(Self.edge)")
    let word = pass.split(separator: " ")[0]
    #expect(
      plan.found.contains { $0.hasPrefix("health: \(word): healthy as soon as it accepts") },
      "\(plan.found)")
  }

  // MARK: Running containers

  static let dump = """
    # configuration file /etc/nginx/nginx.conf:
    http { include /etc/nginx/conf.d/*.conf; }
    # configuration file /etc/nginx/conf.d/site.conf:
    SITE

    """

  @Test(arguments: [
    (["/healthz": "ok"], "/healthz"), (["/": "hello"], "/"),
    // The same page for every path.
    (["/": "<html>", "/health": "<html>", "/up": "{}", "MISSING": "<html>"], "/up"),
  ])
  func `the health check is what the application answers`(answers: [String: String], path: String)
    async throws
  {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web-green")])
    for (path, body) in answers {
      let asked = path == "MISSING" ? "/bgrun-looks-for-what-is-not-there" : path
      bench.host.answers[asked] = HTTPAnswer(status: 200, body: body)
    }
    let running = [
      "nginx": Self.dump.replacing("SITE", with: Self.site("web-green")), "web-green": "",
    ]
    let heads = try await bench.heads("\(Self.colors), \(Self.edge)", running: running)
    #expect(heads.first?.contains(#"health: "\#(path)""#) == true, "\(heads)")
  }

  @Test(arguments: [
    ("proxy_pass http://web-green:80/;", ["/healthz", "/"], "/healthz"),
    ("proxy_pass http://web-green:80/;", ["/", "/wiki/"], "/"),
    ("proxy_pass http://web-green:80/;", [], "/"),
    ("rewrite ^/wiki(/.*) $1 break; proxy_pass http://web-green:80;", ["/up"], "/up"),
    // The application sees the paths of clients.
    ("proxy_pass http://web-green:80;", ["/healthz", "/wiki/"], "/wiki/"),
  ])
  func `where nginx replaces a prefix, the container is asked without it`(
    pass: String, good: [String], path: String
  ) async throws {
    let site = "server { listen 80; location /wiki/ { \(pass) } }"
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": site])
    for path in good { bench.host.answers[path] = HTTPAnswer(status: 200, body: path) }
    let running = ["nginx": Self.dump.replacing("SITE", with: site), "web-green": ""]
    let plan = try await bench.plan("\(Self.colors), \(Self.edge)", running: running)
    #expect(plan.applications.map(\.health) == [path], "\(plan.found)")
  }

  @Test func `a HEALTHCHECK says the path, and how long it may take`() async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web-blue")])
    bench.host.healthCheck = #"""
      {"Test": ["CMD-SHELL", "curl -fsS http://localhost:3000/actuator/health || exit 1"],
       "Interval": 20000000000, "Retries": 5}
      """#
    let running = [
      "nginx": Self.dump.replacing("SITE", with: Self.site("web-blue")), "web-blue": "",
    ]
    let plan = try await bench.plan("\(Self.colors), \(Self.edge)", running: running)
    #expect(plan.applications.first?.health == "/actuator/health")
    #expect(plan.applications.first?.retries == 50)
  }

  @Test(arguments: [
    ("acme/web:${TAG:-1}", "TAG", "tag"), ("acme/web:$APP_VERSION", "APP_VERSION", "version"),
    ("${IMG:-acme/web}:${TAG:?set it}", "TAG", "tag"), ("${WEB:-acme/web:1}", "WEB", "web"),
    ("acme/web:1", nil, nil), ("acme/web", nil, nil),
  ])
  func `a variable of the image's tag becomes a parameter, and is recorded`(
    image: String, variable: String?, parameter: String?
  ) async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web-blue")])
    let services = ["web-blue", "web-green"].map {
      #""\#($0)": {"expose": ["80"], "image": "\#(image)"}"#
    }
    let text = try await bench.plan("\(services.joined(separator: ", ")), \(Self.edge)").plans[0]
      .text
    guard let variable, let parameter else {
      #expect(!text.contains("Parameter") && !text.contains("Record"))
      return
    }
    #expect(text.contains("let \(parameter) = Parameter(required: \"\(parameter)\")"), "\(text)")
    #expect(text.contains("environment: [\"\(variable)\": \(parameter)]"), "\(text)")
    #expect(text.contains("  Record(\"\(variable)\")\n"), "\(text)")
  }

  @Test func `an image that no registry has is not pulled`() async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web-blue")])
    let services =
      #""web-blue": {"image": "web:1", "expose": ["80"]}, "web-green": {"image": "web:2"}"#
    #expect(try await bench.plan("\(services), \(Self.edge)").plans[0].text.contains("Pull"))
    bench.host.isPulled = false
    #expect(try await !bench.plan("\(services), \(Self.edge)").plans[0].text.contains("Pull"))
  }

  // MARK: One service

  @Test func `one service gets a second colour, in an overlay`() async throws {
    let bench = try Bench([
      "docker-compose.yml": "", "docker-compose.override.yml": "",
      "conf.d/site.conf": Self.site("web", port: 3000),
    ])
    bench.options.volumes = .own
    bench.options.workers = ["worker"]
    bench.host.definitions = [
      "docker-compose.yml": #"{"name": "shop", "services": {"web": {}, "worker": {}}}"#,
      "docker-compose.override.yml": #"{"name": "shop", "services": {"web": {}}}"#,
    ]
    let services = """
      "web": {"image": "web:1", "container_name": "shop", "profiles": ["all"],
        "ports": [{"target": 3000, "published": "1", "host_ip": "0.0.0.0"}],
        "networks": {"default": {"aliases": ["app"]}, "back": null},
        "depends_on": {"db": {"condition": "service_healthy"}},
        "volumes": [{"type": "volume", "source": "data", "target": "/data"},
          {"type": "bind", "source": "/srv/files", "target": "/files"},
          {"type": "bind", "source": "/srv/keys", "target": "/keys", "read_only": true}]},
      "worker": {"image": "web:1"}, "mailer": {"image": "web:1"}, "db": {"image": "postgres:17"},
      \(Self.edge.replacing(
        #""ports""#, with: #""depends_on": {"web": {"condition": "service_healthy"}}, "ports""#))
      """
    let plan = try await bench.plan(services)
    #expect(plan.overlay?.path == "docker-compose.bgrun.yml")
    #expect(
      plan.overlay?.text == """
        # Written by `bgrun init`: the second colour of web and of worker.
        # `bgrun Plans/web.swift` starts the colours by name; `docker compose up -d` leaves both alone.
        # Where neither runs, on a new machine for example: `docker compose up -d web worker nginx`.
        services:
          web-green:
            extends: { file: docker-compose.yml, service: web }
          worker-green:
            extends: { file: docker-compose.yml, service: worker }
        ---
        services:
          web-green:
            extends: { file: docker-compose.override.yml, service: web }
        ---
        services:
          web:
            profiles: !override [bgrun]
          web-green:
            profiles: !override [bgrun]
            container_name: shop-green
            ports: !override ["127.0.0.1:2:3000"]
            networks: !override [back, default]
            volumes:
              - "data-green:/data"
              - "/srv/files-green:/files"
          worker:
            profiles: [bgrun]
          worker-green:
            profiles: [bgrun]
          nginx:
            depends_on:
              web: { condition: service_healthy, required: false }
        volumes:
          data-green: {}

        """)
    #expect(
      PlanTemplate(application: plan.applications[0]).text.hasPrefix(
        """
        import DeployDSL

        Deploy(
          "web",
          blue: "web", green: "web-green",
          workers: [Worker("worker", blue: "worker", green: "worker-green")],
          compose: ["docker-compose.yml", "docker-compose.override.yml", "docker-compose.bgrun.yml"],
          proxy: "nginx",
          site: Site("conf.d/site.conf"),
          health: "/"
        ) {
        """))
    #expect(
      plan.environmentLine
        == "COMPOSE_FILE=docker-compose.yml:docker-compose.override.yml:docker-compose.bgrun.yml")
    #expect(
      plan.hints == [
        "mailer runs the image of web as well, and is not switched: update it with `docker compose up "
          + "-d mailer`; to give it a second colour, too: `rm docker-compose.bgrun.yml "
          + "Plans/web.swift && sed -i '/^COMPOSE_FILE=/d' .env && bgrun init --volumes own --workers "
          + "worker --workers mailer`",
        "both colours use the same db; a deploy neither starts nor recreates it, so a migration must "
          + "fit both versions",
      ])
  }

  @Test func `workers start with the active colour; copies depend on copies`() async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web")])
    bench.options.workers = ["worker", "worker"]
    let services = """
      "web": {"expose": ["80"]}, "db": {}, "worker": {"depends_on": {
        "web": {"condition": "service_healthy"}, "db": {"condition": "service_started"}}},
      \(Self.edge)
      """
    let plan = try await bench.plan(services)
    #expect(
      plan.overlay?.text.hasSuffix(
        """
          worker:
            profiles: [bgrun]
          worker-green:
            profiles: [bgrun]
            depends_on:
              web: !reset null
              web-green: { condition: service_healthy }

        """) == true, "\(plan.overlay?.text ?? "")")
    #expect(plan.applications.map(\.workers.count) == [1])
    #expect(plan.start == "docker compose up -d web worker nginx")
    #expect(plan.restart == plan.start)
  }

  @Test func `the volume question is asked on a terminal, else an option answers it`() async throws
  {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web")])
    let services = """
      "web": {"expose": ["80"], "volumes": [{"type": "volume", "source": "data", "target": "/data"}]},
      \(Self.edge)
      """
    let error = await #expect(throws: ToolError.self) { try await bench.plan(services) }
    #expect(error?.fix == "name one with --volumes shared" && error?.code == .usage)
    bench.answers = ["perhaps", "2"]
    #expect(try await bench.plan(services).overlay?.text.contains("data-green:/data") == true)
    bench.answers = ["shared"]
    #expect(try await bench.plan(services).overlay?.text.contains("data-green:/data") == false)
  }

  @Test func `of several services one is chosen`() async throws {
    let site =
      "server { location / { proxy_pass http://web:80; } location /api { proxy_pass http://api:80; } }"
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": site])
    let services = #""web": {"expose": ["80"]}, "api": {"expose": ["80"]}, \#(Self.edge)"#
    let error = await #expect(throws: ToolError.self) { try await bench.plan(services) }
    #expect(error?.fix == "name one with --application api; repeat it for several")
    bench.options.applications = ["web"]
    #expect(try await bench.plan(services).applications.map(\.name) == ["web"])
    bench.options.applications = ["web", "api"]
    let both = try await bench.plan(services)
    #expect(both.plans.map(\.path) == ["Plans/api.swift", "Plans/web.swift"])
    let text = both.overlay?.text ?? ""
    #expect(
      text.contains("  web-green:\n    extends") && text.contains("  api-green:\n    extends"))
    bench.options.applications = []
    bench.answers = ["3"]
    #expect(try await bench.plan(services).applications.map(\.name) == ["api", "web"])
  }

  @Test(arguments: [
    ("proxy_read_timeout 300s;", "upTo: 300,"), ("proxy_read_timeout 1h;", "upTo: 60,"),
    ("proxy_read_timeout 300s; proxy_set_header Upgrade $http_upgrade;", "upTo: 60,"),
  ])
  func `requests that may take long are waited for; connections without an end are cut`(
    line: String, text: String
  ) async throws {
    let site = "server { listen 80; location / { \(line) proxy_pass http://web-blue; } }"
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": site])
    let plan = try await bench.plan("\(Self.colors), \(Self.edge)").plans[0].text
    #expect(plan.contains("Drain(\(text) atDeadline: .cut)"), "\(plan)")
  }

  @Test func `what the files beside another Compose file decide is respected`() async throws {
    let bench = try Bench([
      "docker/prod.yml": "env_file: .env\n", "docker/.env": "TAG=1\n",
      "conf.d/site.conf": Self.site("web"),
    ])
    bench.options.composeFiles = ["docker/prod.yml"]
    let plan = try await bench.plan(
      #""web": {"image": "w:${TAG}", "expose": ["80"]}, \#(Self.edge)"#)
    #expect(plan.overlay?.path == "docker/compose.bgrun.yml")
    #expect(plan.plans[0].text.contains("Record(\"TAG\", in: \"docker/.env\")"))
    #expect(
      plan.hints == [
        "everyday commands must read the overlay, too, or they recreate the live colour: `docker "
          + "compose --file docker/prod.yml --file docker/compose.bgrun.yml up -d`"
      ])
  }

  // MARK: No plan can work

  @Test(arguments: [
    ("traefik:v3.2", "Traefik"), ("docker.io/library/caddy:2", "Caddy"),
    ("haproxytech/haproxy-alpine:3.0", "HAProxy"), ("envoyproxy/envoy:v1.31", "Envoy"),
    ("httpd:2.4", "Apache httpd"), ("nginxproxy/nginx-proxy:1.6", "nginx-proxy (docker-gen)"),
    ("jwilder/nginx-proxy", "nginx-proxy (docker-gen)"),
    ("jc21/nginx-proxy-manager:latest", "Nginx Proxy Manager"),
    ("lscr.io/linuxserver/swag:latest", "SWAG"),
  ])
  func `a proxy that bgrun cannot switch is named`(image: String, name: String) async throws {
    let bench = try Bench(["compose.yaml": ""])
    let error = await #expect(throws: ToolError.self) {
      try await bench.plan(#""web-blue": {}, "web-green": {}, "edge": {"image": "\#(image)"}"#)
    }
    #expect(
      error?.message.hasPrefix(
        "bgrun switches nginx; this project's proxy is \(name) (service edge)")
        == true, "\(String(describing: error))")
    #expect(error?.details.contains("app-nginx:") == true)
  }

  @Test func `an nginx behind another proxy is what is switched`() async throws {
    let bench = try Bench(["compose.yaml": "", "conf.d/site.conf": Self.site("web-blue")])
    let plan = try await bench.plan(
      #"\#(Self.colors), "traefik": {"image": "traefik:v3"}, \#(Self.edge)"#)
    #expect(plan.applications.first?.proxy == "nginx")
  }

  @Test(arguments: [
    ([:], #""web": {"image": "redis:7"}"#, "there is no Compose file in", "bgrun init --example"),
    (
      ["compose.yaml": ""], #""web": {"expose": ["3000"]}"#,
      "there is no nginx in front of this project", "docker compose up -d nginx"
    ),
    (
      ["compose.yaml": "", "conf.d/a.conf": "server { proxy_pass http://elsewhere:80; }"],
      #""web": {}, \#(edge)"#,
      "sends requests to no service of the Compose project, but to elsewhere",
      "docker compose up -d"
    ),
    (
      [
        "compose.yaml": "", "conf.d/a.conf": site("web-blue"), "conf.d/b.conf": site("web-green"),
      ],
      "\(colors), \(edge)", "both colours get requests", "does not include"
    ),
    (
      ["compose.yaml": "", "t/site.conf.template": site("web-blue")],
      #"\#(colors), "nginx": {"image": "nginx", "volumes": [{"type": "bind", "source": "$PWD/t", "target": "/etc/nginx/templates"}]}"#,
      "/etc/nginx/conf.d/site.conf is rendered from t/site.conf.template", "docker cp"
    ),
  ])
  func `what is missing is said, with how to get it`(
    files: [String: String], services: String, message: String, fix: String
  ) async throws {
    let bench = try Bench(files)
    let error = await #expect(throws: ToolError.self) { try await bench.plan(services) }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    #expect(error?.fix?.contains(fix) == true && error?.code == .environment)
  }

  @Test func `a configuration in the image must be mounted first`() async throws {
    let bench = try Bench(["compose.yaml": ""])
    let error = await #expect(throws: ToolError.self) {
      try await bench.plan(
        #"\#(Self.colors), "nginx": {"image": "acme/nginx:1"}"#,
        running: ["nginx": Self.dump.replacing("SITE", with: Self.site("web-blue"))])
    }
    #expect(error?.message.contains("belongs to the proxy's image or to a volume") == true)
    #expect(error?.fix?.contains("docker cp shop-nginx-1:/etc/nginx/conf.d/site.conf") == true)
  }

  @Test func `the files for editors are named before they are written`() throws {
    let bench = try Bench(["Plans/web.swift": "", "Ignored/.gitignore": ""])
    let names = { (folder: String) in
      InitCommand.editorFiles(in: "\(bench.folder.path)/\(folder)")
        .map { $0.replacing(bench.folder.path + "/", with: "") }
    }
    #expect(names("Plans") == ["Plans/.gitignore", "Plans/compile_commands.json"])
    #expect(names("Ignored") == ["Ignored/compile_commands.json"])
    #expect(InitCommand.editorFiles(in: nil).isEmpty)
  }

  @Test func `files that Compose does not find are listed`() async throws {
    let services = "services:\n  web: {}\n"
    let bench = try Bench([
      "docker/compose.prod.yml": services, "docker/compose.dev.yml": services,
      "stack.yaml": services, ".github/workflows/ci.yml": services, "config/app.yml": "web: 1\n",
    ])
    let error = await #expect(throws: ToolError.self) { try await bench.plan("") }
    #expect(
      error?.message.hasSuffix(
        "these define services: docker/compose.prod.yml, stack.yaml, docker/compose.dev.yml")
        == true,
      "\(String(describing: error))")
    #expect(error?.fix?.contains("`bgrun init --compose docker/compose.prod.yml`") == true)
  }

  @Test func `with several Compose files one is named`() async throws {
    let bench = try Bench(["docker-compose.eu.yml": "", "docker-compose.us.yml": ""])
    let error = await #expect(throws: ToolError.self) { try await bench.plan("") }
    #expect(error?.fix == "name one with --compose docker-compose.eu.yml")
  }
}
