/// A service that belongs to a colour but takes no traffic, such as a queue worker.
///
/// It is pulled, built, started, checked and stopped together with its colour; the proxy does not
/// know it. A string is enough if the defaults fit: `Deploy("shop", workers: ["worker"])`.
public struct Worker: Hashable, Sendable, Encodable, ExpressibleByStringLiteral {
  /// The service of the blue colour.
  package var blue: String
  /// The service of the green colour.
  package var green: String
  /// Its health check.
  package var health: Health.Check

  /// Creates a worker.
  ///
  /// - Parameters:
  ///   - name: the prefix of its services' names.
  ///   - blue: the blue colour's service. Default: `NAME-blue`.
  ///   - green: the green colour's service. Default: `NAME-green`.
  ///   - health: its health check. Default: Docker's health status if the service defines one, else
  ///     that its container keeps running. An HTTP check needs its path.
  public init(
    _ name: String, blue: String? = nil, green: String? = nil, health: Health.Check = .automatic
  ) {
    self.blue = blue ?? "\(name)-blue"
    self.green = green ?? "\(name)-green"
    self.health = health
  }

  /// A worker with the default names.
  public init(stringLiteral name: String) { self.init(name) }

  /// The service of a colour.
  package func service(_ color: Color) -> String { color == .blue ? blue : green }
}
