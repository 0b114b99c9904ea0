import Foundation
import Synchronization

/// Clients that request `/api/health` from the proxy over and over, half of them on kept
/// connections.
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
  ///   - network: the file of the network that the proxy is in. Default: this process's own.
  init(port: Int, clients: Int, pause: Int, in network: String? = nil) {
    let stopping = Flag()
    self.stopping = stopping
    let end = ContinuousClock.now + .seconds(600)
    crew = Crew(clients) { number in
      if let network { Machine.enter(network) }
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

/// What the clients of a ``Load`` saw.
struct Tally: Sendable, CustomStringConvertible {
  /// Whole answers with status 200, by the version that gave them.
  var versions: [String: Int] = [:]
  /// What users would call an outage: what happened, how often.
  var failures: [String: Int] = [:]
  /// Kept connections that were closed while idle: the request was repeated once on a new one.
  var closedWhileIdle = 0

  /// How many requests failed.
  var failed: Int { failures.values.reduce(0, +) }

  /// How many requests got a whole answer.
  var answered: Int { versions.values.reduce(0, +) }

  var description: String {
    let reasons = failures.sorted { $0.key < $1.key }.map { ", \($0.value) × \($0.key)" }.joined()
    return "\(answered) answered, \(failed) failed, "
      + "\(closedWhileIdle) closed while idle" + reasons
  }

  mutating func add(_ other: Tally) {
    versions.merge(other.versions, uniquingKeysWith: +)
    failures.merge(other.failures, uniquingKeysWith: +)
    closedWhileIdle += other.closedWhileIdle
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
      tally.failures[error.description, default: 0] += 1
    }
  }

  private mutating func ask(
    on connection: consuming HTTPConnection
  ) throws(HTTPConnection.Failure) {
    let answer = try connection.get("/api/health", close: !keeping)
    if answer.status != 200 {
      tally.failures["status \(answer.status)", default: 0] += 1
    } else if let version = HealthAnswer.version(in: answer.text) {
      tally.versions[version, default: 0] += 1
    } else {
      tally.failures["wrong body", default: 0] += 1
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
