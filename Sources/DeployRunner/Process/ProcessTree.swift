#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A started command with everything that it started itself.
///
/// Members of its process group are reached by the group. Those that left it (`setsid`) are found
/// by a variable that all descendants inherit in their environment, where the system shows it.
struct ProcessTree {
  /// The name of the variable that marks descendants.
  static let marker = "BGRUN_COMMAND_ID"

  let leader: pid_t
  let mark: String

  /// Sends a signal to every member.
  func send(_ signal: Int32) {
    // The group at one stroke: a program whose child ended first might end before it is told to.
    kill(-leader, signal)
    for pid in strays() { kill(pid, signal) }
  }

  /// The members outside of the group.
  private func strays() -> [pid_t] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [pid_t] = []
    let needle = Array("\(Self.marker)=\(mark)\0".utf8)
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let pid = pid_t(name), getpgid(pid) != leader, pid != getpid() else { continue }
      if let text = HostFiles.bytes(of: "/proc/\(pid)/environ"), text.contains(needle) {
        found.append(pid)
      }
    }
    return found
  }
}
