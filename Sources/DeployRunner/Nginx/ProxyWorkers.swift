import DeployDSL

/// nginx's worker processes, as a table of the container's processes shows them.
package struct ProxyWorkers: Sendable, Equatable {
  package struct Worker: Sendable, Hashable {
    package var pid: Int
    package var age: Duration
    package var isShuttingDown: Bool
  }

  package var workers: [Worker]
  /// Every process, a worker or not.
  private var processes: Set<Int>
  /// Whether the table is all of it: the master is in it, and no line has run into another.
  private var isWhole: Bool

  /// Reads the table; what is no worker's is passed over.
  package init(_ table: ProcessTable) {
    processes = Set(table.rows.map(\.pid))
    // `nginx: master process …`, `nginx: worker process`: a second one is what is left of a line.
    let titles = table.rows.map { $0.command.split(separator: " ").count { $0 == "process" } }
    isWhole =
      table.isWhole && titles.allSatisfy { $0 < 2 }
      && table.rows.contains { $0.command.hasPrefix("nginx: master process") }
    workers = table.rows.compactMap { row in
      guard let age = row.age, row.command.hasPrefix("nginx: worker process") else { return nil }
      return Worker(
        pid: row.pid, age: age, isShuttingDown: row.command.contains("shutting down"))
    }
  }

  package var pids: Set<Int> { Set(workers.map(\.pid)) }

  /// The workers that take new connections.
  package var accepting: [Worker] { workers.filter { !$0.isShuttingDown } }

  /// How many of the workers that there were before a reload are left; `nil` if the table does not
  /// tell. Any process of that number counts, and that there is none must be shown by a whole table
  /// with the workers that came after them: nobody is to be cut off because a line was not
  /// understood.
  package func left(of old: Set<Int>) -> Int? {
    let left = processes.intersection(old).count
    if left > 0 { return left }
    return isWhole && accepting.contains { !old.contains($0.pid) } ? 0 : nil
  }

  /// So many workers of before a reload, for people.
  static func old(_ count: Int) -> String {
    count == 1 ? "1 old nginx worker" : "\(count) old nginx workers"
  }

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
