import Foundation
import Testing

@testable import DeployRunner

@Suite("NameResolution", .timeLimit(.minutes(10)))
struct NameResolutionTests {
  /// A name server that never answers; addresses need none.
  private func silent(_ began: PollSignal? = nil) -> NameResolution {
    NameResolution { host, port, flags in
      guard flags == 0 else { throw OperationError.noAnswer(reason: "\(host) is no address") }
      began?.set()
      while true { sleep(60) }
    }
  }

  @Test func `an address is one, without asking anybody`() throws {
    let addresses = try NameResolution().addresses(
      of: "127.0.0.1", port: 80, deadline: .now, signal: PollSignal())
    #expect(addresses.map(\.family) == [AF_INET])
  }

  @Test func `a name is resolved`() throws {
    let addresses = try NameResolution().addresses(
      of: "localhost", port: 80, deadline: .now + .seconds(60), signal: PollSignal())
    #expect(!addresses.isEmpty)
  }

  @Test func `a name that nobody has says so`() {
    #expect {
      try NameResolution().addresses(
        of: "no such host", port: 80, deadline: .now + .seconds(60), signal: PollSignal())
    } throws: {
      "\($0)".contains("no such host cannot be resolved: ")
    }
  }

  @Test func `a name server that does not answer takes no longer than the deadline`() {
    #expect(
      throws: OperationError.noAnswer(reason: "app.example cannot be resolved in time")
    ) {
      try silent().addresses(
        of: "app.example", port: 80, deadline: .now + .milliseconds(20), signal: PollSignal())
    }
  }

  @Test func `nor longer than somebody wants to wait`() async throws {
    let began = PollSignal()
    let resolution = silent(began)
    let lookup = Task {
      try await BlockingThread.run { signal in
        Result {
          try resolution.addresses(
            of: "app.example", port: 80, deadline: .now + .seconds(3600), signal: signal)
        }
      }
    }
    try await BlockingThread.run { signal in
      Result {
        #expect(
          signal.wait(for: POLLIN, of: began.descriptor, until: .now + .seconds(300)))
      }
    }
    lookup.cancel()
    await #expect(throws: CancellationError.self) { try await lookup.value }
  }
}
