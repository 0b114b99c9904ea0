import DeployDSL

/// nginx's worker processes as `docker top -o pid,etimes,args` shows them.
package struct ProxyWorkers: Sendable, Equatable {
  package struct Worker: Sendable, Hashable {
    package var pid: Int
    package var age: Duration
    package var isShuttingDown: Bool
  }

  package var workers: [Worker]

  /// Reads the table; lines that are no worker's are passed over.
  package init(top: String) {
    workers = top.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
      guard words.count == 3, let pid = Int(words[0]), let age = Int64(words[1]),
        words[2].drop(while: { $0 == " " }).hasPrefix("nginx: worker process")
      else { return nil }
      return Worker(
        pid: pid, age: .seconds(age), isShuttingDown: words[2].contains("shutting down"))
    }
  }

  package var pids: Set<Int> { Set(workers.map(\.pid)) }

  /// The workers that take new connections.
  package var accepting: [Worker] { workers.filter { !$0.isShuttingDown } }

  /// How far a reload has come, seen from the workers that there were before it.
  package func progress(since old: Set<Int>) -> Progress {
    let left = workers.filter { old.contains($0.pid) }
    guard workers.contains(where: { !old.contains($0.pid) && !$0.isShuttingDown }) else {
      return .notStarted
    }
    if left.isEmpty { return .drained }
    return left.allSatisfy(\.isShuttingDown) ? .draining(left.count) : .starting
  }

  package enum Progress: Equatable, Sendable {
    /// No new worker: nothing has happened yet, or the master kept the old configuration.
    case notStarted
    /// New workers are there, but old ones still accept connections.
    case starting
    /// Only new workers accept connections; so many old ones finish their requests.
    case draining(Int)
    /// The old workers are gone.
    case drained
  }
}
