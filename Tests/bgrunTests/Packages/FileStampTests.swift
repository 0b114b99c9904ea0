import Foundation
import Testing

@testable import bgrun

@Suite("Whether a package's files have changed")
struct FileStampTests {
  let bench: Workbench

  init() throws {
    bench = try Workbench()
    try bench.write("Package.swift", "a")
    try bench.write("Sources/A/A.swift", "a")
    try bench.write("plan.swift", "a")
    try bench.write(".build/debug.yaml", "a")
  }

  private func changes(plans: Bool = false, _ change: () throws -> Void) rethrows -> Bool {
    let folder = bench.folder.path
    func stamp() -> String { FileStamp.of([folder], plans: plans ? folder : nil) }
    let before = stamp()
    #expect(stamp() == before)
    try change()
    return stamp() != before
  }

  @Test func `a file that is edited, added, removed or renamed is noticed`() throws {
    let file = bench.folder.appendingPathComponent("Sources/A/A.swift")
    let other = bench.folder.appendingPathComponent("Sources/A/B.swift")
    #expect(try changes { try bench.write("Sources/A/A.swift", "ab") })
    #expect(try changes { try FileManager.default.moveItem(at: file, to: other) })
    #expect(try changes { try bench.write("Sources/A/C/C.swift", "") })
    #expect(try changes { try FileManager.default.removeItem(at: other) })
    #expect(try changes { try bench.write("plan.swift", "ab") })
  }

  @Test(.timeLimit(.minutes(1)))
  func `links in a circle are looked into once`() throws {
    for name in ["a", "b", "c"] {
      try FileManager.default.createSymbolicLink(
        atPath: bench.folder.appendingPathComponent("Sources/\(name)").path,
        withDestinationPath: ".")
    }
    #expect(try changes { try bench.write("Sources/A/A.swift", "ab") })
  }

  @Test func `what SwiftPM itself writes is not, nor plans beside their package`() throws {
    #expect(try !changes { try bench.write(".build/debug.yaml", "ab") })
    #expect(try !changes(plans: true) { try bench.write("plan.swift", "ab") })
    #expect(try changes(plans: true) { try bench.write("Package.swift", "ab") })
  }
}
