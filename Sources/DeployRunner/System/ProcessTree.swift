#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A started command with everything that it started itself.
///
/// Members of its process group are reached by the group. Those that left it (`setsid`) are found
/// where the system shows them: by a variable that all descendants inherit in their environment,
/// or, without that mark, by who started whom, which is known only while the starters live.
struct ProcessTree: Hashable {
  /// The name of the variable that marks descendants.
  static let marker = "BGRUN_COMMAND_ID"

  var leader: pid_t
  let mark: String?

  /// Sends a signal to every member.
  func send(_ signal: Int32) {
    let descendants = mark == nil ? self.descendants() : []
    // The group at one stroke: a program whose child ended first might end before it is told to.
    kill(-leader, signal)
    for pid in mark.map(marked) ?? descendants where getpgid(pid) != leader { kill(pid, signal) }
  }

  /// The processes with the mark.
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
