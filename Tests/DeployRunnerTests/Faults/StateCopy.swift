import DeployRunner
import Foundation

/// Copies of a state folder, as they would be found after a crash.
enum StateCopy {
  /// Copies a state folder; the copy's journal lacks so many of its last records.
  static func make(of folder: String, to copy: String, without missing: Int) {
    try? FileManager.default.copyItem(atPath: folder, toPath: copy)
    guard missing > 0, let path = journal(in: copy), let text = try? Data(contentsOf: path) else {
      return
    }
    let lines = text.split(separator: 10)
    let kept = lines.prefix(max(1, lines.count - missing)).map { $0 + Data([10]) }
    // In place, so that the file keeps its permissions.
    guard let file = try? FileHandle(forWritingTo: path) else { return }
    try? file.truncate(atOffset: UInt64(kept.reduce(0) { $0 + $1.count }))
    try? file.close()
  }

  /// How many records the newest journal has.
  static func records(in folder: String) -> Int {
    guard let path = journal(in: folder), let text = try? Data(contentsOf: path) else { return 0 }
    return text.count { $0 == 10 }
  }

  private static func journal(in folder: String) -> URL? {
    let journals = URL(filePath: folder).appending(path: "grafana/journal")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: journals.path)) ?? []
    return names.max().map { journals.appending(path: $0) }
  }
}

/// Notes how long the journal is before and after each operation.
struct JournalWatcher: WrappingExecutor {
  let base: any Executor
  let folder: String
  private let control = FaultControl(fault: nil, at: nil)
  private let lengths: Collected<(FaultPoint, Int, Int)>

  init(base: any Executor, folder: String, _ lengths: Collected<(FaultPoint, Int, Int)>) {
    self.base = base
    self.folder = folder
    self.lengths = lengths
  }

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    _ = control.begin(operation)
    let point = control.seen.last
    let before = StateCopy.records(in: folder)
    let reply = try await base.perform(operation, output: output)
    if let point { lengths.add((point, before, StateCopy.records(in: folder))) }
    return reply
  }
}

/// A folder that is removed with its last owner, in memory where there is such a place: what is
/// written to a disk for certain takes its time.
final class MemoryFolder: Sendable {
  let path: String

  init() throws {
    let memory = "/dev/shm"
    let place =
      FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    let made = URL(filePath: place).appending(path: "bgrun-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
    path = made.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }
}
