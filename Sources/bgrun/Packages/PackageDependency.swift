import DeployDSL
import DeployRunner

/// A package that the steps of a plan come from.
struct PackageDependency {
  /// Where the package is.
  enum Origin: Hashable {
    /// A folder, from the root.
    case folder(String)
    /// A repository, and which version of it: `from`, `1.2.0`.
    case repository(String, requirement: String, version: String)
  }

  var origin: Origin
  /// Which of its products; `nil` for all its libraries: the manifest beside the plans.
  var product: String?
  /// Where it is declared, as the user typed it.
  var place: String

  /// SwiftPM's name of the package: the last part of its location.
  var identity: String {
    let location =
      switch origin {
      case .folder(let path): Paths.tidy(path)
      case .repository(let url, _, _): url
      }
    let name = location.split { $0 == "/" || $0 == ":" }.last ?? "package"
    return (name.hasSuffix(".git") ? name.dropLast(4) : name).lowercased()
  }

  /// What identifies the dependency, apart from its place.
  var fields: [String] {
    switch origin {
    case .folder(let path): ["path", path, product ?? ""]
    case .repository(let url, let requirement, let version):
      [url, requirement, version, product ?? ""]
    }
  }
}

// MARK: package(…) beside an import

extension PackageDependency {
  static let requirements = ["from", "exact", "branch", "revision"]
  private static let labels = ["path", "url"] + requirements + ["product"]
  private static let example =
    #"write // package(path: "../NAME") or // package(url: "…", from: "1.0.0")"#
  private static let versions =
    #"write one of from: "1.0.0", exact: "1.0.0", branch: "main", revision: "…""#

  /// Reads the comment of an import: `package(path: "../acme-steps")`; `nil` for other comments.
  ///
  /// - Parameter folder: the base of a relative path in the comment.
  init?(
    comment: String, of item: SwiftSource.Import, in file: String, folder: String
  ) throws(PlanError) {
    let text = comment.hasPrefix(".") ? comment.dropFirst() : comment[...]
    let word = text.prefix { $0.isLetter }
    let rest = text.dropFirst(word.count).drop { $0 == " " }
    guard word.count > 4, EditDistance.distance(String(word), "package") <= 2,
      let sign = rest.first, "(:\"={".contains(sign)
    else { return nil }
    func issue(_ problem: String, _ fix: String) -> PlanError {
      let place = SourceLocation(file: file, line: item.line, column: item.commentColumn)
      return PlanError([PlanDiagnostic(problem, fix: fix, at: place)])
    }
    guard word == "package" else {
      throw issue("'\(word)' is not 'package'", "did you mean 'package(…)'?")
    }
    guard let pairs = Self.pairs(rest) else { throw issue("invalid package(…)", Self.example) }
    var values: [String: String] = [:]
    for (label, value) in pairs {
      guard Self.labels.contains(label) else {
        let near = EditDistance.nearest(to: label, among: Self.labels)
        throw issue(
          "unknown argument '\(label)' of package(…)",
          near.map { "did you mean '\($0)'?" } ?? "known: \(Self.labels.joined(separator: ", "))")
      }
      guard !value.isEmpty else { throw issue("'\(label)' is empty", "write \(label): \"…\"") }
      guard values.updateValue(value, forKey: label) == nil else {
        throw issue("'\(label)' is given twice", "keep one")
      }
    }
    let given = Self.requirements.filter { values[$0] != nil }
    switch (values["path"], values["url"]) {
    case (let path?, nil):
      guard given.isEmpty else {
        throw issue("a package in a folder has no version", "remove '\(given[0])'")
      }
      let place = Paths.tidy(Paths.path(path, in: folder))
      guard Files.isFile("\(place)/Package.swift") else {
        throw issue(
          "no package at \(path)",
          Files.isFolder(place)
            ? "\(place) has no Package.swift"
            : "\(place) does not exist; the path is relative to this file")
      }
      origin = .folder(place)
    case (nil, let url?):
      guard given.count == 1, let version = values[given[0]] else {
        throw issue("the package needs one version, not \(given.count)", Self.versions)
      }
      if ["from", "exact"].contains(given[0]), !Self.isVersion(version) {
        throw issue(
          "'\(version)' is not a version", "write three numbers: \(given[0]): \"1.0.0\"")
      }
      origin = .repository(url, requirement: given[0], version: version)
    case (nil, nil): throw issue("the package has no location", Self.example)
    default: throw issue("the package has two locations", "keep 'path' or 'url'")
    }
    product = values["product"] ?? item.module
    place = "\(file):\(item.line)"
  }

  /// The labels and texts in the brackets; `nil` if it is not written like that.
  private static func pairs(_ text: Substring) -> [(String, String)]? {
    var rest = text
    var pairs: [(String, String)] = []
    while let match = rest.prefixMatch(of: /[(,]\s*([a-zA-Z]+)\s*:\s*"([^"]*)"\s*/) {
      pairs.append((String(match.1), String(match.2)))
      rest = rest[match.range.upperBound...]
    }
    return rest.first == ")" && !pairs.isEmpty ? pairs : nil
  }

  private static func isVersion(_ text: String) -> Bool {
    let parts = text.prefix { $0 != "-" && $0 != "+" }
      .split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 3 && parts.allSatisfy { UInt($0) != nil }
  }
}
