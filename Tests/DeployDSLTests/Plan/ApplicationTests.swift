import DeployDSL
import Testing

@Suite struct ApplicationTests {
  @Test(arguments: [
    (Site(), "nginx/service.conf", "nginx/service_blue.conf", "nginx/service_green.conf"),
    (Site("conf/shop.conf"), "conf/shop.conf", "conf/shop_blue.conf", "conf/shop_green.conf"),
    (Site("conf/shop"), "conf/shop", "conf/shop_blue.conf", "conf/shop_green.conf"),
    (Site("a.conf", blue: "b", green: "c"), "a.conf", "b", "c"),
    (Site("a.conf", green: "c"), "a.conf", "a_blue.conf", "c"),
  ])
  func `a site's sources lie beside it unless they are named`(
    site: Site, file: String, blue: String, green: String
  ) {
    #expect([site.file, site.blue, site.green] == [file, blue, green])
  }

  static let said: [PlanCase] = [
    PlanCase(
      "application",
      """
      plan.swift:1:1: error: "my app" is not a valid application name; \
      use letters, digits, '_', '.' and '-', beginning with a letter or digit
      """, plan: Self.plan("my app")),
    PlanCase(
      "blue",
      """
      plan.swift:1:1: error: "-x" is not a valid blue service name; \
      use letters, digits, '_', '.' and '-', beginning with a letter or digit
      """, plan: Self.plan(blue: "-x")),
    PlanCase(
      "green",
      """
      plan.swift:1:1: error: "a\\nb" is not a valid green service name; \
      use letters, digits, '_', '.' and '-', beginning with a letter or digit
      """, plan: Self.plan(green: "a\nb")),
    PlanCase(
      "proxy",
      """
      plan.swift:1:1: error: "" is not a valid proxy service name; \
      use letters, digits, '_', '.' and '-', beginning with a letter or digit
      """, plan: Self.plan(proxy: "")),
    PlanCase(
      "one service",
      """
      plan.swift:1:1: error: blue and green are both the service "web"; \
      name two services, one for each colour
      """, plan: Self.plan(blue: "web", green: "web")),
    PlanCase(
      "proxy is a colour",
      """
      plan.swift:1:1: error: the proxy "app-blue" is also one of the colours; \
      name the nginx service with proxy:
      """, plan: Self.plan(proxy: "app-blue")),
    PlanCase(
      "compose",
      """
      plan.swift:1:1: error: the Compose file's path is empty; \
      name the file, or leave out compose:
      """, plan: Self.plan(compose: "")),
    PlanCase(
      "project",
      """
      plan.swift:1:1: error: "Shop" is not a valid Compose project name; \
      use lower-case letters, digits, '_' and '-', beginning with a letter or digit
      """, plan: Self.plan(project: "Shop")),
    PlanCase(
      "one source",
      """
      plan.swift:1:1: error: both colours have the same site source "x"; \
      name two files, one for each colour
      """, plan: Self.plan(site: Site("s", blue: "x", green: "x"))),
    PlanCase(
      "source replaced",
      """
      plan.swift:1:1: error: the site file "s" is also the source of a colour; \
      name a file that SwapNginx may replace
      """, plan: Self.plan(site: Site("s", blue: "s"))),
    PlanCase(
      "no path",
      """
      plan.swift:1:1: error: a path of the site file or its sources is empty; \
      name them with site: Site("nginx/service.conf")
      """, plan: Self.plan(site: Site("s", green: ""))),
    PlanCase(
      "site without a scheme",
      """
      plan.swift:1:1: error: "shop.example.com" is not a valid URL; \
      write scheme and host: Site(url: "https://grafana.example.com")
      """, plan: Self.plan(site: Site(url: "shop.example.com"))),
    PlanCase(
      "site with a path",
      """
      plan.swift:1:1: error: the site's address "https://shop.example.com/live" has a path; \
      remove the path and use health: "/live"
      """, plan: Self.plan(site: Site(url: "https://shop.example.com/live"))),
    PlanCase(
      "port", "plan.swift:1:1: error: port 65536 is not a valid port; use 1 to 65535",
      plan: Self.plan(port: 65536)),
    PlanCase(
      "health",
      """
      plan.swift:1:1: error: the health path "live" does not begin with '/'; \
      write health: "/live"
      """, plan: Self.plan(health: "live")),
    PlanCase(
      "variable",
      """
      plan.swift:1:1: error: "MY TAG" is not a valid environment variable name; \
      use letters, digits and '_', not beginning with a digit
      """, plan: Self.plan(environment: ["MY TAG": "1", "OK": "2"])),
    PlanCase(
      "timeout", "plan.swift:1:1: error: the plan's timeout is 0 s; give a time above 0",
      plan: Self.plan(timeout: 0)),
  ]

  @Test(arguments: said) func `a mistake in what Deploy says is shown at its place`(_ its: PlanCase)
  {
    #expect(its.plan.mistakes == its.mistakes)
  }

  private static func plan(
    _ name: String = "app", blue: String? = nil, green: String? = nil, compose: String? = nil,
    project: String? = nil, proxy: String = "nginx", site: Site = Site(), port: Int? = nil,
    health: String = "/", environment: [String: any EnvironmentConvertible] = [:],
    timeout: TimeSpan = 60
  ) -> Deploy {
    Deploy(
      name, blue: blue, green: green, compose: compose, project: project, proxy: proxy, site: site,
      port: port, health: health, environment: environment, timeout: timeout, file: "", line: 1,
      column: 1
    ) { DetectActive() }
  }
}
