package import DeployDSL

/// The text of a site file, searched for the colours' hosts.
package struct SiteText: Sendable {
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The colours whose hosts the configuration names outside of comments.
  package func colors(by hosts: ColorHosts) -> Set<Color> {
    let named = Set(words)
    return Set(Color.allCases.filter { !named.isDisjoint(with: hosts[$0]) })
  }

  /// The only colour that is named, if any.
  package func color(by hosts: ColorHosts) -> Color? {
    let colors = colors(by: hosts)
    return colors.count == 1 ? colors.first : nil
  }

  /// The ports of hosts: 3000 for `grafana-blue:3000`.
  func ports(of hosts: Set<String>) -> [Int] {
    let ports = words.compactMap { word -> Int? in
      let parts = word.split(separator: ":", omittingEmptySubsequences: false)
      return parts.count == 2 && hosts.contains(String(parts[0])) ? Int(parts[1]) : nil
    }
    return Set(ports).sorted()
  }

  private var words: [String] {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.flatMap { line in Self.hosts(in: line.prefix { $0 != "#" }) }
  }

  /// Everything that could be a host, with and without its port: whole names, so that
  /// `grafana-blue` is not found in `grafana-blue-2`.
  package static func hosts(in text: Substring) -> [String] {
    let places = text.split { character in
      !(character.isLetter || character.isNumber || "-_.:".contains(character))
    }
    return places.flatMap { place in
      let parts = place.split(separator: ":")
      return (parts.count > 1 ? [place] : []) + parts
    }.map(String.init)
  }
}
