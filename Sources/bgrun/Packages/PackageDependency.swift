/// A package that the steps of a plan come from.
struct PackageDependency: Hashable {
  /// Where the package is.
  enum Origin: Hashable {
    /// A folder, from the root.
    case folder(String)
    /// A repository, and which version of it: `from: "1.2.0"`.
    case repository(String, requirement: Requirement)
  }

  /// Which version of a repository.
  struct Requirement: Hashable {
    enum Kind: String, CaseIterable { case from, exact, branch, revision }
    var kind: Kind
    var value: String
  }

  /// Which of its products.
  enum Products: Hashable {
    /// The one of that name.
    case named(String)
    /// Each library that it offers: the manifest in the plans' folder.
    case all
  }

  var origin: Origin
  var products: Products
  /// Where it was asked for.
  var place: Place

  /// A line of a file as the user typed its name. Two needs do not differ by it.
  struct Place: Hashable, CustomStringConvertible {
    var file: String
    var line: Int?
    var description: String { line.map { "\(file):\($0)" } ?? file }

    static func == (one: Place, other: Place) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
  }

  /// What SwiftPM calls the package: the last part of where it is.
  var identity: String {
    let location =
      switch origin {
      case .folder(let path): Paths.tidy(path)
      case .repository(let url, _): url
      }
    let name = location.split { $0 == "/" || $0 == ":" }.last ?? "package"
    return (name.hasSuffix(".git") ? name.dropLast(4) : name).lowercased()
  }

  /// The need as text: one for each meaning.
  var fields: [String] {
    let product =
      switch products {
      case .named(let name): name
      case .all: ""
      }
    return switch origin {
    case .folder(let path): ["path", path, product]
    case .repository(let url, let version):
      [url, version.kind.rawValue, version.value, product]
    }
  }
}
