import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// A simulated host that is a copy of a project.
@Suite(.timeLimit(.minutes(10))) struct HostSnapshotTests {
  /// A project in one of the layouts that people have.
  struct Layout: Sendable, CustomTestStringConvertible {
    let name: String
    var services: [String: ComposeProject.Service]
    var files: [String: String]
    var proxyFiles: [String: String] = [:]
    var proxy: Proxy = "nginx"
    var site: Site
    var port: Int?
    var testDescription: String { name }

    var plan: Deploy {
      Deploy(
        "shop", blue: "web1", green: "web2", proxy: proxy, site: site, port: port, health: "/up"
      ) {
        DetectActive()
        Up(.target)
        Health(retries: 5, every: 1)
        SwapNginx()
        Reload()
        Stop(.previous)
      }
    }

    var snapshot: HostSnapshot {
      var project = ComposeProject(name: "shop", services: services)
      project.networks = ["shop_default": "default"]
      var snapshot = HostSnapshot(project: project, folder: "/home/shop")
      for (path, text) in files { snapshot.add(Array(text.utf8), at: path) }
      snapshot.add([], at: "compose.yaml")
      snapshot.proxyFiles = proxyFiles
      return snapshot
    }
  }

  static func colours(
    _ change: (inout ComposeProject.Service, Int) -> Void = { _, _ in }
  ) -> [String: ComposeProject.Service] {
    (1...2).reduce(into: [:]) { services, number in
      var service = ComposeProject.Service(image: "shop:\(number)")
      service.restart = "always"
      service.networks = ["default"]
      change(&service, number)
      services["web\(number)"] = service
    }
  }

  static func nginx(_ mounts: [String: String], isOnHost: Bool = false) -> ComposeProject.Service {
    var service = ComposeProject.Service(
      image: "nginx:1.28",
      ports: isOnHost
        ? nil : [.init(target: 80, published: "8080", hostIP: "0.0.0.0", transport: "tcp")],
      mounts: mounts.map { ComposeProject.Mount(source: "/home/shop/\($0.key)", target: $0.value) })
    service.restart = "unless-stopped"
    if isOnHost { service.networkMode = "host" } else { service.networks = ["default"] }
    return service
  }

  static func published(_ service: inout ComposeProject.Service, _ number: Int) {
    service.ports = [
      .init(target: 8000, published: "1800\(number)", hostIP: nil, transport: "tcp")
    ]
  }

  static let main = ["/etc/nginx/nginx.conf": "http { include /etc/nginx/conf.d/*.conf; }"]

  static let layouts = [
    Layout(
      name: "two sources in a mounted /etc/nginx",
      services: colours {
        $0.expose = ["3000"]; _ = $1
      }.merging([
        "nginx": nginx(["nginx": "/etc/nginx"])
      ]) { $1 },
      files: [
        "nginx/nginx.conf": "http { include service.conf; }",
        "nginx/service.conf": "server { listen 80; location / { proxy_pass http://web1:3000; } }",
        "nginx/service_blue.conf":
          "server { listen 80; location / { proxy_pass http://web1:3000; } }",
        "nginx/service_green.conf":
          "server { listen 80; location / { proxy_pass http://web2:3000; } }",
      ], site: Site()),
    Layout(
      name: "one file with everything, mounted itself, and a port that Compose does not name",
      services: colours().merging(["nginx": nginx(["site.conf": "/etc/nginx/conf.d/site.conf"])]) {
        $1
      },
      files: [
        "site.conf": """
        map $http_upgrade $connection { default upgrade; '' close; }
        upstream app { server web1:8000 max_fails=2; }
        server { listen 80 default_server; server_name _; return 444; }
        server {
          listen 80;
          server_name shop.example.com;
          location /api/ { proxy_pass https://api.example.com; }
          location /old/ { proxy_pass http://old.example.com; }
          location / { proxy_pass http://app; }
        }
        """
      ], proxyFiles: main, site: Site("site.conf"), port: 8000),
    Layout(
      name: "a variable in a file that the server includes",
      services: colours(published).merging([
        "nginx": nginx(["app.conf": "/etc/nginx/conf.d/app.conf", "url.inc": "/etc/nginx/url.inc"])
      ]) { $1 },
      files: [
        "app.conf": """
        server { listen 80; include /etc/nginx/url.inc;
          location / { resolver 127.0.0.11; proxy_pass $url; } }
        """, "url.inc": "set $url http://web1:8000;\n",
      ], proxyFiles: main, site: Site("url.inc")),
    Layout(
      name: "nginx in the host's network",
      services: colours(published).merging([
        "nginx": nginx(["conf": "/etc/nginx/conf.d"], isOnHost: true)
      ]) { $1 },
      files: [
        "conf/app.conf": "server { listen 80; location / { proxy_pass http://127.0.0.1:18001; } }"
      ], proxyFiles: main, site: Site("conf/app.conf")),
    Layout(
      name: "published ports of the machine",
      services: colours(published).merging(["nginx": nginx(["conf": "/etc/nginx/conf.d"])]) { $1 },
      files: [
        "conf/app.conf":
          "server { listen 80; location / { proxy_pass http://host.docker.internal:18001; } }"
      ], proxyFiles: main, site: Site("conf/app.conf")),
    Layout(
      name: "nginx on the machine itself", services: colours(published),
      files: [
        "/etc/nginx/sites-enabled/app.conf":
          "server { listen 80; location / { proxy_pass http://127.0.0.1:18001; } }"
      ], proxy: .host, site: Site("/etc/nginx/sites-enabled/app.conf")),
    Layout(
      name: "nginx in another project", services: colours(published),
      files: [
        "conf/app.conf": "server { listen 80; location / { proxy_pass http://web1:8000; } }"
      ], proxy: .container("edge-nginx-1"), site: Site("conf/app.conf")),
    Layout(
      name: "replicas",
      services: colours { service, _ in
        service.replicas = 3
        service.expose = ["3000"]
      }.merging(["nginx": nginx(["conf": "/etc/nginx/conf.d"])]) { $1 },
      files: [
        "conf/app.conf": "server { listen 80; location / { proxy_pass http://web1:3000; } }"
      ], proxyFiles: main, site: Site("conf/app.conf")),
  ]

  @Test(arguments: layouts) func `each layout is deployed there and back`(_ layout: Layout)
    async throws
  {
    let plan = layout.plan
    let host = SimulatedHost(copying: layout.snapshot, for: plan.application)
    #expect(host.world.obstacle == nil)
    #expect(host.serving == .blue)
    let before = host.world.file(layout.site.file)
    for color in [Color.green, .blue] {
      let report = try await plan.rehearse(on: host).report
      #expect(report.outcome == .succeeded, "\(report.failure.map { "\($0)" } ?? "")")
      #expect(host.serving == color && host.violations.isEmpty)
      #expect(host.isRunning(plan.application.service(color)))
      #expect(!host.isRunning(plan.application.service(color.other)))
    }
    #expect(host.world.file(layout.site.file) == before)
  }

  @Test(arguments: layouts) func `Compose says of the copy what it says of the project`(
    _ layout: Layout
  ) async throws {
    let snapshot = layout.snapshot
    let host = SimulatedHost(copying: snapshot, for: layout.plan.application)
    let call = DockerCLI(application: layout.plan.application).config()
    let operation = HostOperation(.call(call), effect: .observe, timeout: .seconds(60))
    let answer = try await MockExecutor(host).perform(operation, output: { _ in })
    guard case .project(let project)? = answer.value else {
      Issue.record("\(answer)")
      return
    }
    #expect(project.services == snapshot.project.services)
  }

  @Test func `health checks, grace periods and companions are copied`() async throws {
    var layout = Self.layouts[0]
    layout.services["web2"]?.hasHealthCheck = true
    layout.services["web2"]?.healthCheck = .init(interval: .seconds(7), retries: 2)
    layout.services["web2"]?.stopGracePeriod = .seconds(45)
    layout.services["web2"]?.restart = "on-failure:3"
    var (database, tool) = (ComposeProject.Service(image: "db:1"), ComposeProject.Service())
    (database.networks, tool.networks) = (["default"], ["default"])
    tool.profiles = ["tools"]
    layout.services["db"] = database
    layout.services["tool"] = tool
    let host = SimulatedHost(copying: layout.snapshot, for: layout.plan.application)
    let service = host.world.services.first { $0.name == "web2" }
    #expect(service?.healthcheck?.interval == .seconds(7) && service?.healthcheck?.retries == 2)
    #expect(service?.stopGracePeriod == .seconds(45) && service?.restart == .onFailure)
    #expect(host.isRunning("db") && !host.isRunning("tool") && !host.isRunning("web2"))
  }

  @Test(arguments: ["1", "2"]) func `an image's variables are the plan's`(version: String)
    async throws
  {
    var layout = Self.layouts[0]
    let plan = Deploy("shop", blue: "web1", green: "web2", proxy: "nginx", health: "/up") {
      DetectActive()
      Up(.target, environment: ["TAG": version])
    }
    layout.services["web2"]?.image = "shop:2"
    var snapshot = layout.snapshot
    snapshot.variables = ["TAG": version]
    snapshot.images["web2"] = "shop:${TAG:-3}"
    let host = SimulatedHost(copying: snapshot, for: plan.application)
    _ = try await plan.rehearse(on: host)
    // Where the plan's value does not explain what Compose says, the machine's own must.
    #expect(host.world.container(of: "web2")?.image == "shop:2")
  }

  @Test func `a site file for green makes green active`() throws {
    var layout = Self.layouts[1]
    layout.files["site.conf"] = layout.files["site.conf"]?.replacing("web1", with: "web2")
    let host = SimulatedHost(copying: layout.snapshot, for: layout.plan.application)
    #expect(host.serving == .green && host.isRunning("web2") && !host.isRunning("web1"))
  }

  @Test(arguments: [
    ("server { listen 80; location / { fastcgi_pass web1:9000; } }", "no colour answers"),
    ("server { listen 80; location / { proxy_pass http://wbe:3000; } }", "host not found"),
    ("server { listen 80; location / { proxy_pass http://web1:3000; }", "rejects its files"),
  ])
  func `what cannot be simulated is said`(site: String, obstacle: String) {
    var layout = Self.layouts[1]
    layout.files["site.conf"] = site
    let host = SimulatedHost(copying: layout.snapshot, for: layout.plan.application)
    #expect(host.world.obstacle?.contains(obstacle) == true, "\(host.world.obstacle ?? "")")
  }
}
