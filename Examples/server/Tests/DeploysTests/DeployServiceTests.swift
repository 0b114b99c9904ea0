import DeployDSL
import DeployRunner
import DeploySimulator
import Deploys
import Foundation
import Hummingbird
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A step that tells when it has begun, and stands still until it may go on.
private struct Hold: PrimitiveStep {
  let begun = AsyncStream.makeStream(of: Void.self)
  let end = AsyncStream.makeStream(of: Void.self)

  func run(in context: StepContext) async throws {
    begun.continuation.finish()
    for await _ in end.stream {}
    // A run that is cancelled ends here.
    try Task.checkCancellation()
  }

  func isReached() async { for await _ in begun.stream {} }
  func letGoOn() { end.continuation.finish() }
}

@Suite(.timeLimit(.minutes(1))) struct DeployServiceTests {
  private let hold = Hold()
  private let last = Hold()
  private let gone = AsyncStream.makeStream(of: Void.self)
  private let host: SimulatedHost
  private let service: DeployService

  init() {
    let plan = Deploy("grafana", port: 3000, health: "/api/health") { [hold, last] in
      DetectActive()
      Up(.target)
      Health()
      hold
      SwapNginx()
      Reload()
      Stop(.previous)
      last
    }
    last.letGoOn()
    host = SimulatedHost(for: plan)
    service = DeployService(plan, on: Deployer(executor: .mock(host))) { [gone] in
      gone.continuation.finish()
    }
  }

  /// Runs the service on a port of its own during a test.
  private func serve(_ body: @Sendable @escaping (_ port: Int) async throws -> Void) async throws {
    let (ports, found) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: service.router(),
      configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        found.yield(channel.localAddress?.port ?? 0)
        found.finish()
      })
    try await withThrowingTaskGroup { group in
      group.addTask { try await application.run() }
      for await port in ports { try await body(port) }
      group.cancelAll()
    }
  }

  @Test func `the answer says how the deploy ended`() async throws {
    hold.letGoOn()
    try await serve { port in
      let answer = try await Client(port: port).answer()
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      let body = answer.firstRange(of: "\r\n\r\n").map { answer[$0.upperBound...] } ?? ""
      let said = try JSONDecoder().decode(DeployService.Answer.self, from: Data(body.utf8))
      #expect(said.outcome == "succeeded" && said.live == "grafana-green")
    }
  }

  @Test func `a client that goes away does not end the deploy`() async throws {
    try await serve { [hold, last, host, gone] port in
      let client = try Client(port: port)
      await hold.isReached()
      client.leave()
      // The server has noticed, and the task that awaits the report is cancelled.
      for await _ in gone.stream {}
      #expect(host.serving == .blue)
      hold.letGoOn()
      await last.isReached()
      #expect(host.serving == .green)
    }
  }
}

/// A client that has asked for a deploy.
private final class Client: Sendable {
  private struct Failed: Error {}

  private let file: Int32

  init(port: Int) throws {
    #if canImport(Glibc)
      let kind = Int32(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    file = socket(AF_INET, kind, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(file, $0, size) == 0 }
    }
    let request = Array(
      "POST /deploys HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        .utf8)
    guard isConnected, write(file, request, request.count) == request.count else { throw Failed() }
  }

  deinit { close(file) }

  /// Goes away without waiting for the answer.
  func leave() { shutdown(file, Int32(SHUT_RDWR)) }

  /// The whole answer; read on a thread of its own.
  func answer() async throws -> String {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [self] in
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(file, &buffer, buffer.count), count > 0 {
          bytes += buffer[..<count]
        }
        continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
      }
    }
  }
}
