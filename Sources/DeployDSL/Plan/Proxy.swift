/// Where the nginx runs that sends requests to the colours.
///
/// ```swift
/// Deploy("shop", proxy: "nginx") { … }                   // a service of the Compose project
/// Deploy("shop", proxy: .container("edge-nginx")) { … }  // any other container
/// Deploy("shop", proxy: .host) { … }                     // the machine itself
/// ```
public struct Proxy: Hashable, Sendable {
  /// The kinds of places.
  package enum Place: Hashable, Sendable {
    case service(String)
    case container(String)
    case host
  }

  /// The place.
  package let place: Place

  package init(_ place: Place) { self.place = place }

  /// The service of the Compose project, if it is one.
  package var service: String? {
    if case .service(let name) = place { name } else { nil }
  }
}

/// What `Deploy(…, proxy:)` takes: a ``Proxy``, or a text with the name of a service.
public protocol ProxyConvertible: CustomStringConvertible, Sendable {}

extension Proxy: ProxyConvertible {
  /// The proxy that a plan's value means.
  package init(_ value: some ProxyConvertible) {
    self = value as? Proxy ?? .service(value.description)
  }
}

extension String: ProxyConvertible {}

extension ProxyConvertible where Self == Proxy {
  /// A service of the Compose project; the bare name means the same.
  public static func service(_ name: String) -> Proxy { Proxy(.service(name)) }

  /// A container, by its name: one of another Compose project, or of none.
  public static func container(_ name: String) -> Proxy { Proxy(.container(name)) }

  /// The machine itself: nginx runs outside of Docker.
  public static var host: Proxy { Proxy(.host) }
}

extension Proxy: ExpressibleByStringInterpolation {
  /// A service of the Compose project.
  public init(stringLiteral name: String) { place = .service(name) }
}

extension Proxy: CustomStringConvertible {
  /// The name of the service or container; `the host's nginx` for the machine itself.
  public var description: String {
    switch place {
    case .service(let name), .container(let name): name
    case .host: "the host's nginx"
    }
  }
}

extension Proxy: Codable {
  private enum CodingKeys: CodingKey { case container, host }

  /// Encodes a service as its name, a container as `{"container": "NAME"}`, and the machine itself
  /// as `{"host": true}`.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    switch place {
    case .service(let name): try name.encode(to: encoder)
    case .container(let name):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .container)
    case .host:
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(true, forKey: .host)
    }
  }

  /// Decodes what ``encode(to:)`` writes.
  ///
  /// - Throws: what the decoder throws.
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self = .service(name)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decodeIfPresent(String.self, forKey: .container)
    self = name.map(Proxy.container) ?? .host
  }
}
