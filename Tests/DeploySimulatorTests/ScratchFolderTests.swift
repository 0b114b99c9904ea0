import Foundation
import Testing

@testable import DeploySimulator

/// The folders of rehearsed runs' journals.
@Suite struct ScratchFolderTests {
  private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test func `it is gone once it is removed`() {
    let folder = ScratchFolder()
    #expect(isThere(folder.path))
    folder.remove()
    #expect(!isThere(folder.path))
  }

  @Test func `what a killed process left is removed, what is in use stays`() throws {
    let used = ScratchFolder()
    let left = "\(ScratchFolder.base)/\(ScratchFolder.prefix)\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: "\(left)/.bgrun", withIntermediateDirectories: true)
    ScratchFolder.sweep()
    #expect(!isThere(left) && isThere(used.path))
    used.remove()
  }
}
