/// A process of a machine, from its files in `/proc`.
struct HostProcess {
  /// Its effective user.
  var user: Int?
  /// Whether it was suspended by a signal.
  var isSuspended: Bool
  /// Whether it belongs to a container.
  var isInContainer: Bool
  /// The systemd service that started it.
  var unit: String?

  /// Reads `/proc/PID/status` and `/proc/PID/cgroup`.
  init(status: String, groups: String = "") {
    func field(_ name: String) -> [Substring] {
      let line = status.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name):") }
      return line?.split { $0 == " " || $0 == "\t" }.dropFirst().map { $0 } ?? []
    }
    user = field("Uid").dropFirst().first.flatMap { Int($0) }
    isSuspended = field("State").first == "T"
    let lines = groups.split(whereSeparator: \.isNewline).map { line in
      line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    }
    let parts = lines.compactMap(\.last).flatMap { $0.split(separator: "/") }
    // A process ID for each nested namespace; or an engine's ID: `docker-ID.scope`.
    isInContainer =
      field("NSpid").count > 1
      || parts.contains { part in
        part.split { !$0.isHexDigit }.contains { $0.utf8.count == 64 }
      }
    let tree = lines.first { $0.count == 3 && ["", "name=systemd"].contains($0[1]) }?.last
    let names = tree?.split(separator: "/").map(String.init) ?? []
    unit = names.first == "system.slice" ? names.last { $0.hasSuffix(".service") } : nil
  }
}
