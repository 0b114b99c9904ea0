import Foundation
import Synchronization

/// Clients that ask the proxy for `/api/health` over and over, half of them on kept connections.
///
/// It runs on threads of its own, sends requests to 127.0.0.1 only, and ends after ten minutes at
/// the latest.
final class Load: Sendable {
  private let crew: Crew<Tally>
  private let stopping: Flag

  /// Starts the clients.
  ///
  /// - Parameters:
  ///   - port: the proxy's.
  ///   - clients: how many; every second one keeps its connection.
  ///   - pause: what a client waits between two requests, in milliseconds.
  init(port: Int, clients: Int, pause: Int) {
    let stopping = Flag()
    self.stopping = stopping
    let end = ContinuousClock.now + .seconds(600)
    crew = Crew(clients) { number in
      var client = Client(port: port, keeping: number % 2 == 1)
      while !stopping.isSet, ContinuousClock.now < end {
        client.ask()
        usleep(UInt32(pause * 1000))
      }
      return client.tally
    }
  }

  /// Lets the clients finish their last request; returns what they saw.
  func stop() async -> Tally {
    stopping.set()
    return await crew.results().reduce(into: Tally()) { $0.add($1) }
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
