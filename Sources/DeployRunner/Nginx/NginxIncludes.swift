import BgrunSystem

/// Merges nginx's files: replaces each `include` by the included files.
package struct NginxIncludes {
  package typealias Refusal = NginxConfiguration.Refusal

  /// The maximum depth of includes, because a file may include itself.
  private static let depth = 20

  let main: String
  /// All paths that a pattern may match, in order.
  let paths: [String]
  /// Loads a file; `nil` if it does not exist.
  let file: (String) throws(Refusal) -> NginxConfiguration?
  /// The files, in the order of their first use.
  package private(set) var order: [String] = []

  package init(
    main: String, paths: [String],
    file: @escaping (String) throws(Refusal) -> NginxConfiguration?
  ) {
    self.main = main
    self.paths = paths
    self.file = file
  }

  /// Reads the main file and everything that it includes.
  package mutating func read() throws(Refusal) -> NginxConfiguration {
    NginxConfiguration(try directives(of: main, depth: 0) ?? [])
  }

  private mutating func directives(
    of path: String, depth: Int
  ) throws(Refusal) -> [NginxConfiguration.Directive]? {
    guard depth < Self.depth, let found = try file(path) else { return nil }
    if !order.contains(path) { order.append(path) }
    return try expanded(found.directives, depth: depth)
  }

  private mutating func expanded(
    _ directives: [NginxConfiguration.Directive], depth: Int
  ) throws(Refusal) -> [NginxConfiguration.Directive] {
    var result: [NginxConfiguration.Directive] = []
    for var directive in directives {
      if directive.name == "include", let pattern = directive.words.dropFirst().first {
        let path = Self.absolute(pattern, besides: main)
        result += try included(path, by: directive, depth: depth)
      } else {
        if !directive.block.isEmpty {
          directive.block = try expanded(directive.block, depth: depth)
        }
        result.append(directive)
      }
    }
    return result
  }

  private mutating func included(
    _ pattern: String, by directive: NginxConfiguration.Directive, depth: Int
  ) throws(Refusal) -> [NginxConfiguration.Directive] {
    // As in nginx: only a pattern may match no files.
    guard Self.isPattern(pattern) else {
      if let found = try directives(of: pattern, depth: depth + 1) { return found }
      throw Refusal(
        text: "open() \"\(pattern)\" failed (2: No such file or directory) in "
          + "\(directive.file):\(directive.line)")
    }
    var result: [NginxConfiguration.Directive] = []
    for path in paths where Self.matches(path, pattern) {
      result += try directives(of: path, depth: depth + 1) ?? []
    }
    return result
  }

  /// Whether a path may match several files.
  package static func isPattern(_ path: some StringProtocol) -> Bool {
    path.contains(where: "*?[".contains)
  }

  /// Whether a pattern matches a path.
  package static func matches(_ path: String, _ pattern: String) -> Bool {
    fnmatch(pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0
  }

  /// nginx resolves relative paths against the main file's folder.
  static func absolute(_ path: String, besides main: String) -> String {
    guard !path.hasPrefix("/"), let slash = main.lastIndex(of: "/") else { return path }
    return main[...slash] + path
  }
}
