import Foundation
import Synchronization

/// A TCP connection's way to a port of this machine, which a test can cut.
package final class Wire: Sendable {
  private struct Ends: Sendable {
    var client: Int32
    var server: Int32
    /// Whether it takes everything and passes nothing on.
    var isHole = false
  }

  private struct State: Sendable {
    var open: [Int: Ends] = [:]
    var accepted = 0
    var isClosed = false
  }

  /// Where clients connect to, on 127.0.0.1.
  package let port: Int
  private let listener: Int32
  private let state = Mutex(State())

  /// Leads to a port of 127.0.0.1.
  package init(to target: Int) throws {
    (listener, port) = try Self.listen()
    Thread.detachNewThread { [self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        guard let server = Self.connect(to: target) else {
          Foundation.close(client)
          continue
        }
        let number = state.withLock { state in
          state.accepted += 1
          state.open[state.accepted] = Ends(client: client, server: server)
          return state.accepted
        }
        Thread.detachNewThread { self.pump(number, from: client, to: server) }
        Thread.detachNewThread { self.pump(number, from: server, to: client) }
      }
    }
  }

  /// How many connections were made.
  package var connections: Int { state.withLock { $0.accepted } }

  /// Ends the connections that are open now, as a router that has forgotten them does.
  package func reset() {
    for (number, ends) in state.withLock({ $0.open }) {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(
        ends.client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
      end(number)
    }
  }

  /// Loses everything that is sent on the connections that are open now.
  package func swallow() {
    state.withLock { state in for number in state.open.keys { state.open[number]?.isHole = true } }
  }

  /// Ends it.
  package func close() {
    shutdown(listener, Int32(SHUT_RDWR))
    Foundation.close(listener)
    for number in state.withLock({ Array($0.open.keys) }) { end(number) }
  }

  private func end(_ number: Int) {
    guard let ends = state.withLock({ $0.open.removeValue(forKey: number) }) else { return }
    // The threads that read them notice, and nothing else gets their numbers before.
    for file in [ends.client, ends.server] { shutdown(file, Int32(SHUT_RDWR)) }
    usleep(20_000)
    for file in [ends.client, ends.server] { Foundation.close(file) }
  }

  private func pump(_ number: Int, from source: Int32, to target: Int32) {
    var bytes = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = recv(source, &bytes, bytes.count, 0)
      guard count > 0, let ends = state.withLock({ $0.open[number] }) else { break }
      if ends.isHole { continue }
      var sent = 0
      while sent < count {
        let part = bytes[sent..<count].withUnsafeBytes {
          send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard part > 0 else { return end(number) }
        sent += part
      }
    }
    end(number)
  }

  private struct NoPort: Error {}

  private static func address(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
  }

  private static func with<Result>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private static func stream() -> Int32 {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }

  private static func listen() throws -> (Int32, Int) {
    let file = stream()
    var address = address(0)
    guard with(&address, { bind(file, $0, $1) }) == 0, Foundation.listen(file, 64) == 0 else {
      throw NoPort()
    }
    return (file, try port(of: file))
  }

  private static func port(of file: Int32) throws -> Int {
    var address = address(0)
    let found = with(&address) { pointer, size in
      var size = size
      return getsockname(file, pointer, &size)
    }
    guard found == 0 else { throw NoPort() }
    return Int(in_port_t(bigEndian: address.sin_port))
  }

  /// A port that no one listens on.
  static func freePort() throws -> Int {
    let (file, port) = try listen()
    Foundation.close(file)
    return port
  }

  static func connect(to port: Int) -> Int32? {
    let file = stream()
    var address = address(port)
    guard with(&address, { Foundation.connect(file, $0, $1) }) == 0 else {
      Foundation.close(file)
      return nil
    }
    return file
  }
}
