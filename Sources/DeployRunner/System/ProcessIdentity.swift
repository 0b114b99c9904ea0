import BgrunSystem

/// A process, distinguishable from a later one with the same PID.
package struct ProcessIdentity: Codable, Hashable, Sendable {
  package var pid: Int32
  /// Its start time in clock ticks since boot, where the system shows it.
  package var started: String?
  /// The ID of the boot that it belongs to, where the system shows it.
  package var boot: String?

  /// This process.
  package static var current: ProcessIdentity {
    let pid = getpid()
    return ProcessIdentity(pid: pid, started: start(of: pid), boot: bootID)
  }

  /// Whether it is alive; `nil` if unknown.
  package var isAlive: Bool? {
    guard let boot, let started, let bootNow = Self.bootID else { return nil }
    return boot == bootNow && Self.start(of: pid) == started
  }

  private static var bootID: String? {
    Files.read("/proc/sys/kernel/random/boot_id").map {
      String(decoding: $0.prefix { $0 > 32 }, as: UTF8.self)
    }
  }

  private static func start(of pid: Int32) -> String? {
    let fields = ProcessStat.fields(of: pid)
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return String(fields[19])
  }
}
