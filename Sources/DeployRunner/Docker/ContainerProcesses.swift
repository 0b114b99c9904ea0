import BgrunSystem

/// Reads a container's processes from `/proc`.
///
/// For `docker top` the engine starts `ps`, which takes 25 ms of CPU time to read the same files:
/// too much for polling during a reload or drain, while clients need the CPU.
struct ContainerProcesses {
  let id: String
  /// The container's first process.
  let pid: Int32

  /// Decodes the engine's description of a container.
  ///
  /// - Returns: `nil` if it is not running, or not as ordinary processes of this machine: some
  ///   runtimes use a separate kernel.
  init?(inspected json: String) {
    guard
      let container = try? JSONDecoder().decode(Inspected.self, from: Data(json.utf8)),
      container.id.utf8.count == 64, container.pid > 0, container.runtime == "runc"
    else { return nil }
    id = container.id
    pid = container.pid
  }

  /// The equivalent of `docker top NAME -o pid,etimes,args`.
  ///
  /// - Returns: `nil` if it cannot be complete, for example because the engine's processes are on
  ///   another machine or hidden from this user.
  func table() -> ProcessTable? {
    let found = groups().lazy.compactMap { group in pids(in: group).map { (group, $0) } }
      .first { $0.1.contains(pid) }
    guard let (group, pids) = found, Self.isLeaf(group), let now = HostProcesses.sinceBoot() else {
      return nil
    }
    var rows: [ProcessTable.Row] = []
    for pid in pids.sorted() {
      if let row = HostProcesses.row(of: pid, now: now) {
        rows.append(row)
      } else if self.pids(in: group)?.contains(pid) != false {
        // It still exists, but may not be inspected.
        return nil
      }
    }
    return ProcessTable(rows)
  }

  /// The candidate folders of the container's control group (v2 or v1), if its name contains the
  /// container's ID.
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

  /// Whether the group has no subgroups, which would have processes of their own, as in a container
  /// that runs systemd. A folder's link count is 2 plus the number of its subfolders.
  private static func isLeaf(_ group: String) -> Bool {
    var status = stat()
    return stat(group, &status) == 0 && status.st_nlink <= 2
  }

  private func pids(in group: String) -> Set<Int32>? {
    Files.read("\(group)/cgroup.procs").map { bytes in
      Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) })
    }
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
