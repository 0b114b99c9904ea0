import Testing

/// One after the other, beside "The tool": each compiles plans.
@Suite("Sessions", .serialized) struct SessionTests {
  @Test(arguments: try Session.all)
  func `A session prints what is recorded`(session: Session) async throws {
    try expect(try await session.played(), isRecordedIn: session.file)
  }
}
