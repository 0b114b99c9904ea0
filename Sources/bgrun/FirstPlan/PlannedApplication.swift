import DeployDSL
import DeployRunner

/// An application that a plan is written for.
struct PlannedApplication: Equatable {
  /// How a new version gets into the target's container.
  enum Source: Equatable {
    case pull
    case build
    /// The image is on this machine only.
    case local
  }

  /// A variable of the Compose file that decides the version.
  struct Version: Equatable {
    var variable: String
    /// The plan's parameter.
    var parameter: String
  }

  var name: String
  var pair: ColorPair
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
  /// Whether old connections are cut at the end of the drain, because some are long.
  var cutsConnections = false
}
