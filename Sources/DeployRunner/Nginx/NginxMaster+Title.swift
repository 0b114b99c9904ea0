extension NginxMaster {
  private static let prefix = "nginx: master process "

  /// Whether a process's title is that of an nginx master.
  package static func isMaster(_ title: String) -> Bool { title.hasPrefix(prefix) }

  /// Takes program and options from the title of the master's process:
  /// `nginx: master process /usr/sbin/nginx -c /srv/nginx.conf -g daemon off;`.
  ///
  /// Quotes are lost in it: the value of `-g` ends where another option starts.
  package mutating func read(title: String) {
    guard Self.isMaster(title) else { return }
    let words = title.dropFirst(Self.prefix.count).split(separator: " ").map(String.init)
    guard let first = words.first else { return }
    // A path that is relative to the master's working folder means another file elsewhere.
    if first.hasPrefix("/") || !first.contains("/") { program = first }
    options = []
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      let name = String(word.prefix(2))
      guard Self.names.contains(name) else { continue }
      var value =
        word.count > 2 ? [String(word.dropFirst(2))] : [rest.popFirst()].compactMap(\.self)
      while name == "-g", let next = rest.first, !Self.names.contains(next) {
        value.append(next)
        rest.removeFirst()
      }
      let text = name == "-g" ? Self.directives(value.joined(separator: " ")) : value.joined()
      if !text.isEmpty { options += [name, text] }
    }
  }

  private static let names: Set = ["-c", "-p", "-g", "-e"]

  /// Directives without those that only matter when the master starts.
  private static func directives(_ text: String) -> String {
    text.split(separator: ";")
      .map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty && !$0.hasPrefix("daemon ") && !$0.hasPrefix("master_process ") }
      .map { "\($0);" }.joined(separator: " ")
  }
}
