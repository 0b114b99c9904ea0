import DeployDSL
import Foundation
import Testing

@testable import bgrun

@Suite("package(…) beside an import")
struct PackageDependencyTests {
  let bench: Workbench

  init() throws {
    bench = try Workbench()
    try bench.write("acme-steps/Package.swift", "")
  }

  private func read(_ comment: String) throws -> PackageDependency? {
    let text = Array("import A  // \(comment)".utf8)
    let item = try #require(SwiftSource(text).imports.first)
    return try PackageDependency(
      comment: item.comment ?? "", of: item, in: "p.swift", folder: bench.folder.path + "/plans")
  }

  @Test(arguments: [
    #"package(path: "../acme-steps")"#, #".package( path : ".././acme-steps" ) for us"#,
  ])
  func `a folder begins at the plan`(comment: String) throws {
    let package = try #require(try read(comment))
    #expect(package.origin == .folder(bench.folder.path + "/acme-steps"))
    #expect(package.place == "p.swift:1" && package.product == "A")
  }

  @Test(arguments: PackageDependency.requirements)
  func `a repository in each way to give its version`(requirement: String) throws {
    let url = "https://example.org/acme-steps.git"
    let comment = "package(url: \"\(url)\", \(requirement): \"1.2.3-rc.1\", product: \"AcmeKit\")"
    let package = try #require(try read(comment))
    #expect(
      package.origin == .repository(url, requirement: requirement, version: "1.2.3-rc.1"))
    #expect(package.identity == "acme-steps" && package.product == "AcmeKit")
  }

  @Test(arguments: [
    "", "steps of ours", "package manager's module", "back(path)", "the package(x)",
  ])
  func `comments about something else`(comment: String) throws {
    #expect(try read(comment) == nil)
  }

  static let example = #"write // package(path: "../NAME") or // package(url: "…", from: "1.0.0")"#
  static let versions =
    #"write one of from: "1.0.0", exact: "1.0.0", branch: "main", revision: "…""#
  static let issues: [(String, String, String)] = [
    (#"pakage(path: "x")"#, "'pakage' is not 'package'", "did you mean 'package(…)'?"),
    ("package: ../acme", "invalid package(…)", example),
    ("package()", "invalid package(…)", example),
    (#"package("../acme")"#, "invalid package(…)", example),
    ("package(path: ../x)", "invalid package(…)", example),
    (#"package(path: "x"#, "invalid package(…)", example),
    (#"package(path: "x""#, "invalid package(…)", example),
    (#"package(pth: "x")"#, "unknown argument 'pth' of package(…)", "did you mean 'path'?"),
    (#"package(path: "")"#, "'path' is empty", "write path: \"…\""),
    (#"package(path: "x", path: "y")"#, "'path' is given twice", "keep one"),
    (#"package(product: "x")"#, "the package has no location", example),
    (
      #"package(path: "x", url: "y", from: "1.0.0")"#, "the package has two locations",
      "keep 'path' or 'url'"
    ),
    (
      #"package(path: "x", from: "1.0.0")"#, "a package in a folder has no version",
      "remove 'from'"
    ),
    (#"package(url: "x")"#, "the package needs one version, not 0", versions),
    (
      #"package(url: "x", from: "1.0.0", branch: "b")"#, "the package needs one version, not 2",
      versions
    ),
    (
      #"package(url: "x", from: "v1.2")"#, "'v1.2' is not a version",
      #"write three numbers: from: "1.0.0""#
    ),
  ]

  @Test(arguments: issues)
  func `each mistake is named with its fix`(comment: String, problem: String, fix: String) throws {
    let error = #expect(throws: PlanError.self) { try read(comment) }
    #expect(error?.diagnostics.map(\.problem) == [problem])
    #expect(error?.diagnostics.map(\.fix) == [fix])
  }
}
