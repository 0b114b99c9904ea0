/// Where a port of a container can be reached from this machine.
package struct PublishedAddress: Hashable, Sendable, CustomStringConvertible {
  package var host: String
  package var port: Int

  package init(_ host: String, _ port: Int) {
    self.host = host
    self.port = port
  }

  /// `127.0.0.1:3000`; an IPv6 address stands in brackets.
  package var description: String { "\(Self.written(host)):\(port)" }

  /// A host as it stands in a URL: an IPv6 address in brackets.
  static func written(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

  /// The address of a path there.
  package func url(_ path: String) -> String { "http://\(self)\(path)" }
}
