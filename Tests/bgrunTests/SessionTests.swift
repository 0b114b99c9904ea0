import Testing

/// One after the other, beside "The tool": each compiles plans.
@Suite("Sessions", .serialized) struct SessionTests {
  @Test("A session prints what is recorded", arguments: try Session.all)
  func session(session: Session) async throws {
    try expect(try await session.played(), isRecordedIn: session.file)
  }
}
