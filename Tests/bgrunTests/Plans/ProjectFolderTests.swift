import DeployRunner
import Foundation
import Testing

@testable import bgrun

@Suite("Which folder is the Compose project's")
struct ProjectFolderTests {
  let bench: Workbench
  let root: String

  init() throws {
    bench = try Workbench()
    root = try #require(Paths.resolved(bench.folder.path))
    try bench.write("app/Plans/app.swift", "")
  }

  private func found(composeFiles: [String] = []) throws -> String {
    let plan = try PlanFile(OptionParser.parse(["\(root)/app/Plans/app.swift"]))
    return try ProjectFolder.find(for: plan, composeFiles: composeFiles, named: nil)
  }

  @Test(arguments: ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"])
  func `the nearest one at or above the plan that holds a Compose file`(name: String) throws {
    try bench.write(name, "")
    #expect(try found() == root)
    try bench.write("app/\(name)", "")
    #expect(try found() == "\(root)/app")
  }

  @Test func `by the file that the plan says, and by no other`() throws {
    try bench.write("deploy/prod.yaml", "")
    try bench.write("app/compose.yaml", "")
    #expect(try found(composeFiles: ["deploy/prod.yaml"]) == root)
  }

  @Test func `by all of several files, else by any of them`() throws {
    try bench.write("blue.yaml", "")
    try bench.write("green.yaml", "")
    try bench.write("app/blue.yaml", "")
    #expect(try found(composeFiles: ["blue.yaml", "green.yaml"]) == root)
    #expect(try found(composeFiles: ["blue.yaml", "none.yaml"]) == "\(root)/app")
  }

  @Test(arguments: ["COMPOSE_FILE=prod.yaml:more.yaml", "A=b\r\nexport COMPOSE_FILE = x.yaml"])
  func `the one whose .env tells Compose where the file is`(text: String) throws {
    try bench.write("compose.yaml", "")
    try bench.write("app/.env", text)
    #expect(try found() == "\(root)/app")
  }

  @Test(arguments: ["# COMPOSE_FILE=prod.yaml", "COMPOSE_FILES=x", "NAME=COMPOSE_FILE"])
  func `another .env says nothing`(text: String) throws {
    try bench.write("compose.yaml", "")
    try bench.write("app/.env", text)
    #expect(try found() == root)
  }

  @Test func `the working folder where there is none`() throws {
    #expect(try found() == Paths.current)
  }
}
