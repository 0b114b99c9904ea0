import Synchronization
import Testing

/// The clients of a project's proxy, and what they must see.
final class Users: Sendable {
  /// What they must see.
  enum Expectation: Sendable {
    /// No request fails.
    case served
    /// No request fails, and only blue answers.
    case onBlue
    /// Anything: the test makes an outage, or the site is asked for in another way.
    case unwatched
  }

  private let expectation: Expectation
  private let load = Mutex<Load?>(nil)

  init(expect expectation: Expectation) { self.expectation = expectation }

  /// Whether there are such clients.
  var areWatched: Bool { expectation != .unwatched }

  /// Starts the clients: a hundred requests a second, half of them on kept connections.
  func begin(port: Int) {
    guard expectation != .unwatched else { return }
    load.withLock { $0 = $0 ?? Load(port: port, clients: 2, pause: 20) }
  }

  /// Ends the clients; returns what they saw, or `nil` if they were not started.
  func stop() async -> Tally? {
    await load.withLock { load in
      defer { load = nil }
      return load
    }?.stop()
  }

  /// Ends the clients, late enough to see late effects of a deploy, and checks what they saw.
  func check(_ sourceLocation: SourceLocation = #_sourceLocation) async {
    try? await Task.sleep(for: .milliseconds(300))
    guard let tally = await stop() else { return }
    #expect(tally.failed == 0, "\(tally)", sourceLocation: sourceLocation)
    if expectation == .onBlue {
      #expect(tally.versions.keys.sorted() == [Colour.blue.version], sourceLocation: sourceLocation)
    }
  }
}
