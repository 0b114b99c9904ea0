import DeployDSL
import DeployRunner

/// Finds out how an application says that it is healthy.
struct HealthSearch {
  /// A path, and how it was found.
  struct Found: Equatable {
    var path: String
    /// How many probes, 2 seconds apart, the health check needs.
    var retries = 15
    /// For people: `/healthz answers 200`.
    var text: String
  }

  private static let usual = [
    "/health", "/healthz", "/api/health", "/api/healthz", "/up", "/actuator/health", "/-/healthy",
    "/health/ready", "/readyz", "/ping", "/status",
  ]
  /// What no application has: one that answers it with 200 answers everything.
  private static let nonsense = "/bgrun-looks-for-what-is-not-there"
  private static let every: Duration = .seconds(2)

  let deployer: Deployer
  /// The running proxy, which reaches what this machine does not.
  let proxy: Container?

  /// - Parameters:
  ///   - way: how nginx sends requests to the application.
  func find(
    in container: Container?, _ service: ComposeProject.Service?, port: Int?,
    by way: NginxTraffic.Way?
  ) async -> Found {
    // What the container is asked for, not what clients ask for.
    let prefixes = way?.insidePaths ?? []
    let test = container?.healthCheck?.argv ?? service?.healthTest ?? []
    let check = container?.healthCheck
    if let path = Self.path(in: test) {
      return Found(
        path: path, retries: Self.retries(for: check),
        text: "\(path), which the container's HEALTHCHECK requests")
    }
    let retries = Self.retries(for: check)
    let isChecked = !test.isEmpty
    if let pass = way?.otherThanHTTP, !isChecked {
      return Found(
        path: "/", retries: retries,
        text:
          "\(pass): healthy as soon as it accepts connections; a `healthcheck:` of the service can "
          + "say more")
    }
    if let container, let port, let path = await answering(container, port, below: prefixes) {
      return Found(
        path: path, retries: retries,
        text: isChecked ? "the container's HEALTHCHECK" : "\(path) answers 200")
    }
    let path =
      prefixes.first { $0.hasPrefix("/") && $0 != "/" }.map { prefixes.contains("/") ? "/" : $0 }
      ?? "/"
    let why =
      container == nil
      ? "the application does not run, so \(path) is a guess: set it with --health"
      : "no usual path answers 200, so \(path) is a guess: set it with --health"
    return Found(
      path: path, retries: retries, text: isChecked ? "the container's HEALTHCHECK" : why)
  }

  private func answering(
    _ container: Container, _ port: Int, below prefixes: [String]
  ) async -> String? {
    func answer(_ path: String) async -> HTTPAnswer? {
      await deployer.answer(of: container, port: port, path: path, from: proxy)
    }
    let anything = await answer(Self.nonsense)
    let isVisible = { (path: String) in
      prefixes.isEmpty || prefixes.contains { path.hasPrefix($0) }
    }
    for path in Self.usual where isVisible(path) {
      guard let found = await answer(path), found.status == 200 else { continue }
      // A page that is there for every path says nothing.
      if anything?.status == 200, anything?.body == found.body { continue }
      return path
    }
    for path in prefixes + ["/"] where isVisible(path) {
      if let found = await answer(path), (200...399).contains(found.status) { return path }
    }
    return nil
  }

  /// The path in a check's command: `curl -f http://localhost:3000/api/health || exit 1`.
  static func path(in argv: [String]) -> String? {
    let words = argv.flatMap { $0.split { " \"'|;".contains($0) } }
    guard let url = words.first(where: { $0.contains("://") }),
      let address = WebAddress(String(url)), address.path.hasPrefix("/")
    else { return nil }
    return address.path
  }

  /// As long as Docker itself would wait, after the start period, before it gives up.
  static func retries(for check: Container.HealthCheck?) -> Int {
    guard let check else { return 15 }
    let count = Int((check.interval * check.retries / every).rounded(.up))
    return max(15, min(count, 150))
  }
}
