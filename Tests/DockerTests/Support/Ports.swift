import Foundation

/// Ports of 127.0.0.1, below those that clients get, that no other test process takes.
enum Ports {
  /// A thousand ports that this process holds until it ends: two checkouts may be tested at once.
  private static let first: Int? = (18..<28).first { thousand in
    let path = "/tmp/bgruntest-ports-\(thousand)"
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    return file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0
  }.map { $0 * 1000 }

  /// The first of the four ports of a project with a number.
  static func first(ofProject number: Int) throws -> Int {
    guard let first else { throw NoneFree() }
    return first + number % 250 * 4
  }

  private struct NoneFree: Error, CustomStringConvertible {
    var description: String { "ten other test processes hold /tmp/bgruntest-ports-*" }
  }
}
