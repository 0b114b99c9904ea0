import DeployDSL
import DeployRunner

/// What is said beside an import: `// package(path: "../acme-steps")`.
struct PackageComment {
  /// What is wrong with such a comment.
  struct ValidationIssue: Error, Equatable {
    var problem: String
    var fix: String
  }

  /// The words in the brackets and their values.
  private(set) var values: [String: String] = [:]

  /// The words that may stand in the brackets.
  static let labels = ["path", "url", "from", "exact", "branch", "revision", "product"]
  static let example = #"write // package(path: "../NAME") or // package(url: "…", from: "1.0.0")"#

  /// Reads a comment; `nil` if it speaks of something else.
  init?(_ comment: String) throws(ValidationIssue) {
    var rest = comment[...]
    if rest.first == "." { rest.removeFirst() }
    let word = rest.prefix { $0.isLetter }
    guard EditDistance.distance(String(word), "package") <= 2, word.count > 4 else { return nil }
    rest = rest.dropFirst(word.count).drop { $0 == " " }
    guard rest.first == "(" else {
      guard let sign = rest.first, ":\"={".contains(sign) else { return nil }
      throw ValidationIssue(problem: "the package is not in brackets", fix: Self.example)
    }
    guard word == "package" else {
      throw ValidationIssue(
        problem: "'\(word)' is not 'package'", fix: "did you mean 'package(…)'?")
    }
    try read(rest.dropFirst())
  }

  private mutating func read(_ text: Substring) throws(ValidationIssue) {
    var rest = text.drop { $0 == " " }
    guard rest.first != ")" else {
      throw ValidationIssue(problem: "the package's brackets are empty", fix: Self.example)
    }
    while true {
      let label = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(label.count).drop { $0 == " " }
      guard !label.isEmpty, rest.first == ":" else {
        throw ValidationIssue(problem: "the package's words lack their labels", fix: Self.example)
      }
      rest = rest.dropFirst().drop { $0 == " " }
      try take(String(label), Self.text(&rest, after: label))
      rest = rest.drop { $0 == " " }
      let sign = rest.popFirst()
      if sign == ")" { return }
      guard sign == "," else {
        throw ValidationIssue(
          problem: "the package's brackets are not closed", fix: "end it with )")
      }
      rest = rest.drop { $0 == " " }
    }
  }

  /// A text in quotes.
  private static func text(
    _ rest: inout Substring, after label: Substring
  ) throws(ValidationIssue) -> String {
    guard rest.popFirst() == "\"", let end = rest.firstIndex(of: "\"") else {
      throw ValidationIssue(
        problem: "'\(label)' has no text in quotes", fix: "write \(label): \"…\"")
    }
    defer { rest = rest[rest.index(after: end)...] }
    return String(rest[..<end])
  }

  private mutating func take(_ label: String, _ value: String) throws(ValidationIssue) {
    guard Self.labels.contains(label) else {
      let near = EditDistance.nearest(to: label, among: Self.labels)
      throw ValidationIssue(
        problem: "'\(label)' is no word of package(…)",
        fix: near.map { "did you mean '\($0)'?" } ?? "known: \(Self.labels.joined(separator: ", "))"
      )
    }
    guard !value.isEmpty else {
      throw ValidationIssue(problem: "'\(label)' is empty", fix: "write \(label): \"…\"")
    }
    guard values.updateValue(value, forKey: label) == nil else {
      throw ValidationIssue(problem: "'\(label)' stands twice", fix: "keep one")
    }
  }
}

extension PackageComment {
  /// Where the package is.
  ///
  /// - Parameter folder: what a path in the comment begins at.
  func origin(from folder: String) throws(ValidationIssue) -> PackageDependency.Origin {
    let kinds = PackageDependency.Requirement.Kind.allCases.filter { values[$0.rawValue] != nil }
    switch (values["path"], values["url"]) {
    case (let path?, nil):
      guard kinds.isEmpty else {
        throw ValidationIssue(
          problem: "a package in a folder has no version", fix: "leave '\(kinds[0])' out")
      }
      return .folder(Paths.tidy(path.hasPrefix("/") ? path : "\(folder)/\(path)"))
    case (nil, let url?):
      guard let kind = kinds.first, kinds.count == 1, let value = values[kind.rawValue] else {
        throw ValidationIssue(
          problem: kinds.isEmpty
            ? "the package has no version" : "the package has \(kinds.count) versions",
          fix: #"write one of from: "1.0.0", exact: "1.0.0", branch: "main", revision: "…""#)
      }
      if kind == .from || kind == .exact { try Self.check(version: value, of: kind) }
      return .repository(url, requirement: .init(kind: kind, value: value))
    case (nil, nil): throw ValidationIssue(problem: "the package has no place", fix: Self.example)
    default:
      throw ValidationIssue(problem: "the package has two places", fix: "keep 'path' or 'url'")
    }
  }

  private static func check(
    version: String, of kind: PackageDependency.Requirement.Kind
  ) throws(ValidationIssue) {
    let core = version.prefix { $0 != "-" && $0 != "+" }
    let parts = core.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count == 3, parts.allSatisfy({ UInt($0) != nil }) { return }
    let numbers = core.drop { $0 == "v" }.split(separator: ".").prefix(3).compactMap { UInt($0) }
    let mended = (numbers + [0, 0, 0]).prefix(3).map { "\($0)" }.joined(separator: ".")
    throw ValidationIssue(
      problem: "'\(version)' is no version",
      fix: "write its three numbers: \(kind): \"\(numbers.isEmpty ? "1.0.0" : mended)\"")
  }
}
