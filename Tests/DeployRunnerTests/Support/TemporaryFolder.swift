import BgrunTestSupport
import DeployDSL
import Foundation

@testable import DeployRunner

/// A folder that is removed with its last owner.
final class TemporaryFolder: Sendable {
  let path: String

  /// - Parameter inMemory: whether it is in memory where there is such a place: what is written to a
  ///   disk for certain takes its time.
  init(inMemory: Bool = false) throws {
    let memory = "/dev/shm"
    let isThere = inMemory && FileManager.default.isWritableFile(atPath: memory)
    let made = URL(filePath: isThere ? memory : NSTemporaryDirectory())
      .appending(path: "bgrun-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: made, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    // `/tmp` is a link on some systems.
    path = made.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ text: String, to name: String, mode: Int = 0o644) throws -> String {
    let file = try place(for: name)
    guard mode & 0o111 == 0 else {
      // What this process has open for writing is so, for a moment, in whatever another test starts
      // just then; until that is over the system does not run the file ("Text file busy").
      let line = "cat > \"$0\" && chmod \(String(mode, radix: 8)) \"$0\""
      guard succeeds("sh", "-c", line, file, input: text) else {
        throw CocoaError(.fileWriteUnknown)
      }
      return file
    }
    try Data(text.utf8).write(to: URL(filePath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }

  /// Makes a link to a file elsewhere.
  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: try place(for: name), withDestinationPath: target)
  }

  /// The path of a name, in a folder that is there.
  private func place(for name: String) throws -> String {
    let file = URL(filePath: path(name))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    return file.path
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path(name))), as: UTF8.self)
  }

  /// The names of everything in the folder.
  func names() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: path))
  }

  /// The permissions of something inside.
  func mode(of name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path(name))[.posixPermissions] as? Int
  }

  // MARK: State

  var stateFolder: String { path(".bgrun") }

  func state(of application: String = "grafana") throws -> StateFolder {
    try StateFolder.prepare(at: stateFolder, application: application)
  }

  /// The newest journal of grafana.
  private var journal: URL? {
    let journals = "\(stateFolder)/grafana/journal"
    return (try? FileManager.default.contentsOfDirectory(atPath: journals))?.max()
      .map { URL(filePath: "\(journals)/\($0)") }
  }

  /// How many records that journal has.
  var records: Int { journal.flatMap { try? Data(contentsOf: $0) }?.count { $0 == 10 } ?? 0 }

  /// Copies a folder. `FileManager.copyItem` spins while a file is shorter than it was when it
  /// looked, which a lock is whenever its holder is written anew.
  private static func copy(_ folder: String, to copy: String) throws {
    let manager = FileManager.default
    let mode = try manager.attributesOfItem(atPath: folder)[.posixPermissions] ?? 0o700
    try manager.createDirectory(
      atPath: copy, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
    for name in try manager.contentsOfDirectory(atPath: folder) {
      let (from, to) = ("\(folder)/\(name)", "\(copy)/\(name)")
      let attributes = try manager.attributesOfItem(atPath: from)
      switch attributes[.type] as? FileAttributeType {
      case .typeDirectory: try Self.copy(from, to: to)
      case .typeSymbolicLink:
        try manager.createSymbolicLink(
          atPath: to, withDestinationPath: manager.destinationOfSymbolicLink(atPath: from))
      default:
        let bytes = try Data(contentsOf: URL(filePath: from))
        let mode = attributes[.posixPermissions] ?? 0o600
        guard
          manager.createFile(atPath: to, contents: bytes, attributes: [.posixPermissions: mode])
        else { throw CocoaError(.fileWriteUnknown) }
      }
    }
  }

  /// Takes over the state of another folder as a crash may leave it: its journal lacks so many of
  /// its last records.
  func takeState(of other: TemporaryFolder, without missing: Int) {
    // A copy fails if a temporary file vanishes meanwhile: the run writes on a thread of its own.
    for _ in 0..<100 {
      do {
        try Self.copy(other.stateFolder, to: stateFolder)
        break
      } catch { try? FileManager.default.removeItem(atPath: stateFolder) }
    }
    guard missing > 0, let journal, let text = try? Data(contentsOf: journal) else { return }
    let lines = text.split(separator: 10)
    let length = lines.prefix(max(1, lines.count - missing)).reduce(0) { $0 + $1.count + 1 }
    // In place, so that the file keeps its permissions.
    try? FileHandle(forWritingTo: journal).truncate(atOffset: UInt64(length))
  }
}

/// The failure that something throws, if it throws one.
func failure(of body: () throws -> Void) -> DeployError? {
  do {
    try body()
    return nil
  } catch {
    return error as? DeployError
  }
}
