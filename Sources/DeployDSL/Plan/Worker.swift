/// A service that belongs to a colour but takes no traffic, such as a queue worker.
///
/// It is pulled, built, started, checked and stopped together with its colour; the proxy does not
/// know it. A string is enough if the defaults fit: `Deploy("shop", workers: ["worker"])`.
///
/// If the colours are in Compose projects of their own, a worker without `blue:` and `green:` is the
/// service with its name in each of them.
public struct Worker: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The service of the blue colour.
  package private(set) var blue: ServiceID
  /// The service of the green colour.
  package private(set) var green: ServiceID
  /// Its health check.
  package var health: Health.Check
  private let name: String
  /// The other Compose projects that its services are in, by name.
  private(set) var projects: [String: ComposeSource]

  /// Creates a worker.
  ///
  /// - Parameters:
  ///   - name: the prefix of its services' names.
  ///   - blue: the blue colour's service. Default: `NAME-blue`.
  ///   - green: the green colour's service. Default: `NAME-green`.
  ///   - health: its health check. Default: Docker's health status if the service defines one, else
  ///     that its container keeps running. An HTTP check needs its path.
  public init(
    _ name: String, blue: (any ServiceReference)? = nil, green: (any ServiceReference)? = nil,
    health: Health.Check = .automatic
  ) {
    self.name = name
    self.blue = ServiceID(of: blue ?? "\(name)-blue")
    self.green = ServiceID(of: green ?? "\(name)-green")
    self.health = health
    projects = ComposeSource.all(of: [blue, green])
  }

  /// A worker with the default names.
  public init(stringLiteral name: String) { self.init(name) }

  /// The service of a colour.
  package func service(_ color: Color) -> ServiceID { color == .blue ? blue : green }

  /// The worker of colours in certain projects: there, the default name needs no colour.
  func inProjects(blue: String?, green: String?) -> Worker {
    var copy = self
    if let blue, self.blue == ServiceID("\(name)-blue") { copy.blue = ServiceID(name, in: blue) }
    if let green, self.green == ServiceID("\(name)-green") {
      copy.green = ServiceID(name, in: green)
    }
    return copy
  }
}

extension Worker: Codable {
  private enum CodingKeys: CodingKey { case blue, green, health }

  /// Encodes its services and its health check.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(blue, forKey: .blue)
    try values.encode(green, forKey: .green)
    try values.encode(health, forKey: .health)
  }

  /// Decodes what ``encode(to:)`` writes: the application holds the projects of its services.
  ///
  /// - Throws: what the decoder throws.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    blue = try values.decode(ServiceID.self, forKey: .blue)
    green = try values.decode(ServiceID.self, forKey: .green)
    health = try values.decode(Health.Check.self, forKey: .health)
    name = blue.name
    projects = [:]
  }
}
