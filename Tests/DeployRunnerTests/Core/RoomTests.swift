import Foundation
import Testing

/// `DeployRunner` is one module, so the compiler does not keep its rooms apart: this does.
@Suite("Rooms of DeployRunner") struct RoomTests {
  /// From the ground up; rooms of one floor do not use each other.
  private static let floors = [
    ["Core"], ["System"], ["Nginx", "Secrets"], ["Journal"], ["Docker"], ["Deployment"], ["Run"],
    ["Reporting", "Status"], ["Simulator"],
  ]

  @Test func `every room uses only the rooms below it`() throws {
    let rooms = Self.floors.flatMap(\.self)
    let floor = Dictionary(
      uniqueKeysWithValues: Self.floors.enumerated().flatMap { number, rooms in
        rooms.map { ($0, number) }
      })
    #expect(try Set(Self.folders()) == Set(rooms), "a new folder needs a floor")
    let files = try rooms.flatMap { room in
      try Self.files(of: room).map {
        (room: room, name: $0.lastPathComponent, code: try Self.code($0))
      }
    }
    var homes: [String: Set<String>] = [:]
    for file in files {
      for name in Self.declared(in: file.code, nested: false) {
        homes[name, default: []].insert(file.room)
      }
    }
    #expect(homes["SimulatedHost"] == ["Simulator"] && homes["Event"] == ["Core"])
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

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources/DeployRunner").standardized

  private static func folders() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.path)
      .filter { !$0.contains(".") }
  }

  private static func files(of room: String) throws -> [URL] {
    let folder = root.appending(path: room)
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path)
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
