import BgrunSystem

/// A running command with all its descendants.
///
/// Members of its process group are signalled through the group. Where the system shows them, those
/// that left it (`setsid`) are found by an environment variable that all descendants inherit or,
/// without this marker, by their parents, which are known only while these are alive.
struct ProcessTree: Hashable {
  /// The environment variable that marks descendants.
  static let marker = "BGRUN_COMMAND_ID"

  var leader: pid_t
  let mark: String?

  /// Sends a signal to every process.
  func send(_ signal: Int32) {
    let descendants = mark == nil ? self.descendants() : []
    // The whole group at once: a program whose child ended first might exit before it gets the
    // signal.
    kill(-leader, signal)
    for pid in mark.map(marked) ?? descendants where getpgid(pid) != leader { kill(pid, signal) }
  }

  /// The processes with the marker.
  private func marked(_ mark: String) -> [pid_t] {
    let needle = Array("\(Self.marker)=\(mark)\0".utf8)
    return Self.processes().filter { pid in
      guard pid != getpid() else { return false }
      return Files.read("/proc/\(pid)/environ")?.contains(needle) ?? false
    }
  }

  private func descendants() -> [pid_t] {
    let children = Dictionary(grouping: Self.processes()) { pid in
      ProcessStat.fields(of: pid).dropFirst().first.flatMap { pid_t($0) }
    }
    var found: [pid_t] = []
    var next = [leader]
    while let pid = next.popLast() {
      next += children[pid] ?? []
      found += children[pid] ?? []
    }
    return found
  }

  private static func processes() -> [pid_t] {
    Files.names(in: "/proc").compactMap { pid_t($0) }
  }
}
