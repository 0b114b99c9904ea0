/// nginx's worker processes, from a table of the container's processes.
package struct ProxyWorkers: Sendable, Equatable {
  package struct Worker: Sendable, Hashable {
    package var pid: Int
    package var age: Duration
    package var isShuttingDown: Bool
  }

  package var workers: [Worker]
  /// All processes, including other ones.
  private var processes: Set<Int>
  /// Whether the table is complete: it contains the master, and no lines are merged.
  private var isWhole: Bool

  /// Reads the table, ignoring other processes.
  package init(_ table: ProcessTable) {
    processes = Set(table.rows.map(\.pid))
    // `nginx: master process …`, `nginx: worker process`: a second one indicates merged lines.
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

  /// The workers that accept new connections.
  package var accepting: [Worker] { workers.filter { !$0.isShuttingDown } }

  /// How many workers from before a reload are left; `nil` if unknown. Any process with such a PID
  /// counts, and 0 requires a complete table with new workers, so that an unparsed line never cuts
  /// off clients.
  package func left(of old: Set<Int>) -> Int? {
    let left = processes.intersection(old).count
    if left > 0 { return left }
    return isWhole && accepting.contains { !old.contains($0.pid) } ? 0 : nil
  }

  /// A number of old workers, for messages.
  static func old(_ count: Int) -> String {
    count == 1 ? "1 old nginx worker" : "\(count) old nginx workers"
  }

  /// `2 old nginx workers still serve`, for messages.
  package static func stillServing(_ count: Int) -> String {
    "\(old(count)) still \(count == 1 ? "serves" : "serve")"
  }

  /// The progress of a reload, given the workers from before it.
  package func progress(since old: Set<Int>) -> Progress {
    let left = workers.filter { old.contains($0.pid) }
    guard workers.contains(where: { !old.contains($0.pid) && !$0.isShuttingDown }) else {
      return .notStarted
    }
    if left.isEmpty { return .drained }
    return left.allSatisfy(\.isShuttingDown) ? .draining(left.count) : .starting
  }

  package enum Progress: Equatable, Sendable {
    /// No new workers: the reload has not started, or the master kept the old configuration.
    case notStarted
    /// New workers exist, but old ones still accept connections.
    case starting
    /// Only new workers accept connections; this many old ones are finishing their requests.
    case draining(Int)
    /// All old workers have exited.
    case drained
  }
}
