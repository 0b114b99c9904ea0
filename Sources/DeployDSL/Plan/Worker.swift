/// A service that belongs to a colour beside the one that the proxy serves: a worker, for example.
///
/// It is pulled, built, started, gated and stopped together with its colour; the proxy does not know
/// it. A text is enough where the defaults fit: `Deploy("shop", workers: ["worker"])`.
public struct Worker: Hashable, Sendable, Encodable, ExpressibleByStringLiteral {
  /// The service of the blue colour.
  package var blue: String
  /// The service of the green colour.
  package var green: String
  /// What its gate asks.
  package var health: Health.Check

  /// Names a worker.
  ///
  /// - Parameters:
  ///   - name: what its services' names begin with.
  ///   - blue: the blue colour's service. Default: `NAME-blue`.
  ///   - green: the green colour's service. Default: `NAME-green`.
  ///   - health: what its gate asks. Default: Docker's health status where the service defines one,
  ///     else that its container keeps running. An HTTP check needs its path.
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
