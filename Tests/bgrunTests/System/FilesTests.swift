import DeployRunner
import Foundation
import Testing

@testable import bgrun

@Suite("Files")
struct FilesTests {
  @Test(.timeLimit(.minutes(1)))
  func `all is written where a reader is slow`() async throws {
    let pipe = Pipe()
    let end = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(end, F_SETFL, O_NONBLOCK)
    let text = [UInt8](repeating: 65, count: 1_000_000)
    async let read = Task.detached { pipe.fileHandleForReading.readDataToEndOfFile().count }.value
    #expect(Files.write(text, to: end))
    try pipe.fileHandleForWriting.close()
    #expect(await read == text.count)
  }

  @Test func `what replaces a file is not written through a link that somebody put in its way`()
    throws
  {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "bgrun-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (path, victim) = (folder.path + "/compile_commands.json", folder.path + "/victim")
    try Data("precious".utf8).write(to: URL(filePath: victim))
    // The name that it had, which anybody could guess.
    for link in [path, "\(path).\(getpid()).tmp"] {
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: victim)
    }
    #expect(Files.replace(path, with: "new"))
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
  }
}
