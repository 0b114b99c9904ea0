/// The paths that a `location` block matches.
package struct NginxLocation: Hashable, Sendable {
  var path: String
  var isExact: Bool
  /// Whether the path is a regular expression, which is not evaluated.
  var isPattern: Bool

  /// Parses `location = /x` and `location ^~ /x`; `nil` without a path.
  package init?(_ location: NginxConfiguration.Directive) {
    let words = location.words.dropFirst()
    guard let path = words.last else { return nil }
    self.path = path
    isExact = words.first == "="
    isPattern = ["~", "~*"].contains(words.first)
  }

  /// The location that matches a path: an exact one, else the longest prefix.
  package static func best<Element>(
    of elements: [Element], for path: String, by location: (Element) -> NginxLocation
  ) -> Element? {
    elements.first { location($0).isExact && location($0).path == path }
      ?? elements.filter { !location($0).isExact && path.hasPrefix(location($0).path) }
      .max { location($0).path.count < location($1).path.count }
  }
}
