import Testing

extension DockerTests {
  /// A template that a container renders when it starts; the other colour as a backup server.
  @Suite struct F06Tests {
    private static func compose(_ nginx: String) -> String {
      """
      services:
        app_blue:
          image: bgruntest-app:12.4
          expose: ["3000"]
        app_green:
          image: bgruntest-app:12.3
          expose: ["3000"]
        nginx:
          image: bgruntest-nginx:latest
          ports: ["${PROXY_PORT}:80"]
          volumes: ["./empty:/etc/nginx/sites-enabled:ro", \(nginx)
      """
    }

    private static func site(_ active: String, _ standby: String) -> String {
      """
      upstream backend {
        server app_\(active):3000 max_fails=2;
        server app_\(standby):3000 backup;
      }
      server { listen 80; location / { proxy_pass http://backend; } }

      """
    }

    private static let deploy =
      #""app", blue: "app_blue", green: "app_green", proxy: "nginx""#

    @Test(arguments: [#", site: Site("nginx.conf.template")"#, ""])
    func `a template is named, with what to do`(site: String) async throws {
      let files: KeyValuePairs = [
        "docker-compose.yaml": Self.compose(
          """
          "./nginx.conf.template:/etc/nginx/shop.conf.template:ro"]
              command:
                - sh
                - -c
                - sed s/COLOUR/blue/ /etc/nginx/shop.conf.template > /etc/nginx/conf.d/shop.conf &&
                  exec nginx -g 'daemon off;'
          """),
        "empty/.keep": "",
        "nginx.conf.template":
          "server { listen 80; location / { proxy_pass http://app_COLOUR:3000; } }\n",
      ]
      try await Project.field({ _ in files }, starting: "nginx", "app_blue") { project in
        let plan = try project.plan(of: Self.deploy + site + #", health: "/api/health""#)
        try await project.bgrun(
          plan: plan, exits: 6,
          says: [
            "nginx.conf.template is a template", "cat /etc/nginx/shop.conf > ",
            "leave out the command that renders it",
          ])
      }
    }

    @Test func `two sources with backup servers: the roles swap, and both colours run`()
      async throws
    {
      let files: KeyValuePairs = [
        "docker-compose.yaml": Self.compose(#""./nginx:/etc/nginx/conf.d:ro"]"#),
        "empty/.keep": "",
        "nginx/site.conf": Self.site("blue", "green"),
        "sources/blue.conf": Self.site("blue", "green"),
        "sources/green.conf": Self.site("green", "blue"),
      ]
      try await Project.field({ _ in files }, starting: "app_blue", "app_green", "nginx") {
        project in
        let plan = try project.plan(
          of: Self.deploy
            + #", site: Site("nginx/site.conf", blue: "sources/blue.conf", "#
            + #"green: "sources/green.conf"), health: "/api/health""#)
        try await project.bgrun(plan: plan, says: ["app_blue keeps running"])
        #expect(project.live() == .green)
        try await project.bgrun("rollback", plan: plan)
        #expect(project.live() == .blue)
        try project.write(Self.site("blue", "green"), to: "sources/green.conf")
        try await project.bgrun(
          plan: plan, exits: 1,
          says: ["should send requests to app_green, but names", "sources/green.conf:2"])
      }
    }
  }
}
