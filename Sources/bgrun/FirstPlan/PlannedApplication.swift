import DeployDSL

/// An application that a plan is written for.
struct PlannedApplication: Codable, Equatable, Sendable {
  /// How a new version gets into the target's container.
  enum Source: String, Codable, Equatable, Sendable {
    case pull
    case build
    /// The image is on this machine only.
    case local
  }

  /// A variable of the Compose file that decides the version.
  struct Version: Codable, Equatable, Sendable {
    var variable: String
    /// The plan's parameter.
    var parameter: String
    /// The file that sets the variable.
    var file = ".env"
  }

  var name: String
  var pair: ColorPair
  /// The colours' Compose projects, if they are not services of one.
  var projects: ColorProjects?
  /// Pairs that get no requests: they switch with the application.
  var workers: [ColorPair] = []
  /// The Compose files that the plan must name.
  var compose: [String] = []
  var proxy = Proxy.service("nginx-proxy")
  var site = Site()
  /// The port inside the containers, if the Compose file does not state it.
  var port: Int?
  var health = "/"
  /// How many times, 2 seconds apart, the health check is tried.
  var retries = 15
  var source = Source.pull
  var version: Version?
  /// The seconds after which old connections are cut, because some are long; `nil` if none is.
  var drain: Int?

  /// The application as a plan describes it, as far as it is known.
  var model: Application {
    let (blue, green) = (reference(.blue), reference(.green))
    return Deploy(
      name, blue: blue, green: green, compose: compose.isEmpty ? nil : compose, proxy: proxy,
      health: health
    ) {}
    .application
  }

  /// The service of a colour, as a plan refers to it.
  func reference(_ color: Color) -> any ServiceReference {
    let service = color == .blue ? pair.blue : pair.green
    return projects?.reference(to: service, color) ?? service
  }
}
