import BgrunSystem

/// Reads this machine's processes from `/proc`, in place of `ps`, which a small machine may lack.
enum HostProcesses {
  /// The answer to a call that asks for this machine's processes.
  ///
  /// - Returns: `nil` if its command must be run.
  static func answer(_ call: HostCall) -> ProcessTable? {
    // A command changed by a wrapping executor must be run.
    guard case .hostProcesses(let parent) = call.kind, call.command.argv.first == "ps" else {
      return nil
    }
    return table(parent: parent)
  }

  /// A process and its children, or all processes.
  ///
  /// - Returns: `nil` if `/proc` cannot be read.
  private static func table(parent: Int?) -> ProcessTable? {
    guard let now = sinceBoot() else { return nil }
    let pids: [Int32]
    if let parent = parent.flatMap(Int32.init(exactly:)) {
      pids = [parent] + (children(of: parent) ?? all.filter { Self.parent(of: $0) == parent })
    } else {
      pids = all
    }
    return ProcessTable(pids.sorted().compactMap { row(of: $0, now: now) })
  }

  private static var all: [Int32] { Files.names(in: "/proc").compactMap { Int32($0) } }

  /// The children of a process; `nil` if the kernel does not list them.
  private static func children(of pid: Int32) -> [Int32]? {
    Files.read("/proc/\(pid)/task/\(pid)/children").map { bytes in
      String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }
  }

  private static func parent(of pid: Int32) -> Int32? {
    // The 4th field of proc(5).
    ProcessStat.fields(of: pid).dropFirst().first.flatMap { Int32($0) }
  }

  /// The clock ticks since boot: whole seconds would make new processes look a second old.
  static func sinceBoot() -> Int? {
    guard let bytes = Files.read("/proc/uptime"),
      let seconds = String(decoding: bytes, as: UTF8.self).split(separator: " ").first,
      let time = Double(seconds), time.isFinite, time < 1e12
    else { return nil }
    return Int(time * Double(ticksPerSecond))
  }

  private static let ticksPerSecond = max(1, sysconf(Int32(_SC_CLK_TCK)))

  /// A process as `ps` shows it; `nil` if it does not exist or is hidden.
  static func row(of pid: Int32, now: Int) -> ProcessTable.Row? {
    let fields = ProcessStat.fields(of: pid)
    // The 22nd field of proc(5): the start time in clock ticks since boot.
    guard fields.count > 19, let ticks = Int(fields[19]),
      let bytes = Files.read("/proc/\(pid)/cmdline")
    else { return nil }
    let age = max(0, now - ticks) / ticksPerSecond
    let command = bytes.map { $0 == 0 ? 32 : $0 < 32 || $0 == 127 ? UInt8(ascii: "?") : $0 }
    let end = command.lastIndex { $0 != 32 }.map { $0 + 1 } ?? 0
    // A zombie has no command line.
    let text = end == 0 ? "[defunct]" : String(decoding: command[..<end], as: UTF8.self)
    return ProcessTable.Row(pid: Int(pid), age: .seconds(age), command: text)
  }
}
