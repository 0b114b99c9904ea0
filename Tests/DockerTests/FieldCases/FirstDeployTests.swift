import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// People's layouts, from a project that knows nothing of bgrun to the first deploy: by `bgrun init`
  /// alone, without a hand edit, under load.
  @Suite("From start to first deploy by init") struct FirstDeployTests {
    private static let site = "server { listen 80; location / { proxy_pass http://HOST:3000; } }\n"
    /// nginx with its folder of sites; the default site of Debian's image is hidden.
    private static let nginx = """
        nginx:
          image: bgruntest-nginx:latest
          ports: ["127.0.0.1:PORT:80"]
          volumes: ["./conf:/etc/nginx/conf.d", "./none:/etc/nginx/sites-enabled"]

      """

    /// Runs a test in a project of other files than the example's.
    private func with(
      _ files: [String: String], up services: [String], users: Users.Expectation = .served,
      waits: Bool = true, _ body: (Project) async throws -> Void
    ) async throws {
      try await Project.with(start: false, users: users) { project in
        for name in [
          "docker-compose.yaml", "docker-compose.override.yaml", "docker-compose.build.yaml",
          "nginx",
        ] {
          try FileManager.default.removeItem(at: project.folder.appending(path: name))
        }
        try project.write("COMPOSE_PROJECT_NAME=\(project.name)\n", to: ".env")
        for (name, text) in files {
          let file = project.folder.appending(path: name)
          try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
          try project.write(text.replacing("PORT", with: "\(project.port)"), to: name)
        }
        if !services.isEmpty {
          let ended = try await Shell.run(services, in: project.folder)
          try #require(ended.status == 0, "\(ended)")
          if waits {
            try await project.wait(forVersion: "12.4")
            project.users.begin(port: project.port)
          }
        }
        try await body(project)
      }
    }

    @Test
    func `one service: it becomes blue without a restart, and everyday up -d leaves both alone`()
      async throws
    {
      let compose = """
        services:
          web:
            image: bgruntest-app:${TAG:-12.4}
            expose: ["3000"]
            volumes: ["data:/data"]
            depends_on: [db]
          db:
            image: bgruntest-nginx:latest
        \(Self.nginx)    depends_on: [web]
        volumes: { data: {} }

        """
      try await with(
        [
          "docker-compose.yml": compose,
          "conf/site.conf": Self.site.replacing("HOST", with: "web"),
        ], up: ["docker", "compose", "up", "--detach"]
      ) { project in
        let web = project.container("web")
        let id = try await Shell.output("docker", "inspect", "--format", "{{.Id}}", web)
        try await project.initialize(exits: 2, says: "--volumes shared")
        try await project.initialize("--volumes", "own", says: "/api/health answers 200")
        try await project.compose("up", "--detach")
        #expect(try await Shell.output("docker", "inspect", "--format", "{{.Id}}", web) == id)

        try await project.bgrun("--set", "tag=12.3", plan: project.written("web"))
        #expect(project.liveVersion() == "12.3")
        // The live colour keeps running, and the other one stays stopped.
        try await project.compose("up", "--detach", "--remove-orphans")
        #expect(project.liveVersion() == "12.3")
        let states = try await Shell.output(
          "docker", "inspect", "--format", "{{.State.Status}}", web, project.container("web-green"))
        #expect(states == "exited\nrunning")
        #expect(try project.read(".env").contains("TAG=12.3\n"))
        try await project.bgrun("rollback", plan: project.written("web"))
        #expect(project.liveVersion() == "12.4")
      }
    }

    @Test(arguments: [true, false])
    func `a project that does not run: what init and the errors print leads to a deploy`(
      hasTwoColours: Bool
    ) async throws {
      let green =
        hasTwoColours ? "  web-green: { image: 'bgruntest-app:12.3', expose: ['3000'] }\n" : ""
      let compose = """
        services:
          web:
            image: bgruntest-app:${TAG:-12.4}
            expose: ["3000"]
        \(green)\(Self.nginx)    depends_on: [web]

        """
      try await with(
        [
          "docker-compose.yml": compose,
          "conf/site.conf": Self.site.replacing("HOST", with: "web"),
        ], up: []
      ) { project in
        let ended = try await project.initialize(says: "next:\n  docker compose up -d web nginx")
        let commands = ended.output.split(separator: "next:\n")[1].split(separator: "\n")
          .prefix { $0.hasPrefix("  ") }
          .map { String($0.dropFirst(2)).split(separator: "   ")[0] }.map(String.init)
        let deploy = String(try #require(commands.last)).replacing("VERSION", with: "12.3")
        // Before the project is started, the error names the command that starts it.
        let refused = try await project.paste(deploy)
        #expect(refused.status == 6)
        let cure = refused.text.split(separator: "`").first { $0.hasPrefix("docker compose") }
        try await project.paste(String(try #require(cure)))
        try await project.wait(forVersion: "12.4")
        try await project.compose("down")
        for command in commands.dropLast() {
          let pasted = try await project.paste(command.replacing("VERSION", with: "12.3"))
          #expect(pasted.status == 0, "\(command): \(pasted)")
        }
        try await project.wait(forVersion: "12.4")
        project.users.begin(port: project.port)
        #expect(try await project.paste(deploy).status == 0)
        #expect(project.liveVersion() == "12.3")
        // What an everyday command does to them.
        try await project.compose("up", "--detach")
        let states = try await Shell.output(
          "docker", "inspect", "--format", "{{.State.Status}}", project.container("web"),
          project.container("web-green"))
        #expect(states == "exited\nrunning")
      }
    }

    @Test func `nginx in a container that Compose did not start`() async throws {
      let services = [("blue", "12.4"), ("green", "12.3")].map { name, version in
        "  app-\(name): { image: 'bgruntest-app:\(version)', expose: ['3000'] }\n"
      }.joined()
      try await with(
        [
          "docker-compose.yml": "services:\n\(services)",
          "conf/site.conf": Self.site.replacing("HOST", with: "app-blue"),
        ], up: ["docker", "compose", "up", "--detach", "app-blue"], waits: false
      ) { project in
        let conf = project.folder.appending(path: "conf").path
        try await Shell.output(
          "docker", "run", "--detach", "--name", "\(project.name)-edge", "--network",
          "\(project.name)_default", "--publish", "127.0.0.1:\(project.port):80", "--volume",
          "\(conf):/etc/nginx/conf.d", "--volume", "\(conf)/none:/etc/nginx/sites-enabled",
          "bgruntest-nginx:latest")
        do {
          try await project.wait(forVersion: "12.4")
          project.users.begin(port: project.port)
          try await project.initialize(says: "nginx: container \(project.name)-edge")
          try await project.bgrun(plan: project.written("app"))
          #expect(project.liveVersion() == "12.3")
          try await project.bgrun("rollback", plan: project.written("app"))
          await project.users.check()
        } catch {
          _ = try? await Shell.output("docker", "rm", "--force", "\(project.name)-edge")
          throw error
        }
        try await Shell.output("docker", "rm", "--force", "\(project.name)-edge")
      }
    }

    @Test func `colours that are Compose projects of their own, behind a proxy in another one`()
      async throws
    {
      let network = { (name: String) in
        "networks: { edge: { external: true, name: \(name)_default } }\n"
      }
      try await with(
        [
          "docker-compose.yml": "services:\n\(Self.nginx)", "conf/site.conf": "",
          "app/.env": "", "app/compose.yml": "",
        ], up: []
      ) { project in
        let name = project.name
        try project.write(
          """
          services:
            web:
              image: bgruntest-app:${TAG:-12.4}
              expose: ["3000"]
              ports: ["127.0.0.1:${WEB_PORT:-1}:3000"]
              networks: { edge: { aliases: ["${COMPOSE_PROJECT_NAME}-web"] } }
          \(network(name))
          """, to: "app/compose.yml")
        try project.write(
          Self.site.replacing("HOST", with: "\(name)-blue-web"), to: "conf/site.conf")
        try await project.compose("create")
        let up = "docker compose --project-name \(name)-blue up --detach"
        do {
          #expect(
            try await project.paste("cd app && WEB_PORT=\(project.port + 2) \(up)").status == 0)
          try await project.compose("up", "--detach")
          try await project.wait(forVersion: "12.4")
          project.users.begin(port: project.port)
          let ended = try await project.paste("cd app && bgrun init")
          #expect(ended.status == 0, "\(ended)")
          let deploy = try await project.paste("cd app && bgrun Plans/web.swift --set tag=12.3")
          #expect(deploy.status == 0, "\(deploy)")
          #expect(project.liveVersion() == "12.3")
          await project.users.check()
        } catch {
          for colour in Colour.allCases { await Project.remove(project: "\(name)-\(colour)") }
          throw error
        }
        for colour in Colour.allCases { await Project.remove(project: "\(name)-\(colour)") }
      }
    }

    @Test func `nginx has no site for the application yet: the plan generates it`() async throws {
      let compose = """
        services:
          web: { image: 'bgruntest-app:${TAG:-12.4}', expose: ['3000'] }
        \(Self.nginx)
        """
      try await with(
        ["docker-compose.yml": compose, "conf/README": ""],
        up: ["docker", "compose", "up", "--detach"], waits: false
      ) { project in
        try await project.initialize(exits: 6, says: "bgrun init --site conf/web.conf")
        try await project.initialize("--site", "conf/web.conf", says: "which bgrun writes")
        try await project.bgrun("--set", "tag=12.4", plan: project.written("web"))
        project.users.begin(port: project.port)
        try await project.bgrun("--set", "tag=12.3", plan: project.written("web"))
        #expect(project.liveVersion() == "12.3")
      }
    }

    @Test func `an application that speaks gRPC to nginx`() async throws {
      let version = { (number: String) in
        "server { listen 9000 http2; location / { default_type application/json; "
          + #"return 200 '{"database":"ok","version":"\#(number)"}'; } }"# + "\n"
      }
      let services = [("blue", "12.4"), ("green", "12.3")].map { name, _ in
        """
          app-\(name):
            image: bgruntest-nginx:latest
            expose: ["9000"]
            volumes: ["./\(name):/etc/nginx/conf.d", "./none:/etc/nginx/sites-enabled"]

        """
      }.joined()
      try await with(
        [
          "docker-compose.yml": "services:\n\(services)\(Self.nginx)",
          "blue/app.conf": version("12.4"), "green/app.conf": version("12.3"),
          "conf/site.conf": """
          server { listen 80; location / { gzip off; grpc_pass grpc://app-blue:9000; } }

          """,
        ], up: ["docker", "compose", "up", "--detach", "app-blue", "nginx"]
      ) { project in
        try await project.initialize(says: "grpc_pass: healthy as soon as it accepts connections")
        try await project.bgrun(plan: project.written("app"), says: ["it listens on port 9000"])
        #expect(project.liveVersion() == "12.3")
      }
    }

    @Test func `the guide's commands, in its project`() async throws {
      let page = try String(
        contentsOf: Repository.root.appending(
          path: "Sources/DeployDSL/DeployDSL.docc/FromOneService.md"), encoding: .utf8)
      func blocks(_ language: String) -> [String] {
        page.split(separator: "```\(language)\n").dropFirst().map { part in
          String(part[..<(part.firstRange(of: "```")?.lowerBound ?? part.endIndex)])
        }
      }
      func here(_ text: String) -> String {
        text.replacing("ghcr.io/acme/web", with: "bgruntest-app").replacing("1.4", with: "12.4")
          .replacing("1.5", with: "12.3").replacing("nginx:1.28", with: "bgruntest-nginx:latest")
          .replacing("redis:7", with: "bgruntest-nginx:latest")
          .replacing("\"80:80\"", with: "\"127.0.0.1:PORT:80\"")
          .replacing(
            "d\"]\n    depends_on",
            with: "d\", \"./none:/etc/nginx/sites-enabled\"]\n    depends_on")
      }
      let (compose, site) = (
        try #require(blocks("yaml").first), try #require(blocks("nginx").first)
      )
      let files = ["docker-compose.yml": here(compose), "nginx/web.conf": site]
      try await with(files, up: ["docker", "compose", "up", "--detach"]) { project in
        let tool = Repository.bgrun.deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        for command in blocks("sh").flatMap({ $0.split(separator: "\n") }) {
          let ended = try await Shell.run(
            ["bash", "-c", here(String(command))], in: project.folder,
            environment: ["PATH": "\(tool):\(path)"])
          #expect(ended.status == 0, "\(command): \(ended)")
        }
        #expect(project.liveVersion() == "12.4")
        // The plan is the guide's, but for the image, which no registry has.
        let plan = try #require(blocks("swift").first)
        #expect(
          try "// Plans/web.swift\n" + project.read("Plans/web.swift")
            == plan.replacing("  Pull(.target)\n", with: ""))
      }
    }

    @Test
    func `two services and one site file, included by another one; the file has another name`()
      async throws
    {
      let services = [("spring1", "12.4"), ("spring2", "12.3")].map { name, version in
        "  \(name):\n    image: bgruntest-app:\(version)\n    expose: [\"3000\"]\n"
      }.joined()
      try await with(
        [
          "docker-compose.prod.yml": "services:\n\(services)\(Self.nginx)",
          "conf/site.conf": """
          server { listen 80; resolver 127.0.0.11; include /etc/nginx/conf.d/service-url.inc;
            location / { proxy_pass $service_url; } }

          """,
          "conf/service-url.inc": "set $service_url http://spring1:3000;\n",
        ],
        up: [
          "docker", "compose", "-f", "docker-compose.prod.yml", "up", "--detach", "spring1",
          "nginx",
        ]
      ) { project in
        try await project.initialize(says: "site file conf/service-url.inc")
        try await project.bgrun(plan: project.written("spring"))
        #expect(project.liveVersion() == "12.3")
        #expect(
          try project.read("conf/service-url.inc") == "set $service_url http://spring2:3000;\n")
      }
    }

    @Test func `a Compose file for each colour, and one for nginx`() async throws {
      let file = { (name: String, version: String) in
        "services:\n  app-\(name):\n    image: bgruntest-app:\(version)\n    expose: [\"3000\"]\n"
      }
      let names = ["nginx", "blue", "green"].flatMap { ["-f", "docker-compose.\($0).yml"] }
      try await with(
        [
          "docker-compose.nginx.yml": "services:\n\(Self.nginx)",
          "docker-compose.blue.yml": file("blue", "12.4"),
          "docker-compose.green.yml": file("green", "12.3"),
          "conf/site.conf": Self.site.replacing("HOST", with: "app-blue"),
        ], up: ["docker", "compose"] + names + ["up", "--detach", "app-blue", "nginx"]
      ) { project in
        try await project.initialize(says: "wrote Plans/app.swift")
        try await project.bgrun(plan: project.written("app"))
        #expect(project.liveVersion() == "12.3")
      }
    }

    @Test(.enabled(if: HostNginx.program != nil, HostNginx.isMissing))
    func `nginx on the host`() async throws {
      try await HostNginx.with { project, _ in
        try await project.initialize(says: "site file host/app.conf, http://app.example.com")
        #expect(try project.read("Plans/grafana.swift").contains("proxy: .host,"))
        try await project.bgrun(plan: project.written("grafana"))
        #expect(project.live() == .green)
      }
    }

    @Test func `two applications in one included file: a plan for each, and each switches its own`()
      async throws
    {
      let services = ["backend", "frontend"].flatMap { name in
        [("blue", "12.4"), ("green", "12.3")].map { color, version in
          "  \(name)-\(color):\n    image: bgruntest-app:\(version)\n    expose: [\"3000\"]\n"
        }
      }.joined()
      let active = { (color: String) in
        "set $backend http://backend-\(color):3000;\nset $frontend http://frontend-\(color):3000;\n"
      }
      let nginx = Self.nginx.replacing(
        "volumes: [", with: "volumes: [\"./active.conf:/etc/nginx/active.conf\", ")
      try await with(
        [
          "docker-compose.yml": "services:\n\(services)\(nginx)", "active.conf": active("blue"),
          "active_blue.conf": active("blue"), "active_green.conf": active("green"),
          "conf/app.conf": """
          server { listen 80; resolver 127.0.0.11 valid=10s; include /etc/nginx/active.conf;
            location /api/ { proxy_pass $backend; } location / { proxy_pass $frontend; } }

          """,
        ],
        up: ["docker", "compose", "up", "--detach", "nginx", "backend-blue", "frontend-blue"]
      ) { project in
        try await project.initialize(says: "wrote Plans/frontend.swift")
        try await project.bgrun(plan: project.written("backend"))
        #expect(project.liveVersion() == "12.3")
        #expect(
          try project.read("active.conf")
            == active("blue").replacing(
              "backend-blue", with: "backend-green"))
        let page = try HTTPConnection(port: project.port).get("/", close: true).text
        #expect(page.contains("12.4"), "\(page)")
        try await project.bgrun(plan: project.written("frontend"))
        #expect(try project.read("active.conf") == active("green"))
      }
    }

    @Test func `an existing plan for another proxy is refused before anything starts`() async throws
    {
      try await Project.with(start: false, users: .unwatched) { project in
        try await Shell.output(
          "docker", "tag", "bgruntest-nginx:latest", "\(project.name)/traefik:v3")
        try project.edit(
          ".env", ["PROXY_IMAGE=bgruntest-nginx:latest": "PROXY_IMAGE=\(project.name)/traefik:v3"])
        let words = "bgrun switches nginx; this project's proxy is Traefik (service nginx-proxy)"
        try await project.bgrun(exits: 2, says: [words, "app-nginx:"])
        try await project.initialize(exits: 2, says: words)
        try await Shell.output("docker", "rmi", "\(project.name)/traefik:v3")
      }
    }

    @Test func `the example starts and deploys`() async throws {
      try await Project.with(start: false, users: .unwatched) { project in
        let folder = project.folder.appending(path: "new")
        try await project.initialize(
          "--example", "new", "--image", "bgruntest-app:12.4", "--health", "/api/health",
          says: "cd new && docker compose up -d")
        let environment = [
          "PORT": "127.0.0.1:\(project.port)", "NGINX_IMAGE": "bgruntest-nginx:latest",
          "COMPOSE_PROJECT_NAME": project.name,
        ]
        func run(_ words: String...) async throws {
          let ended = try await Shell.run(words, in: folder, environment: environment)
          #expect(ended.status == 0, "\(words): \(ended)")
        }
        try await run("docker", "compose", "up", "--detach")
        let version = {
          let answer = try? HTTPConnection(port: project.port).get(
            "/api/health", close: true)
          return answer.flatMap { HealthAnswer.version(in: $0.text) }
        }
        try await waitUntil("the example answers") { version() == "12.4" }
        try await run(Repository.bgrun.path, "Plans/app.swift", "--set", "tag=12.3")
        #expect(version() == "12.3")
        try await run("docker", "compose", "up", "--detach")
        #expect(version() == "12.3")
      }
    }
  }
}

extension Project {
  /// Runs a command line in the project's folder, as a person would paste it.
  @discardableResult
  fileprivate func paste(_ line: String) async throws -> Ended {
    let tool = Repository.bgrun.deletingLastPathComponent().path
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try await Shell.run(
      ["bash", "-c", line], in: folder, environment: ["PATH": "\(tool):\(path)"])
  }

  /// Runs `bgrun init` in the project's folder.
  @discardableResult
  fileprivate func initialize(
    _ words: String..., exits status: Int32 = 0, says text: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Ended {
    let ended = try await Shell.run([Repository.bgrun.path, "init"] + words, in: folder)
    #expect(
      ended.status == status && ended.text.contains(text), "\(ended)",
      sourceLocation: sourceLocation)
    return ended
  }

  /// A plan that `bgrun init` wrote.
  fileprivate func written(_ name: String) -> URL { folder.appending(path: "Plans/\(name).swift") }

  fileprivate func wait(forVersion version: String) async throws {
    try await waitUntil("\(version) answers through the proxy") { liveVersion() == version }
  }
}
