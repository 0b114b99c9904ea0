import Foundation
import Synchronization

/// Clients that ask the proxy for `/api/health` over and over, half of them on kept connections.
///
/// It runs on threads of its own, towards 127.0.0.1 only, and ends by itself after two minutes.
final class Load: Sendable {
  private let port: Int
  private let pause: UInt32
  private let stopping = Atomic(false)
  private let state: Mutex<(running: Int, tally: Tally, waiting: CheckedContinuation<Tally, Never>?)>

  /// Starts the clients.
  ///
  /// - Parameters:
  ///   - port: the proxy's.
  ///   - clients: how many; every second one keeps its connection.
  ///   - pause: what a client waits between two requests, in milliseconds.
  init(port: Int, clients: Int = 12, pause: Int = 5) {
    self.port = port
    self.pause = UInt32(pause * 1000)
    state = Mutex((clients, Tally(), nil))
    for client in 0..<clients {
      Thread.detachNewThread { self.work(keeping: client % 2 == 1) }
    }
  }

  /// Twenty requests a second on new connections: whether the proxy answers all the while.
  static func prober(port: Int) -> Load { Load(port: port, clients: 1, pause: 50) }

  /// Lets the clients finish their last request, and gives what they saw.
  func stop() async -> Tally {
    stopping.store(true, ordering: .relaxed)
    return await withCheckedContinuation { continuation in
      let tally = state.withLock { state -> Tally? in
        if state.running == 0 { return state.tally }
        state.waiting = continuation
        return nil
      }
      if let tally { continuation.resume(returning: tally) }
    }
  }

  private func work(keeping: Bool) {
    var client = Client(port: port, keeping: keeping)
    let end = ContinuousClock.now + .seconds(120)
    while !stopping.load(ordering: .relaxed), ContinuousClock.now < end {
      client.ask()
      usleep(pause)
    }
    let tally = client.tally
    let last = state.withLock { state -> (CheckedContinuation<Tally, Never>, Tally)? in
      state.running -= 1
      state.tally.add(tally)
      guard state.running == 0, let waiting = state.waiting else { return nil }
      return (waiting, state.tally)
    }
    last?.0.resume(returning: last?.1 ?? tally)
  }
}

/// One client of a ``Load``.
private struct Client: ~Copyable {
  let port: Int
  let keeping: Bool
  var tally = Tally()
  private var kept: HTTPConnection?

  init(port: Int, keeping: Bool) {
    self.port = port
    self.keeping = keeping
  }

  mutating func ask() {
    do throws(HTTPConnection.Failure) {
      if let connection = kept.take() {
        do throws(HTTPConnection.Failure) {
          try ask(on: connection)
          return
        } catch .closedBeforeAnswer {
          tally.closedWhileIdle += 1
        }
      }
      try ask(on: HTTPConnection(port: port))
    } catch {
      tally.count(failure: error.description)
    }
  }

  private mutating func ask(
    on connection: consuming HTTPConnection
  ) throws(HTTPConnection.Failure) {
    let answer = try connection.get("/api/health", close: !keeping)
    if answer.status != 200 {
      tally.count(failure: "status \(answer.status)")
    } else if let version = HealthAnswer.version(in: answer.text) {
      tally.count(version: version)
    } else {
      tally.count(failure: "wrong body")
    }
    if !answer.closes { kept = consume connection }
  }
}

/// What Grafana's `/api/health` says.
enum HealthAnswer {
  /// The version, if the answer is a good one.
  static func version(in body: String) -> String? {
    let mark = #"{"database":"ok","version":""#
    guard body.hasPrefix(mark), body.hasSuffix(#""}"#) else { return nil }
    return String(body.dropFirst(mark.count).dropLast(2))
  }
}
