import Testing

@testable import bgrun

@Suite("package(…) beside an import")
struct PackageCommentTests {
  private typealias Origin = PackageDependency.Origin

  private func origin(_ comment: String) throws -> Origin? {
    try PackageComment(comment)?.origin(from: "/srv/plans")
  }

  @Test("a folder begins at the plan")
  func folder() throws {
    #expect(try origin(#"package(path: "../acme-steps")"#) == .folder("/srv/acme-steps"))
    #expect(try origin(#".package( path : "/x/./y" ) for us"#) == .folder("/x/y"))
  }

  @Test(
    "a repository in each way to say its version",
    arguments: PackageDependency.Requirement.Kind.allCases)
  func repository(kind: PackageDependency.Requirement.Kind) throws {
    let url = "https://example.org/acme-steps.git"
    let found = try #require(try origin("package(url: \"\(url)\", \(kind): \"1.2.3-rc.1\")"))
    let expected = Origin.repository(url, requirement: .init(kind: kind, value: "1.2.3-rc.1"))
    #expect(found == expected)
    let need = PackageDependency(
      origin: found, products: .named("A"), place: .init(file: "p.swift", line: 2))
    #expect(need.identity == "acme-steps")
  }

  @Test("a product by another name than the module's")
  func product() throws {
    let comment = try PackageComment(#"package(path: "..", product: "AcmeKit")"#)
    #expect(comment?.values["product"] == "AcmeKit")
  }

  @Test(
    "comments that speak of something else",
    arguments: ["", "steps of ours", "package manager's module", "back(path)", "the package(x)"])
  func other(comment: String) throws {
    #expect(try PackageComment(comment) == nil)
  }

  static let example = #"write // package(path: "../NAME") or // package(url: "…", from: "1.0.0")"#
  static let mistakes: [(String, String, String)] = [
    (#"pakage(path: "x")"#, "'pakage' is not 'package'", "did you mean 'package(…)'?"),
    ("package: ../acme", "the package is not in brackets", example),
    ("package()", "the package's brackets are empty", example),
    (#"package("../acme")"#, "the package's words lack their labels", example),
    ("package(path: ../x)", "'path' has no text in quotes", "write path: \"…\""),
    (#"package(path: "x"#, "'path' has no text in quotes", "write path: \"…\""),
    (#"package(path: "x""#, "the package's brackets are not closed", "end it with )"),
    (#"package(pth: "x")"#, "'pth' is no word of package(…)", "did you mean 'path'?"),
    (#"package(path: "")"#, "'path' is empty", "write path: \"…\""),
    (#"package(path: "x", path: "y")"#, "'path' stands twice", "keep one"),
    (#"package(product: "x")"#, "the package has no place", example),
    (
      #"package(path: "x", url: "y", from: "1.0.0")"#, "the package has two places",
      "keep 'path' or 'url'"
    ),
    (
      #"package(path: "x", from: "1.0.0")"#, "a package in a folder has no version",
      "leave 'from' out"
    ),
    (
      #"package(url: "x")"#, "the package has no version",
      #"write one of from: "1.0.0", exact: "1.0.0", branch: "main", revision: "…""#
    ),
    (
      #"package(url: "x", from: "1.0.0", branch: "b")"#, "the package has 2 versions",
      #"write one of from: "1.0.0", exact: "1.0.0", branch: "main", revision: "…""#
    ),
    (
      #"package(url: "x", from: "v1.2")"#, "'v1.2' is no version",
      #"write its three numbers: from: "1.2.0""#
    ),
  ]

  @Test("each mistake is named with its mending", arguments: mistakes)
  func mistake(comment: String, problem: String, fix: String) {
    #expect(throws: PackageComment.ValidationIssue(problem: problem, fix: fix)) {
      try origin(comment)
    }
  }
}
