import Foundation
import BgrunTestSupport

/// What the system says about processes.
enum KernelProcesses {
  /// Waits until none of the processes runs any more.
  static func waitForEnd(of pids: [Int32]) async throws {
    try await waitUntil("\(pids) have ended") { !pids.contains(where: isAlive) }
  }

  /// Whether a process runs; one that has ended and waits to be reaped does not.
  static func isAlive(_ pid: Int32) -> Bool {
    guard kill(pid, 0) == 0 else { return false }
    return state(pid) != "Z"
  }

  /// The children of this process that have ended but were not reaped.
  static func zombies() -> [Int32] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { Int32($0) }.filter { state($0) == "Z" && parent($0) == getpid() }
  }

  /// How many descriptors this process has open.
  static func openDescriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
  }

  private static func state(_ pid: Int32) -> String { fields(pid).first ?? "" }
  private static func parent(_ pid: Int32) -> Int32? {
    fields(pid).dropFirst().first.flatMap { Int32($0) }
  }

  /// What follows the program's name in `/proc/PID/stat`.
  private static func fields(_ pid: Int32) -> [String] {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return [] }
    return text[text.index(after: end)...].split(separator: " ").map(String.init)
  }
}
