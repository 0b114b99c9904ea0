#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A container's processes, read from the kernel of this machine.
///
/// For `docker top` the engine starts a `ps`, which reads the same files for 25 ms of processor
/// time: too much where a reload or a drain is watched while clients need the processor.
struct ContainerProcesses {
  let id: String
  /// The container's first process.
  let pid: Int32

  /// Understands what the engine says about a container.
  ///
  /// - Returns: `nil` if it does not run, or not as plain processes of this machine: other runtimes
  ///   have kernels of their own, which `docker top` asks.
  init?(inspected json: String) {
    guard
      let container = try? JSONDecoder().decode(Inspected.self, from: Data(json.utf8)),
      container.id.utf8.count == 64, container.pid > 0, container.runtime == "runc"
    else { return nil }
    id = container.id
    pid = container.pid
  }

  /// What `docker top NAME -o pid,etimes,args` would tell.
  ///
  /// - Returns: `nil` if this machine does not show all of it, for example because the engine's
  ///   processes are on another one, or hidden from this user.
  func table() -> ProcessTable? {
    let found = groups().lazy.compactMap { group in pids(in: group).map { (group, $0) } }
      .first { $0.1.contains(pid) }
    guard let (group, pids) = found, Self.isLeaf(group), let now = Self.sinceBoot() else {
      return nil
    }
    var rows: [ProcessTable.Row] = []
    for pid in pids.sorted() {
      if let row = Self.row(of: pid, now: now) {
        rows.append(row)
      } else if self.pids(in: group)?.contains(pid) != false {
        // It has not ended: it may not be looked at.
        return nil
      }
    }
    return ProcessTable(rows)
  }

  /// The folders that may be the container's control group, by version 2 or 1, if its name shows
  /// that the process is this container's.
  private func groups() -> [String] {
    guard let bytes = Files.read("/proc/\(pid)/cgroup") else { return [] }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    // `0::/system.slice/docker-ID.scope`, `1:name=systemd:/docker/ID`.
    let paths = lines.compactMap { line in
      line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first
    }
    let own = paths.filter { $0.split(separator: "/").last?.contains(id) == true }
    return Set(own).sorted().flatMap { path in
      ["", "/unified", "/systemd"].map { "/sys/fs/cgroup\($0)\(path)" }
    }
  }

  /// Whether the group has no groups in it, which would have processes of their own: where a
  /// container runs systemd. A folder has a link from itself, its name and each folder in it.
  private static func isLeaf(_ group: String) -> Bool {
    var status = stat()
    return stat(group, &status) == 0 && status.st_nlink <= 2
  }

  private func pids(in group: String) -> Set<Int32>? {
    Files.read("\(group)/cgroup.procs").map { bytes in
      Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) })
    }
  }

  /// The clock ticks since the boot: seconds alone would make what began in this one a second old.
  private static func sinceBoot() -> Int? {
    guard let bytes = Files.read("/proc/uptime"),
      let seconds = String(decoding: bytes, as: UTF8.self).split(separator: " ").first,
      let time = Double(seconds), time.isFinite, time < 1e12
    else { return nil }
    return Int(time * Double(ticksPerSecond))
  }

  private static let ticksPerSecond = max(1, sysconf(Int32(_SC_CLK_TCK)))

  /// A process as `ps` shows it; `nil` if it is not there, or not shown.
  private static func row(of pid: Int32, now: Int) -> ProcessTable.Row? {
    let fields = ProcessStat.fields(of: pid)
    // The 22nd field of proc(5): when it was started, in clock ticks after the boot.
    guard fields.count > 19, let ticks = Int(fields[19]),
      let bytes = Files.read("/proc/\(pid)/cmdline")
    else { return nil }
    let age = max(0, now - ticks) / ticksPerSecond
    let command = bytes.map { $0 == 0 ? 32 : $0 < 32 || $0 == 127 ? UInt8(ascii: "?") : $0 }
    let end = command.lastIndex { $0 != 32 }.map { $0 + 1 } ?? 0
    // What has ended and was not waited for has no command any more.
    let text = end == 0 ? "[defunct]" : String(decoding: command[..<end], as: UTF8.self)
    return ProcessTable.Row(pid: Int(pid), age: .seconds(age), command: text)
  }

  private struct Inspected: Decodable {
    let id: String
    let pid: Int32
    let runtime: String

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: JSONField.self)
      id = try values.decode(String.self, forKey: "Id")
      let state = try values.object("State")
      pid = try state?.number("Pid").flatMap { Int32(exactly: $0) } ?? 0
      runtime = try values.object("HostConfig")?.text("Runtime") ?? ""
    }
  }
}
