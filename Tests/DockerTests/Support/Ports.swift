import Foundation
import Synchronization

/// Ports of 127.0.0.1, below those that clients get, that no other test process takes.
enum Ports {
  /// A thousand ports that this process holds until it ends: two checkouts may be tested at once.
  private static let first: Int? = (18..<28).first { thousand in
    let path = "/tmp/bgruntest-ports-\(thousand)"
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    return file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0
  }.map { $0 * 1000 }

  private static let counter = Atomic(0)

  /// A project's number and the first of its four ports, on which nothing listens: a test run that
  /// was killed leaves containers, and a restarted engine starts them again.
  static func next() throws -> (number: Int, port: Int) {
    guard let first else { throw NoneFree() }
    while true {
      let number = counter.add(1, ordering: .relaxed).newValue
      guard number < 1000 else { throw NoneFree() }
      let port = first + number % 250 * 4
      let isTaken = (port..<port + 4).contains { (try? HTTPConnection(port: $0)) != nil }
      if !isTaken { return (number, port) }
    }
  }

  private struct NoneFree: Error, CustomStringConvertible {
    var description: String {
      "no four ports below 28000 are free: see /tmp/bgruntest-ports-* and `ss -ltnp`"
    }
  }
}
