/// Reads `/proc/PID/stat`, which macOS does not have.
enum ProcessStat {
  /// The fields from the third one (the state) onwards; empty if unavailable.
  static func fields(of pid: Int32) -> [Substring] {
    guard let bytes = Files.read("/proc/\(pid)/stat"),
      // The second field, the program's name, may contain spaces and parentheses.
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return [] }
    return String(decoding: bytes[bytes.index(after: end)...], as: UTF8.self).split(separator: " ")
  }
}
