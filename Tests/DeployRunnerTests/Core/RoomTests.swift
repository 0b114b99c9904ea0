import Foundation
import Testing

/// The compiler accepts an import that the manifest does not declare, and knows nothing of the rooms
/// inside `DeployRunner`: this keeps both in order.
@Suite("Targets and rooms") struct RoomTests {
  /// From the ground up; targets of one floor do not import each other.
  private static let targets = [
    ["BgrunSystem", "CBgrun", "DeployDSL"], ["DeployRunner"], ["DeploySimulator"],
    ["DeployTesting", "bgrun"],
  ]

  @Test func `every target imports only the targets below it`() throws {
    let floor = Self.floor(of: Self.targets)
    #expect(
      try Set(Self.folders(of: Self.sources)) == Set(floor.keys), "a new target needs a floor")
    var wrong: [String] = []
    for target in floor.keys.sorted() {
      for file in try Self.files(of: Self.sources.appending(path: target)) {
        for match in try Self.code(file).matches(of: /(?m)^(?:@?\w+ )*import (\w+)/) {
          let name = String(match.1)
          if floor[name, default: -1] >= floor[target, default: 0] {
            wrong.append("\(target)/\(file.lastPathComponent) imports \(name)")
          }
        }
      }
    }
    #expect(wrong == [])
  }

  /// From the ground up; rooms of one floor do not use each other.
  private static let floors = [
    ["Core"], ["System"], ["Nginx", "Secrets"], ["Journal"], ["Docker"], ["Deployment"], ["Run"],
    ["Reporting", "Status", "Inspection"],
  ]

  @Test func `every room uses only the rooms below it`() throws {
    let root = Self.sources.appending(path: "DeployRunner")
    let floor = Self.floor(of: Self.floors)
    #expect(try Set(Self.folders(of: root)) == Set(floor.keys), "a new folder needs a floor")
    let files = try floor.keys.sorted().flatMap { room in
      try Self.files(of: root.appending(path: room)).map {
        (room: room, name: $0.lastPathComponent, code: try Self.code($0))
      }
    }
    var homes: [String: Set<String>] = [:]
    for file in files {
      for name in Self.declared(in: file.code, nested: false) {
        homes[name, default: []].insert(file.room)
      }
    }
    #expect(homes["HumanReporter"] == ["Reporting"] && homes["Event"] == ["Core"])
    var wrong: [String] = []
    for file in files {
      let own = Self.declared(in: file.code, nested: true)
      for name in Self.used(in: file.code).subtracting(own).sorted() {
        guard let home = homes[name], home.count == 1, let room = home.first, room != file.room,
          floor[room, default: 0] >= floor[file.room, default: 0]
        else { continue }
        wrong.append("\(file.room)/\(file.name) uses \(name) of \(room)")
      }
    }
    #expect(wrong == [])
  }

  private static let sources = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources").standardized

  private static func floor(of floors: [[String]]) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: floors.enumerated().flatMap { number, names in
        names.map { ($0, number) }
      })
  }

  private static func folders(of root: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.path).filter { !$0.contains(".") }
  }

  private static func files(of folder: URL) throws -> [URL] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".swift") }.map { folder.appending(path: $0) }
  }

  /// A file without comments and text literals.
  private static func code(_ file: URL) throws -> String {
    try String(contentsOf: file, encoding: .utf8)
      .replacing(/\/\/[^\n]*/, with: "").replacing(/"(?:\\.|[^"\\\n])*"/, with: "")
  }

  private static func declared(in code: String, nested: Bool) -> Set<String> {
    let declaration =
      /(?m)^([ ]*)((?:\w+ )*)(?:struct|enum|class|protocol|actor|typealias) ([A-Z]\w*)/
    return Set(
      code.matches(of: declaration).filter { match in
        nested || (match.1.isEmpty && !match.2.contains("private"))
      }.map { String($0.3) })
  }

  private static func used(in code: String) -> Set<String> {
    Set(code.matches(of: /(?:^|[^.\w])([A-Z]\w*)/).map { String($0.1) })
  }
}
