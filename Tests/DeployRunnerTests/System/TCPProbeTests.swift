import Testing

@testable import DeployRunner

@Suite("TCPProbe", .timeLimit(.minutes(10)))
struct TCPProbeTests {
  @Test func `a server that takes connections passes, even if it says nothing`() async throws {
    let server = LocalServer(.silent)
    try await TCPProbe(host: "127.0.0.1", port: server.port).connect(timeout: .seconds(30))
    // `localhost` may mean ::1 first, where nothing listens.
    try await TCPProbe(host: "localhost", port: server.port).connect(timeout: .seconds(30))
  }

  @Test func `a refused connection says so`() async {
    let server = LocalServer(.refusing)
    await #expect(
      throws: OperationError.refused(reason: "127.0.0.1:\(server.port): Connection refused")
    ) {
      try await TCPProbe(host: "127.0.0.1", port: server.port).connect(timeout: .seconds(30))
    }
  }

  @Test func `no time is no connection`() async {
    // 192.0.2.0/24 belongs to nobody: packets that go there are lost or refused.
    await #expect(throws: OperationError.self) {
      try await TCPProbe(host: "192.0.2.1", port: 80).connect(timeout: .milliseconds(50))
    }
  }
}
