/// What the system says about a process in `/proc/PID/stat`; macOS has no such file.
enum ProcessStat {
  /// The fields from the third one, its state, on; empty if it does not show them.
  static func fields(of pid: Int32) -> [Substring] {
    guard let bytes = Files.read("/proc/\(pid)/stat"),
      // The second field, the program's name, may hold spaces and parentheses.
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return [] }
    return String(decoding: bytes[bytes.index(after: end)...], as: UTF8.self).split(separator: " ")
  }
}
