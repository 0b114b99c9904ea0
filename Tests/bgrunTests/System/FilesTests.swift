import Foundation
import Testing

@testable import bgrun

@Suite("Files")
struct FilesTests {
  @Test(
    "all is written where a reader is slow", .timeLimit(.minutes(1)))
  func slowReader() async throws {
    let pipe = Pipe()
    let end = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(end, F_SETFL, O_NONBLOCK)
    let text = [UInt8](repeating: 65, count: 1_000_000)
    async let read = Task.detached { pipe.fileHandleForReading.readDataToEndOfFile().count }.value
    #expect(Files.write(text, to: end))
    try pipe.fileHandleForWriting.close()
    #expect(await read == text.count)
  }
}
