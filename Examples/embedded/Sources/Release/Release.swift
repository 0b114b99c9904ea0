public import DeployDSL
import SharedSteps

/// A release as data: from a file, a form, a queue; here it is read from JSON.
public struct Release: Codable, Sendable {
  /// The application's name, for example `grafana`.
  public var application: String
  /// The port inside its containers.
  public var port: Int
  /// The path that tells health.
  public var health: String
  /// Variables for the Compose file, for example the image's version.
  public var environment: [String: String]
  /// Pages to request before the switch.
  public var pages: [String]
  /// Programs to run inside the new version before the switch.
  public var checks: [String]

  /// The Grafana of Examples/grafana.
  public static let grafana = Release(
    application: "grafana", port: 3000, health: "/api/health", environment: [:],
    pages: ["/login"], checks: [])

  /// The plan that deploys it: conditions and loops are Swift's own.
  public func plan() -> Deploy {
    Deploy(application, port: port, health: health) {
      DetectActive()
      Up(.target, environment: environment)
      Health(retries: 30, every: 1)
      for check in checks {
        Exec(.target, check).named("Check \(check)")
      }
      if !pages.isEmpty {
        WarmUp(paths: pages, ports: [.blue: 3003, .green: 3004])
      }
      SwapNginx()
      Reload()
      Stop(.previous)
    }
  }
}
