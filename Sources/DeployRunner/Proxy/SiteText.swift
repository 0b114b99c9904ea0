package import DeployDSL

/// The text of a site file, and which colour it sends requests to.
package struct SiteText: Sendable {
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The services among the given ones that the configuration names as a host, comments left out.
  package func services(among names: [String]) -> Set<String> {
    let hosts = Set(words)
    return Set(names.filter(hosts.contains))
  }

  /// The colour whose service is named, if it is one only.
  package func color(in application: Application) -> Color? {
    let named = services(among: [application.blue, application.green])
    guard named.count == 1 else { return nil }
    return named.contains(application.blue) ? .blue : .green
  }

  /// Everything that could be a host's name: runs of the characters that names are made of, so
  /// that `grafana-blue` is not found in `grafana-blue-2`.
  private var words: [String] {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.flatMap { line in
      line.prefix { $0 != "#" }.split { character in
        !(character.isLetter || character.isNumber || "-_.".contains(character))
      }.map(String.init)
    }
  }
}
