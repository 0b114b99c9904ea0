import BgrunTestSupport
import DeployDSL
import Synchronization
import Testing

@testable import DeployRunner

/// What the prober does with answers that say nothing about the application.
@Suite("Prober") struct ProberTests {
  /// A proxy that answers twice and then with HTTP 429 for good.
  private final class LimitingProxy: Executor {
    let stepped = SteppedClock()
    let times = Mutex<[Duration]>([])
    var clock: any Clock<Duration> { stepped }
    let stateFolder: String? = nil
    let isSimulated = false

    func perform(
      _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> OperationResult {
      try Task.checkCancellation()
      if case .call(let call) = operation.request, case .probes = call.kind {
        for status in [200, 200, 429] {
          output(OutputLine("\(status) 0.001 1 keep-alive|", on: .errors))
        }
        try await ContinuousClock().sleep(for: .seconds(600))
      }
      times.withLock { $0.append(stepped.now.offset) }
      await Task.yield()
      return .http(HTTPAnswer(status: 429, body: ""))
    }
  }

  @Test func `a site that limits requests is asked seldom, and its refusals are not counted`()
    async throws
  {
    let proxy = LimitingProxy()
    let prober = Prober(Receipt(), executor: proxy, clock: RunClock(proxy.stepped))
    var endpoint = ProxyEndpoint(guessed: PublishedAddress("127.0.0.1", 80))
    endpoint.isKnown = true
    let notes = Mutex<[String]>([])
    prober.begin(at: endpoint, for: "/health") { note in notes.withLock { $0.append(note) } }
    try await waitUntil("three more requests") { proxy.times.withLock { $0.count > 2 } }
    let ended = await prober.end(
      nil, DockerCLI(application: Deploy("grafana") { DetectActive() }.application))
    let receipt = try #require(ended)
    #expect(receipt.requests == 2 && receipt.failed == 0)
    #expect(notes.withLock { $0.count } == 1, "\(notes.withLock { $0 })")
    let times = proxy.times.withLock { $0 }
    #expect(times[0] >= .seconds(5))
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(5) }, "\(times)")
  }
}
