/// Where this machine can reach a container port.
package struct PublishedAddress: Hashable, Sendable, CustomStringConvertible {
  package var host: String
  package var port: Int

  package init(_ host: String, _ port: Int) {
    self.host = host
    self.port = port
  }

  /// `127.0.0.1:3000`; an IPv6 address is in brackets.
  package var description: String { "\(Self.written(host)):\(port)" }

  /// A host as written in a URL: an IPv6 address in brackets.
  static func written(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

  /// The URL of a path at this address.
  package func url(_ path: String) -> String { "http://\(self)\(path)" }
}
