import Foundation
import Release

/// What is said on the command line.
struct Options {
  /// The Compose project to deploy for real; `nil` is a simulated host.
  private(set) var project: String?
  /// When the run is cancelled; `nil` is never.
  private(set) var limit: Duration?
  private(set) var isDryRun = false
  private var releaseFile: String?

  static let usage =
    "usage: embedded [--docker PROJECT] [--cancel-after SECONDS] [--dry-run] [--release FILE]"

  init(_ arguments: some Sequence<String>) throws(UsageError) {
    var rest = Array(arguments)[...]
    func value(of name: String) throws(UsageError) -> String {
      guard let value = rest.popFirst() else {
        throw UsageError("\(name) needs a value; \(Self.usage)")
      }
      return value
    }
    while let word = rest.popFirst() {
      switch word {
      case "--docker": project = try value(of: word)
      case "--dry-run": isDryRun = true
      case "--release": releaseFile = try value(of: word)
      case "--cancel-after":
        guard let seconds = Double(try value(of: word)), seconds >= 0 else {
          throw UsageError("--cancel-after needs a number of seconds; \(Self.usage)")
        }
        limit = .seconds(seconds)
      default: throw UsageError("\(word) is not known; \(Self.usage)")
      }
    }
  }

  /// The release to deploy: from the file, else Grafana.
  func release() throws -> Release {
    guard let releaseFile else { return .grafana }
    return try JSONDecoder().decode(
      Release.self, from: Data(contentsOf: URL(filePath: releaseFile)))
  }
}

/// A command line that is not understood.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
